from importlib import import_module

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "ramah.conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for registrations in ("permissions", "ownership", "personal_data", "timeline"):
            import_module(f"{self.name}.{registrations}")
