"""Request middleware: remembers where a request comes from, for the audit log."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from ramah.kernel import audit


def request_origin(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Set `audit.origin` to the peer's address while a request runs."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = audit.origin.set(request.META.get("REMOTE_ADDR", ""))
        try:
            return get_response(request)
        finally:
            audit.origin.reset(token)

    return middleware
