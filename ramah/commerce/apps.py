from importlib import import_module

from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "ramah.commerce"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for registrations in (
            "handlers",
            "permissions",
            "panels",
            "personal_data",
            "ownership",
            "timeline",
            "subjects",
            "relating_new",
            "invoicing",
        ):
            import_module(f"ramah.commerce.{registrations}")
