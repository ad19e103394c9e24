"""Asking about a product or an order; alerts."""

from django.urls import URLPattern, URLResolver, path

from ramah.storefront.views import alerts, contact

urlpatterns: list[URLPattern | URLResolver] = [
    path("contact/", contact.contact, name="contact"),
    path("contact/sent/", contact.contact_sent, name="contact_sent"),
    path("alerts/", alerts.alert, name="alert"),
    path("alerts/stop/<str:token>/", alerts.alerts_stop, name="alerts_stop"),
    path("alerts/<str:public_id>/stop/", alerts.alert_stop, name="alert_stop"),
]
