"""Addresses of the app, from the root of the site."""

from django.urls import URLPattern, URLResolver, include, path

_TOPICS = ("catalog", "browsing", "cart", "checkout", "account", "orders", "tracking", "contact")
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"ramah.storefront.routes.{topic}")) for topic in _TOPICS
]
