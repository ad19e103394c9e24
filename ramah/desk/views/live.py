"""Customers who wait, and agents who take them: presence, offers, the queue, who is at the other end."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseLocation

from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions
from ramah.conversations.commands.organizing import NotAssignable
from ramah.conversations.queries import conversation_for
from ramah.desk import offers, pages, queries
from ramah.desk.acting import agent_of
from ramah.desk.commands import queueing
from ramah.desk.commands.presence import hear_page, set_presence
from ramah.desk.forms import PresenceForm
from ramah.desk.models import Presence
from ramah.desk.queries import waiting as waits
from ramah.kernel import clock
from ramah.kernel.access import access
from ramah.ui.toasts import with_toast

# Pages that have a pane in which a conversation opens.
_WITH_THREAD = {"desk", "desk_view", "desk_team_list", "desk_conversation"}


def _shown(actor: AgentActor) -> dict[str, Any]:
    at = clock.now()
    return {
        "presence": waits.presence_of(actor, at=at),
        "choices": Presence.Chosen.choices,
        "offers": offers.shown_waits(actor, waits.offers_of(actor, at=at), at=at),
        "chats": offers.shown_chats(actor, at=at),
    }


@access(permissions.VIEW)
@require_http_methods(["GET", "POST"])
def live(request: HttpRequest) -> HttpResponse:
    """Presence, offers and own chats: parts of every page of the desk, fetched after it and at nudges.

    A page that has no socket says by POST that it is open.
    """
    actor = agent_of(request)
    if request.method == "POST":
        hear_page(agent_id=actor.agent_id, at=clock.now())
    return render(request, "desk/_live.html", _shown(actor))


@access(permissions.REPLY)
@require_POST
def presence(request: HttpRequest) -> HttpResponseBase:
    """Online, away or offline."""
    actor, form = agent_of(request), PresenceForm(request.POST)
    if form.is_valid():
        set_presence(actor=actor, chosen=form.cleaned_data["chosen"], at=clock.now())
    if request.headers.get("HX-Request"):
        return render(request, "desk/_live.html", _shown(actor), status=200 if form.is_valid() else 422)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "desk_waiting")


@access(permissions.VIEW)
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """Who waits, since when, offered to whom. Without script the page asks anew by itself, and counts as a page that is open."""
    actor, at = agent_of(request), clock.now()
    if not request.headers.get("HX-Request"):
        hear_page(agent_id=actor.agent_id, at=at)
    line = offers.shown_waits(actor, waits.waiting_line(actor), at=at)
    shown = {"line": line, "may_organize": actor.may(permissions.ORGANIZE)}
    if request.headers.get("HX-Request") and "HX-History-Restore-Request" not in request.headers:
        return render(request, "desk/_waiting.html", shown)
    return render(request, "desk/waiting.html", {**shown, **_shown(actor)})


@access(permissions.ORGANIZE)
@require_POST
def take_offer(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Take a customer who waits, and open the conversation. Whoever comes second is told who was faster."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    try:
        queueing.take_offer(actor=actor, conversation=row, at=clock.now())
    except queueing.AlreadyTaken as taken:
        return _too_late(request, actor, _("%(name)s was faster and has it.") % {"name": taken.name})
    except queueing.WaitOver:
        return _too_late(request, actor, _("They wait no longer. The conversation goes on as a message."))
    except NotAssignable:
        return _too_late(request, actor, _("This conversation cannot be given to you."))
    queries.forget_counts(actor)
    url = reverse("desk_conversation", args=[public_id])
    if not request.headers.get("HX-Request"):
        return redirect(url)
    if _has_thread(request):
        return HttpResponseLocation(url, target="#main", swap="innerHTML")
    return HttpResponseClientRedirect(url)


@access(permissions.ORGANIZE)
@require_POST
def pass_offer(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let the next agent have it."""
    actor = agent_of(request)
    queueing.pass_offer(actor=actor, conversation=conversation_for(actor, public_id=public_id), at=clock.now())
    if request.headers.get("HX-Request"):
        return render(request, "desk/_live.html", _shown(actor))
    return redirect("desk_waiting")


@access(permissions.VIEW)
@require_GET
def visitor(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who is at the other end, as it is now."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    shown = offers.visitor(actor, row, at=clock.now()) if queries.is_live(row) else None
    return render(request, "desk/_visitor.html", {"visitor": shown, "url": pages.url_of_conversation(row)})


def _too_late(request: HttpRequest, actor: AgentActor, words: str) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return with_toast(render(request, "desk/_live.html", _shown(actor)), words)
    messages.warning(request, words)
    return redirect("desk_waiting")


def _has_thread(request: HttpRequest) -> bool:
    try:
        return resolve(urlsplit(request.headers.get("HX-Current-URL", "")).path).url_name in _WITH_THREAD
    except Resolver404:
        return False
