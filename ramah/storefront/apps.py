from importlib import import_module

from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "ramah.storefront"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("ramah.storefront.handlers")
