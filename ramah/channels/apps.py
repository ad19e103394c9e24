from importlib import import_module

from django.apps import AppConfig

_REGISTRATIONS = (
    "permissions",
    "navigation",
    "email.reading",
    "form.reading",
    "whatsapp.kind",
    "messenger.kind",
    "telegram.kind",
    "chat.outlet",
    "chat.live",
    "phone.live",
    "chat.saying",
    "chat.personal_data",
    "phone.twilio.provider",
    "phone.kind",
    "phone.personal_data",
    "phone.panels",
    "personal_data",
    "handlers",
    "phone.handlers",
)


class ChannelsConfig(AppConfig):
    name = "ramah.channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for module in _REGISTRATIONS:
            import_module(f"{self.name}.{module}")
