from importlib import import_module

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "ramah.desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for registrations in ("permissions", "handlers", "panels"):
            import_module(f"ramah.desk.{registrations}")
