"""Request middleware of the look: headers that keep a page to itself, the viewer's time zone, denials as pages."""

from collections.abc import Callable
from typing import TypeAlias

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from ramah.kernel.actors import NotVisible, PermissionDenied
from ramah.ui import errors
from ramah.ui.preferences import TIME_ZONE_COOKIE, zone_of

_Next: TypeAlias = Callable[[HttpRequest], HttpResponseBase]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " media-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def security_headers(get_response: _Next) -> _Next:
    """Give each response the headers that its view has not set itself: a view that must be narrower, or is meant for other
    sites (the chat widget), says so. What a signed-in person sees is not kept by any cache."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        elif response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return middleware


def viewer_time_zone(get_response: _Next) -> _Next:
    """Show times in the zone that the viewer's browser named in its cookie, else in that of the shop."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        zone = zone_of(request.COOKIES.get(TIME_ZONE_COOKIE, "")) or zone_of(settings.SHOP_TIME_ZONE)
        with timezone.override(zone):
            return get_response(request)

    return middleware


class DenialsAsPages:
    """What commands and doors refuse becomes a page: `PermissionDenied` 403, `NotVisible` 404."""

    def __init__(self, get_response: _Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django when a view raised."""
        if isinstance(exception, PermissionDenied):
            return errors.error_page(request, 403)
        if isinstance(exception, NotVisible):
            return errors.error_page(request, 404)
        return None
