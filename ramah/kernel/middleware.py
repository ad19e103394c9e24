"""Request middleware: remembers where a request comes from, for the audit log; refuses what no database takes."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase

from ramah.kernel import audit


def request_origin(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Set `audit.origin` to the address of whoever asks while a request runs."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = audit.origin.set(_peer(request))
        try:
            return get_response(request)
        finally:
            audit.origin.reset(token)

    return middleware


def _peer(request: HttpRequest) -> str:
    # The last address is the one that our own proxy saw; what stands before it anybody may have written.
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    peer: str = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    return peer[:64]


def refuse_nul(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer 400 to an address with a NUL character in it: no page has one, and PostgreSQL fails on it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("NUL in the address")
        return get_response(request)

    return middleware
