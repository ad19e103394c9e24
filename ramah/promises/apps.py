from importlib import import_module

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "ramah.promises"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for registrations in ("permissions", "panels", "personal_data", "ownership", "timeline"):
            import_module(f"ramah.promises.{registrations}")
