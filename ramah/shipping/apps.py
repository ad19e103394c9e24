from importlib import import_module

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "ramah.shipping"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for registrations in ("permissions", "panels", "personal_data"):
            import_module(f"ramah.shipping.{registrations}")
