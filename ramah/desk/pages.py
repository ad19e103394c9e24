"""What the pages of the desk show, gathered: one function for each page or part of one, ready for its template."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from ramah.accounts.models import Team
from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions as allowed
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.conversations.queries import THREAD_PAGE, ListView, thread_page
from ramah.desk import lists, queries
from ramah.desk.boxes import Box, fresh_box
from ramah.desk.forms import snooze_choices
from ramah.desk.lines import lines_of
from ramah.desk.offers import visitor
from ramah.desk.rows import rows_of
from ramah.desk.ways import way_of
from ramah.desk.wording import status_words
from ramah.kernel.actors import NotVisible
from ramah.kernel.masking import shown_address
from ramah.kernel.panels import customer_panels
from ramah.kernel.subjects import subject_label
from ramah.ui.elements import pill

LIST_COOKIE = "ramah_desk_list"
_OPEN_PANELS = 3


def last_list(request: HttpRequest) -> ListView:
    """The list that the agent looked at last, by its cookie; his own when there is none."""
    key, _colon, team = request.COOKIES.get(LIST_COOKIE, "").partition(":")
    known = key in lists.VIEWS or (key == "team" and team.isalnum())
    return lists.view_from(key if known else lists.DEFAULT_VIEW, team, request.GET)


def list_cookie(view: ListView) -> str:
    """What the cookie remembers of a list."""
    return f"{view.key}:{view.team_public_id}" if view.team_public_id else view.key


def list_page(actor: AgentActor, view: ListView, *, cursor: str, current: str, at: datetime) -> dict[str, Any]:
    """A list with everything around it: the bar of views with its figures, filters, rows. Raises `BadCursor`."""
    around = queries.surroundings(actor)
    _check_team(view, around.teams)
    nav = _nav(actor, view, around, at=at)
    shown = _rows(actor, view, around.inboxes, cursor=cursor, current=current, at=at)
    here = next((line.count for line in (*nav.views, *nav.promises, *nav.teams) if line.is_current), "")
    whole = not cursor and not shown["next_cursor"]
    return {
        "nav": nav,
        "inboxes": around.inboxes,
        **shown,
        **list_words(view, around.teams),
        "count": str(len(shown["rows"]) or "") if whole else here,
    }


def list_part(actor: AgentActor, view: ListView, *, cursor: str, current: str, at: datetime) -> dict[str, Any]:
    """The list alone, as it stands in the pane beside a conversation. Raises `BadCursor`."""
    around = queries.surroundings(actor)
    _check_team(view, around.teams)
    rows = _rows(actor, view, around.inboxes, cursor=cursor, current=current, at=at)
    return {"inboxes": around.inboxes, **rows, **list_words(view, around.teams)}


def nav_part(actor: AgentActor, view: ListView | None, *, at: datetime) -> lists.Nav:
    """The bar of views with its figures."""
    return _nav(actor, view, queries.surroundings(actor), at=at)


def bare_nav(actor: AgentActor, view: ListView | None) -> lists.Nav:
    """The bar of views without figures and teams, which a page fetches afterwards. No query."""
    return lists.nav_of(actor, view, [], {})


def _nav(actor: AgentActor, view: ListView | None, around: queries.Surroundings, *, at: datetime) -> lists.Nav:
    views = lists.counted_views(around.teams)
    counts = queries.counts_of_views(actor, views, inbox_ids=around.inbox_ids, at=at)
    by_view = {(listed.key, listed.team_public_id): count for listed, count in zip(views, counts, strict=True)}
    return lists.nav_of(actor, view, around.teams, by_view)


def _check_team(view: ListView, teams: Iterable[Team]) -> None:
    if view.key == "team" and view.team_public_id not in {team.public_id for team in teams}:
        raise NotVisible


def _rows(
    actor: AgentActor, view: ListView, inboxes: list[Inbox], *, cursor: str, current: str, at: datetime
) -> dict[str, Any]:
    page = queries.list_page(actor, view, inboxes=inboxes, cursor=cursor, at=at)
    promises = queries.promises_outstanding(row.pk for row in page.rows)
    return {
        "rows": rows_of(page.rows, promises, viewer=actor, current=current),
        "next_cursor": page.next_cursor,
        "now": at,
        "current": current,
    }


def list_words(view: ListView, teams: Iterable[Team] = ()) -> dict[str, Any]:
    known = lists.VIEWS.get(view.key)
    team = next((team.name for team in teams if team.public_id == view.team_public_id), "")
    return {
        "view": view,
        "view_url": lists.url_of(view),
        "view_title": known.title if known else team or _("Team"),
        "view_empty": known.empty if known else _("Nobody is waiting."),
        "sorts": [] if view.key in lists.PROMISE_VIEWS else list(lists.SORTS.items()),
        "sort_title": lists.SORTS[view.sort],
        "is_narrowed": bool(view.inbox_key or view.tag),
    }


def thread(
    actor: AgentActor,
    conversation: Conversation,
    *,
    before: int | None = None,
    box: Box | None = None,
    fresh_after: int | None = None,
    at: datetime,
) -> dict[str, Any]:
    """A conversation as its page shows it: head, lines (the newest, or those `before` an id), the box to reply in.

    `box` is what was sent and not accepted; lines after `fresh_after` are marked as new.
    """
    messages = thread_page(conversation, before=before)
    saved = queries.beside(actor, conversation)
    return {
        **head(actor, conversation, tags=saved.tags, at=at),
        **_shown_lines(actor, messages, fresh_after=fresh_after),
        "earlier": str(messages[0].pk) if len(messages) == THREAD_PAGE else "",
        "is_part": before is not None,
        **reply_box(actor, conversation, messages, draft=saved.draft, box=box, at=at),
    }


def head(
    actor: AgentActor, conversation: Conversation, *, tags: list[str] | None = None, at: datetime
) -> dict[str, Any]:
    """What stands above a thread: subject, promises, status, tags, who holds it, what can be done with it."""
    status, tone = status_words(conversation)
    return {
        "conversation": conversation,
        "about": subject_label(actor, conversation.about) if conversation.about else None,
        "url": reverse("desk_conversation", args=[conversation.public_id]),
        "promises": queries.promises_outstanding([conversation.pk])[conversation.pk][:2],
        "now": at,
        "status": pill(status, tone),
        "tags": queries.beside(actor, conversation).tags if tags is None else tags,
        "snoozes": snooze_choices(at),
        "may_organize": actor.may(allowed.ORGANIZE),
        "is_mine": conversation.assignee_id == actor.agent_id,
        "is_resolved": conversation.status == Conversation.Status.RESOLVED,
        "visitor": visitor(actor, conversation, at=at) if queries.is_live(conversation) else None,
    }


def url_of_conversation(conversation: Conversation) -> str:
    """Where the conversation is read."""
    return reverse("desk_conversation", args=[conversation.public_id])


def lines_after(actor: AgentActor, conversation: Conversation, after: int) -> dict[str, Any]:
    """Lines that came after the last one a page has."""
    return _shown_lines(actor, thread_page(conversation, after=after), fresh_after=None)


def lines_before(actor: AgentActor, conversation: Conversation, before: int) -> dict[str, Any]:
    """The lines before the first one a page has."""
    messages = thread_page(conversation, before=before)
    earlier = str(messages[0].pk) if len(messages) == THREAD_PAGE else ""
    url = reverse("desk_conversation", args=[conversation.public_id])
    return {**_shown_lines(actor, messages, fresh_after=None), "earlier": earlier, "url": url}


def changed_lines(actor: AgentActor, conversation: Conversation, keys: Iterable[int], *, again: bool) -> dict[str, Any]:
    """Lines that a page has and that are not what they were: those it names, and with `again` all that were ever changed."""
    wanted = set(keys)
    messages = [
        message
        for message in (thread_page(conversation) if wanted or again else [])
        if message.pk in wanted
        or (again and (message.edited_at or message.deleted_at or message.detail.get("reactions")))
    ]
    quoted = queries.answered_by(messages)
    return {"changed": lines_of(messages, sees_contact_data=actor.sees_contact_data, quoted=quoted)}


def _shown_lines(actor: AgentActor, messages: list[Message], *, fresh_after: int | None) -> dict[str, Any]:
    sees, quoted = actor.sees_contact_data, queries.answered_by(messages)
    return {
        "lines": lines_of(messages, sees_contact_data=sees, fresh_after=fresh_after, quoted=quoted),
        "last": str(messages[-1].pk) if messages else "",
    }


def reply_box(
    actor: AgentActor,
    conversation: Conversation,
    messages: list[Message],
    *,
    draft: queries.Written | None = None,
    box: Box | None = None,
    at: datetime,
) -> dict[str, Any]:
    """The box to reply in: as it was sent and not accepted, else with the draft, else empty with the customer's copies."""
    copies = queries.copies_in(messages, conversation)
    sees, seen = actor.sees_contact_data, messages[-1].pk if messages else 0
    may_reply = actor.may(allowed.REPLY) and conversation.merged_into_id is None
    return {
        "way": way_of(actor, conversation, messages, at=at) if may_reply else None,
        "box": box or fresh_box(draft, copies=copies, seen=seen, sees_contact_data=sees),
        "copies": [] if sees else [shown_address(address, whole=False) for address in copies],
        "may_reply": may_reply,
    }


def panels(actor: AgentActor, conversation: Conversation) -> list[dict[str, Any]]:
    """The panels beside a conversation that the agent may see, the first of them open."""
    seen = [panel for panel in customer_panels() if actor.may(panel.permission)]
    return [
        {"panel": panel, "customer": conversation.customer.public_id, "is_open": number < _OPEN_PANELS}
        for number, panel in enumerate(seen)
    ]
