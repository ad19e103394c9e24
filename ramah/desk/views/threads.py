"""A conversation: the page, and its parts as they change."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions
from ramah.conversations.models import Conversation
from ramah.conversations.queries import conversation_for, thread_page
from ramah.desk import pages
from ramah.desk.acting import agent_of
from ramah.desk.boxes import Box
from ramah.desk.commands.seeing import see_conversation
from ramah.desk.lines import shown_delivery
from ramah.kernel import clock
from ramah.kernel.access import access

MOST_WATCHED = 20


@access(permissions.VIEW)
@require_GET
def conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """The conversation; with `before` what was said earlier."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    before = _key(request.GET.get("before", ""))
    if before is not None and _wants_part(request):
        return render(request, "desk/_lines_before.html", pages.lines_before(actor, row, before))
    return thread_response(request, actor, row, before=before)


def thread_response(
    request: HttpRequest,
    actor: AgentActor,
    row: Conversation,
    *,
    before: int | None = None,
    box: Box | None = None,
    fresh_after: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """The thread as a page, or for htmx as the inside of the page's panes."""
    shown = pages.thread(actor, row, before=before, box=box, fresh_after=fresh_after, at=clock.now())
    shown["panels"] = pages.panels(actor, row)
    if _wants_part(request):
        return render(request, "desk/_opened.html", shown, status=status)
    view = pages.last_list(request)
    page = {**shown, "nav": pages.bare_nav(actor, view), **pages.list_words(view)}
    return render(request, "desk/conversation.html", page, status=status)


@access(permissions.VIEW)
@require_GET
def lines(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was said after `after`, with the head as it is now; and how the deliveries fare that the page names (`watch`).

    Lines that the page has are shown anew where it names them (`line`), or all that were ever changed (`again`). The head stays
    as it is with `only=lines`.
    """
    actor, with_head = agent_of(request), request.GET.get("only") != "lines"
    row = conversation_for(actor, public_id=public_id, is_bare=not with_head)
    keys = [key for key in map(_key, request.GET.getlist("line")[:MOST_WATCHED]) if key is not None]
    changed = pages.changed_lines(actor, row, keys, again="again" in request.GET)
    return changed_response(request, actor, row, with_head=with_head, head_oob=True, **changed)


def changed_response(
    request: HttpRequest,
    actor: AgentActor,
    row: Conversation,
    *,
    with_head: bool = True,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """What a page that knows the thread up to `after` needs to be up to date.

    The head comes first, for the target of the request; with `with_box` the reply box does, and with `head_oob` nothing.
    """
    asked = request.GET if request.method == "GET" else request.POST
    after = _key(asked.get("after", ""))
    new = pages.lines_after(actor, row, after) if after is not None else {}
    watched = [key for key in asked.getlist("watch")[:MOST_WATCHED] if key]
    shown = {
        **(pages.head(actor, row, at=clock.now()) if with_head else {}),
        **new,
        "with_head": with_head,
        "deliveries": _deliveries(row, watched) if watched else [],
        **more,
    }
    return render(request, "desk/_changed.html", shown, status=status)


def _deliveries(row: Conversation, watched: list[str]) -> list[Any]:
    found = [
        (message.public_id, shown_delivery(message)) for message in thread_page(row) if message.public_id in watched
    ]
    return [(public_id, delivery) for public_id, delivery in found if delivery is not None]


@access(permissions.VIEW)
@require_POST
def seen(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page is before the agent's eyes, up to the line `upto`."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    see_conversation(actor=actor, conversation=row, upto=_key(request.POST.get("upto", "")), at=clock.now())
    return HttpResponse(status=204)


def _key(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


def _wants_part(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and "HX-History-Restore-Request" not in request.headers
