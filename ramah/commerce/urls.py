"""Addresses of the app, under desk/."""

from django.urls import URLPattern, URLResolver, include, path

_TOPICS = ("orders", "catalog", "selling")
urlpatterns: list[URLPattern | URLResolver] = [path("", include(f"ramah.commerce.routes.{topic}")) for topic in _TOPICS]
