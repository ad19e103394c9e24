from importlib import import_module

from django.apps import AppConfig

# The folders of `carriers`, in the order in which the settings offer them.
CARRIERS = ("table", "generic", "novaposhta", "biteship", "easypost", "shippo", "aftership", "karrio")


class ShippingConfig(AppConfig):
    name = "ramah.shipping"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for registrations in ("handlers", "permissions", "navigation", "panels", "personal_data", "imports"):
            import_module(f"ramah.shipping.{registrations}")
        for folder in CARRIERS:
            import_module(f"ramah.shipping.carriers.{folder}.provider")
