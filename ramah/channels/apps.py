from importlib import import_module

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "ramah.channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in ("permissions", "navigation", "email.reading", "form.reading", "personal_data"):
            import_module(f"{self.name}.{module}")
