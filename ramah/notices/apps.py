from importlib import import_module

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "ramah.notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for registrations in ("permissions", "ownership", "personal_data", "panels", "handlers"):
            import_module(f"{self.name}.{registrations}")
