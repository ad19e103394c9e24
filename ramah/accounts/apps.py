from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ramah.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for registrations in ("permissions", "navigation"):
            import_module(f"ramah.accounts.{registrations}")
