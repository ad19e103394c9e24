"""Request middleware: says who acts and in which time zone, and leads agents who must have a second factor to setting one up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from ramah.accounts import commands, queries
from ramah.accounts.models import User
from ramah.accounts.queries import AgentActor
from ramah.kernel import clock
from ramah.kernel.access import actor_of
from ramah.kernel.actors import NOBODY, Actor
from ramah.ui.preferences import zone_of

SEEN_EVERY = timedelta(minutes=5)


class actor:
    """Set `request.actor`: an `AgentActor` for an active agent, `NOBODY` for everyone else; looked up when first asked for.

    It is read anew for each request, so whoever is deactivated is out at once. Times are shown in the zone that the agent
    has chosen, if any.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor = SimpleLazyObject(lambda: _actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        access = getattr(view, "access", "")
        if access.startswith("public"):
            return None
        found = actor_of(request)
        if not isinstance(found, AgentActor):
            return None
        if zone := zone_of(found.time_zone):
            timezone.activate(zone)  # until `viewer_time_zone`, around us, ends
        if not (access and found.needs_second_factor):  # pages without it are allauth's own: the way to set one up
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": resolve_url("mfa_index")})
        return redirect("mfa_index")


def _actor_of(request: HttpRequest) -> Actor:
    if not isinstance(request.user, User):
        return NOBODY
    found = queries.agent_actor(request.user)
    if found is None:
        return NOBODY
    at = clock.now()
    if found.last_seen_at is None or at - found.last_seen_at > SEEN_EVERY:
        commands.note_presence(agent_id=found.agent_id, session_key=request.session.session_key or "", at=at)
    return found
