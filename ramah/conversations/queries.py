"""Reads on conversations. `conversation_for` is the only door to one; lists show what the door would open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from ramah.accounts.models import Agent
from ramah.conversations import permissions
from ramah.conversations.holding import (
    held_until as held_until,
)  # public: quiet hours are judged before a message is written, too
from ramah.conversations.models import (
    Attachment,
    Conversation,
    Inbox,
    Mention,
    Message,
    MessageDelivery,
)
from ramah.customers.models import ContactPoint
from ramah.customers.queries import CustomerActor
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.paging import Page, keyset_page

PAGE = 25
THREAD_PAGE = 50
OWN_PAGE = 20
VIEW_HISTORY = "conversations.view_history"  # a line of the ladder, which no agent needs


def visible_inboxes(actor: Actor) -> QuerySet[Inbox]:
    """Inboxes whose conversations the actor may read: all, or those of the teams the actor is in."""
    inboxes = Inbox.objects.order_by("name", "id")
    if actor.may(permissions.VIEW_ALL):
        return inboxes
    if not actor.may(permissions.VIEW):
        return inboxes.none()
    return inboxes.filter(teams__in=_teams_of(actor)).distinct()


def inbox_speaking(language: str, *, channel: str = "email") -> Inbox | None:
    """The active inbox of a channel that answers in `language`, else the first there is; None without any."""
    base = language.split("-")[0].lower()
    inboxes = list(Inbox.objects.filter(channel=channel, is_active=True).select_related("calendar").order_by("id"))
    speaking = (inbox for inbox in inboxes if inbox.language.split("-")[0].lower() == base)
    return next(speaking, inboxes[0] if inboxes else None)


def visible_conversations(actor: Actor) -> QuerySet[Conversation]:
    """All conversations that the door would open for the actor."""
    return Conversation.objects.filter(_within_reach(actor))


def _within_reach(actor: Actor, *, through: str = "") -> Q:
    """Who may open a conversation, said once for all rows that lead to one.

    `through` is the way from a row to its conversation, such as `message__conversation__`.
    """
    if actor.may(permissions.VIEW_ALL):
        return Q()
    if not actor.may(permissions.VIEW):
        return Q(pk__in=[])
    own_inbox = Q(**{f"{through}inbox__in": visible_inboxes(actor).values("id")})
    own_team = Q(**{f"{through}team__in": _teams_of(actor)})
    return own_inbox | own_team | Q(**{f"{through}assignee": _agent_id(actor)})


def conversation_for(actor: Actor, *, public_id: str, is_bare: bool = False) -> Conversation:
    """The conversation, with its inbox, customer, assignee and team loaded; `is_bare` with nothing. Raises `NotVisible`.

    Visible to those who may read every inbox, and else to members of a team of its inbox, of the team it is given to, and to
    whom it is assigned.
    """
    rows = visible_conversations(actor).filter(public_id=public_id)
    # What it was merged into or follows is seldom there: whoever shows it asks for it.
    rows = rows.only("public_id") if is_bare else rows.select_related("inbox", "customer", "assignee", "team")
    row = next(iter(rows[:1]), None)
    if row is None:
        raise NotVisible
    return row


def _teams_of(actor: Actor) -> frozenset[int]:
    return getattr(actor, "team_ids", frozenset())


def _agent_id(actor: Actor) -> int:
    # No conversation is assigned to 0.
    return getattr(actor, "agent_id", 0)


@dataclass(frozen=True, slots=True)
class ListView:
    """What a list shows: `key` is mine, unassigned, open, pending, snoozed, resolved, spam, mentions or team."""

    key: str
    sort: str = "newest"
    team_public_id: str = ""
    inbox_key: str = ""
    tag: str = ""


ORDERS = {"newest": ("-last_message_at", "-id"), "oldest": ("last_message_at", "id"), "due": ("due_at", "id")}


def rows_of_view(actor: Actor, view: ListView, *, inbox_ids: Sequence[int] | None = None) -> QuerySet[Conversation]:
    """The conversations of a list, unordered. An unknown key or an unseen team gives none.

    `inbox_ids` are those of `visible_inboxes`, where the caller has them already.
    """
    S = Conversation.Status
    rows = Conversation.objects.all()
    if view.key == "mine":
        rows = rows.filter(assignee=_agent_id(actor), status=S.OPEN)
    elif view.key == "team":
        rows = rows.filter(team__public_id=view.team_public_id, status=S.OPEN)
        if not actor.may(permissions.VIEW_ALL):
            rows = rows.filter(team__in=_teams_of(actor))
    elif view.key == "mentions":
        rows = _visible_rows(actor, rows, inbox_ids).filter(
            id__in=Mention.objects.filter(agent=_agent_id(actor), seen_at=None).values("message__conversation")
        )
    elif view.key == "unassigned":
        rows = _visible_rows(actor, rows, inbox_ids).filter(status=S.OPEN, assignee=None)
    elif view.key in S.values:
        rows = _visible_rows(actor, rows, inbox_ids).filter(status=view.key)
    else:
        rows = rows.none()
    narrower = {"inbox__key": view.inbox_key, "tags__name": view.tag}
    return rows.filter(**{name: value for name, value in narrower.items() if value})


def _visible_rows(
    actor: Actor, rows: QuerySet[Conversation], inbox_ids: Sequence[int] | None
) -> QuerySet[Conversation]:
    if actor.may(permissions.VIEW_ALL):
        return rows
    if inbox_ids is None:
        inbox_ids = list(visible_inboxes(actor).values_list("id", flat=True))
    # One inbox is asked for as one: with IN, SQLite sorts instead of walking the index in order.
    return rows.filter(inbox=inbox_ids[0]) if len(inbox_ids) == 1 else rows.filter(inbox__in=inbox_ids)


# Lists are counted so far; beyond it the desk shows "99+".
COUNT_CAP = 100


def conversations_of_customer(actor: Actor, customer_id: int, *, limit: int = 20) -> list[Conversation]:
    """Newest conversations of a customer among those the actor may open."""
    rows = visible_conversations(actor).filter(customer=customer_id).select_related("inbox")
    return list(rows.order_by("-last_message_at", "-id")[:limit])


def thread_page(conversation: Conversation, *, before: int | None = None, after: int | None = None) -> list[Message]:
    """Messages, notes and activities in order: the newest, those before an id, or all after an id (a client catching up).

    Each comes with its agent, attachments and delivery, and with the contact point and inbox it came by.
    """
    rows = conversation.messages.select_related("agent", "delivery", "contact_point", "inbox").prefetch_related(
        Prefetch("attachments", queryset=Attachment.objects.order_by("id"))
    )
    if after is not None:
        return list(rows.filter(id__gt=after).order_by("id")[:500])
    if before is not None:
        rows = rows.filter(id__lt=before)
    return list(rows.order_by("-id")[:THREAD_PAGE])[::-1]


def newest_message_id(conversation: Conversation) -> int:
    """The version of a thread: the id of its newest line, 0 when it has none."""
    return conversation.messages.order_by("-id").values_list("id", flat=True).first() or 0


def message_for(actor: Actor, *, public_id: str) -> Message:
    """The message, if the actor may open its conversation. Raises `NotVisible`."""
    rows = Message.objects.select_related("conversation__inbox", "delivery")
    row = rows.filter(_within_reach(actor, through="conversation__"), public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def said_about(about: str, purpose: str) -> Message | None:
    """What the shop has said about a thing (`order:12`) for this purpose; None where it has not. No door: for machines."""
    rows = Message.objects.filter(conversation__about=about, client_id=purpose, author=Message.Author.SYSTEM)
    return rows.order_by("id").first()


def attachment_for(actor: Actor, *, public_id: str) -> Attachment:
    """The attachment, if the actor may open its conversation. Raises `NotVisible`."""
    rows = Attachment.objects.select_related("message__conversation")
    row = rows.filter(_within_reach(actor, through="message__conversation__"), public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def deliveries_page(actor: Actor, *, state: str = "", cursor: str = "", size: int = PAGE) -> Page[MessageDelivery]:
    """Outgoing messages, newest first, of the inboxes the actor may see. Raises `BadCursor`."""
    rows = MessageDelivery.objects.select_related("message__conversation__customer", "inbox", "message__agent")
    if not actor.may(permissions.VIEW_ALL):
        rows = rows.filter(inbox__in=list(visible_inboxes(actor).values_list("id", flat=True)))
    if state:
        rows = rows.filter(state=state)
    return keyset_page(rows, order=("-id",), cursor=cursor, size=size)


def delivery_for(actor: Actor, *, public_id: str) -> MessageDelivery:
    """The delivery, if the actor may open its conversation. Raises `NotVisible`."""
    rows = MessageDelivery.objects.select_related("message__conversation")
    row = rows.filter(_within_reach(actor, through="message__conversation__"), public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def assignable_agents(conversation: Conversation) -> QuerySet[Agent]:
    """Active agents who may be given the conversation: members of its inbox's teams and of its own, and leads and owners."""
    reach = Q(teams__in=conversation.inbox.teams.all()) | Q(role__in=("owner", "lead"))
    if conversation.team_id is not None:
        reach |= Q(teams=conversation.team_id)
    return Agent.objects.filter(reach, is_active=True).distinct().order_by("name", "id")


def snoozed_due(*, at: datetime, limit: int) -> list[int]:
    """Keys of conversations whose snooze is over."""
    rows = Conversation.objects.filter(status=Conversation.Status.SNOOZED, snoozed_until__lte=at)
    return list(rows.order_by("snoozed_until").values_list("id", flat=True)[:limit])


def own_conversations_page(actor: CustomerActor, *, cursor: str = "", size: int = OWN_PAGE) -> Page[Conversation]:
    """A customer's own conversations, the latest first. `has_answer` on each: an agent has spoken, and they have neither seen it
    in their account nor said anything since. Empty for a proof that opens no history. Raises `BadCursor`."""
    return keyset_page(
        _own(actor).annotate(has_answer=_unseen()), order=("-last_message_at", "-id"), cursor=cursor, size=size
    )


def unseen_answers(actor: CustomerActor) -> int:
    """In how many of their conversations an answer waits that they have not seen."""
    return _own(actor).filter(_unseen()).count()


def own_conversation_for(actor: CustomerActor, *, public_id: str) -> Conversation:
    """A customer's own conversation with its inbox; of one that was merged, the one it is part of. Raises `NotVisible`."""
    rows = Conversation.objects.select_related("inbox", "merged_into__inbox").filter(customer=actor.customer_id)
    row = rows.filter(public_id=public_id).first() if actor.may(VIEW_HISTORY) else None
    found = (row.merged_into or row) if row else None
    if found is None or found.customer_id != actor.customer_id:
        raise NotVisible
    return found


def own_lines(
    actor: CustomerActor, conversation: Conversation, *, before: int | None = None
) -> tuple[list[Message], bool]:
    """What was said in their own conversation, oldest first: the newest lines, or those before one; and whether there are
    earlier ones. Notes and activities are the staff's. Where others have written in the thread, what they said and what they
    were answered is left out."""
    rows = (
        _own_messages(actor, conversation)
        .select_related("agent")
        .prefetch_related(Prefetch("attachments", queryset=Attachment.objects.order_by("id")))
    )
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: THREAD_PAGE + 1])
    own = _own_addresses(actor, conversation)
    shown = [row for row in found[:THREAD_PAGE] if _is_own(row, own)]
    return shown[::-1], len(found) > THREAD_PAGE


def own_attachment_for(actor: CustomerActor, *, public_id: str) -> Attachment:
    """A file of what a customer may read of their own conversation. Raises `NotVisible`."""
    rows = Attachment.objects.select_related("message__conversation")
    row = rows.filter(public_id=public_id, message__conversation__customer=actor.customer_id).first()
    if row is None or not actor.may(VIEW_HISTORY):
        raise NotVisible
    conversation = row.message.conversation
    message = _own_messages(actor, conversation).filter(pk=row.message_id, deleted_at=None).first()
    if message is None or not _is_own(message, _own_addresses(actor, conversation)):
        raise NotVisible
    return row


def _own(actor: CustomerActor) -> QuerySet[Conversation]:
    rows = Conversation.objects.filter(customer=actor.customer_id, merged_into=None)
    return rows if actor.may(VIEW_HISTORY) else rows.none()


def _unseen() -> Exists:
    said = Message.objects.filter(
        conversation=OuterRef("pk"),
        kind=Message.Kind.MESSAGE,
        author=Message.Author.AGENT,
        id__gt=OuterRef("customer_seen"),
    )
    since = Coalesce(OuterRef("last_customer_message_at"), OuterRef("created_at"))
    return Exists(said.filter(created_at__gte=since))


def _own_messages(actor: CustomerActor, conversation: Conversation) -> QuerySet[Message]:
    by_others = Q(author=Message.Author.CUSTOMER) & ~Q(contact_point__customer=actor.customer_id)
    said = Message.objects.filter(conversation=conversation, kind=Message.Kind.MESSAGE)
    return said.exclude(by_others)


def _own_addresses(actor: CustomerActor, conversation: Conversation) -> frozenset[str] | None:
    """The addresses by which an answer is known to be theirs; None where nobody else has written, so that all are."""
    said = Message.objects.filter(conversation=conversation, author=Message.Author.CUSTOMER)
    if not said.exclude(contact_point__customer=actor.customer_id).exists():
        return None
    points = ContactPoint.objects.filter(customer=actor.customer_id).values_list("value", flat=True)
    return frozenset(value.lower() for value in points)


def _is_own(message: Message, own: frozenset[str] | None) -> bool:
    if own is None or message.author == Message.Author.CUSTOMER or not (message.to or message.cc):
        return True
    return any(str(address).lower() in own for address in (*message.to, *message.cc))


def said_with(customer_id: int) -> list[dict[str, Any]]:
    """Every conversation with what was said in it; private notes are the staff's and are left out."""
    said = Message.objects.filter(conversation__customer=customer_id, kind=Message.Kind.MESSAGE)
    threads: dict[int, dict[str, Any]] = {}
    for message in said.select_related("conversation").prefetch_related("attachments").order_by("id"):
        conversation = message.conversation
        thread = threads.setdefault(
            conversation.pk, {"reference": conversation.reference, "subject": conversation.subject, "messages": []}
        )
        thread["messages"].append(
            {
                "at": message.created_at.isoformat(),
                "by": message.author,
                "text": message.full_text or message.text,
                "files": [file.filename for file in message.attachments.all()],
            }
        )
    return list(threads.values())
