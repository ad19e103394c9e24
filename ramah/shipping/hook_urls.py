"""Where carriers post. Before the addresses of channels, which would take `carriers` for a channel."""

from django.urls import path

from ramah.shipping.views.hooks import hook

urlpatterns = [path("<slug:key>", hook, name="carrier-hook")]
