"""Every route states its access. A test walks all routes and finds those that do not.

    @access(permissions.VIEW)          an agent who holds the permission
    @access(ANY_AGENT)                 whoever works here
    @public("tracking by proof")       anyone; says why

`request.actor` is set by `accounts.middleware`. Objects are still fetched through their door: access to the page is not access
to what it shows.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import urlencode

from ramah.kernel.actors import Actor, NotVisible, PermissionDenied, require

V = TypeVar("V", bound=Callable[..., HttpResponseBase])
ANY_AGENT = "accounts.work_here"


def access(permission: str) -> Callable[[V], V]:
    """Let agents with `permission` in; send strangers to the log-in; show others that they may not (403)."""

    def decorate(view: V) -> V:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_login(request)
            require(actor_of(request), permission)
            try:
                return view(request, *args, **kwargs)
            except NotVisible as error:
                raise Http404 from error

        guarded.access = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def public(reason: str) -> Callable[[V], V]:
    """Open to anyone. `reason` says why that is right."""

    def decorate(view: V) -> V:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except NotVisible as error:
                raise Http404 from error

        guarded.access = f"public: {reason}"  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def actor_of(request: HttpRequest) -> Actor:
    """Who makes the request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _to_login(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        # A fragment cannot show a log-in page; the whole page goes there.
        login = resolve_url(settings.LOGIN_URL)
        response = HttpResponse(status=204)
        response["HX-Redirect"] = (
            f"{login}?{urlencode({'next': request.headers.get('HX-Current-URL', reverse('desk'))})}"
        )
        return response
    return redirect_to_login(request.get_full_path())


__all__ = ["ANY_AGENT", "PermissionDenied", "access", "actor_of", "public"]
