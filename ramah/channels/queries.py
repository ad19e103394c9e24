"""Reads on the intake."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery

from ramah.channels.models import ChannelAccount, IntakeItem, Mailbox
from ramah.channels.permissions import MANAGE_INBOXES, VIEW_INTAKE
from ramah.conversations.models import Conversation, Inbox, MessageDelivery
from ramah.conversations.queries import visible_inboxes
from ramah.kernel.actors import Actor, NotVisible, require
from ramah.kernel.ids import new_public_id
from ramah.kernel.paging import Page, keyset_page

_LEAN = ("raw",)
_CHAT_INBOX, _STAMP, _KEPT_SECONDS = "channels.chat_inbox", "channels.stamp", 60
# Accounts that this process has read, each with the stamp of that moment: credentials never leave it for a shared cache.
_accounts: dict[tuple[str, str], tuple[str, ChannelAccount]] = {}


@dataclass(frozen=True, slots=True)
class IntakeSum:
    """The no-loss sum: everything received is in exactly one of the other figures."""

    received: int
    waiting: int
    accepted: int
    duplicate: int
    ignored: int
    quarantined: int
    missing_message: int

    @property
    def closes(self) -> bool:
        """Whether every item is accounted for and every accepted one has its message."""
        ended = self.waiting + self.accepted + self.duplicate + self.ignored + self.quarantined
        return self.received == ended and self.missing_message == 0


def intake_sum() -> IntakeSum:
    """Count the whole intake."""
    rows = IntakeItem.objects.order_by().values_list("state").annotate(count=Count("id"))
    counts = dict(rows)
    lost = IntakeItem.objects.filter(state=IntakeItem.State.ACCEPTED, message=None).count()
    return IntakeSum(
        received=IntakeItem.objects.count(),
        missing_message=lost,
        **{state: counts.get(state, 0) for state in IntakeItem.State.values},
    )


def intake_item_for(actor: Actor, *, public_id: str) -> IntakeItem:
    """The item, with its inbox, if the actor may see the intake of that inbox. Raises `NotVisible`."""
    rows = IntakeItem.objects.select_related("inbox", "conversation", "message").filter(public_id=public_id)
    row = rows.first()
    if row is None or not actor.may(VIEW_INTAKE) or not visible_inboxes(actor).filter(pk=row.inbox_id).exists():
        raise NotVisible
    return row


def intake_page(actor: Actor, *, state: str, cursor: str = "", size: int = 25) -> Page[IntakeItem]:
    """Items in a state, newest first, without their raw bytes. Raises `BadCursor`."""
    rows = IntakeItem.objects.defer(*_LEAN).select_related("inbox", "conversation").filter(state=state)
    if not actor.may(VIEW_INTAKE):
        rows = rows.none()
    return keyset_page(rows.filter(inbox__in=list(visible_inboxes(actor))), order=("-id",), cursor=cursor, size=size)


def quarantined_count() -> int:
    """How many items wait for a person, counted up to 100."""
    return IntakeItem.objects.filter(state=IntakeItem.State.QUARANTINED).values("pk")[:100].count()


def chat_inbox_key() -> str:
    """Key of the active chat inbox that the shop's own pages show, the oldest of several; empty without one.

    Kept for a minute, for it is asked for with every page; `forget_inboxes()` where an inbox has changed.
    """
    return str(cache.get_or_set(_CHAT_INBOX, _read_chat_inbox, _KEPT_SECONDS))


def forget_inboxes() -> None:
    """Have inboxes and their accounts read anew by all processes, once the transaction that changed one stands."""
    transaction.on_commit(lambda: cache.delete(_CHAT_INBOX))
    transaction.on_commit(lambda: cache.delete(_STAMP))


def _read_chat_inbox() -> str:
    rows = Inbox.objects.filter(channel="chat", is_active=True).order_by("id")
    return rows.values_list("key", flat=True).first() or ""


def received_from(customer_id: int) -> list[dict[str, Any]]:
    """When a raw copy came in, and by which inbox; what it says is exported with the conversation."""
    rows = IntakeItem.objects.defer("raw").select_related("inbox").filter(conversation__customer=customer_id)
    return [{"at": row.created_at.isoformat(), "inbox": row.inbox.key} for row in rows.order_by("id")]


def account_at(channel: str, inbox_key: str) -> ChannelAccount | None:
    """The account of the active inbox with this key. No door: for what a provider posts.

    Kept by this process for a minute at most, for providers post many times a second; `forget_inboxes()` where it has changed.
    """
    stamp = str(cache.get_or_set(_STAMP, new_public_id, _KEPT_SECONDS))
    read_at, account = _accounts.get((channel, inbox_key), ("", None))
    if read_at != stamp or account is None:
        rows = ChannelAccount.objects.filter(inbox__channel=channel, inbox__key=inbox_key, inbox__is_active=True)
        account = rows.select_related("inbox").first()
        if account is not None:
            _accounts[channel, inbox_key] = stamp, account
    return account


def account_for(actor: Actor, *, public_id: str) -> ChannelAccount:
    """The account of the inbox with this public id. Raises `NotVisible`."""
    rows = ChannelAccount.objects.filter(inbox__public_id=public_id).select_related("inbox__calendar")
    row = rows.first() if actor.may(MANAGE_INBOXES) else None
    if row is None:
        raise NotVisible
    return row


def account_of_inbox(inbox: Inbox) -> ChannelAccount | None:
    """The account of an inbox that the caller may see; None where it has none."""
    return ChannelAccount.objects.filter(inbox=inbox).first()


def inbox_for(actor: Actor, *, public_id: str) -> Inbox:
    """The inbox with this public id, for those who set inboxes up. Raises `NotVisible`."""
    rows = Inbox.objects.select_related("calendar").prefetch_related("teams")
    row = rows.filter(public_id=public_id).first() if actor.may(MANAGE_INBOXES) else None
    if row is None:
        raise NotVisible
    return row


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came and went by an inbox: its account (None: it has none), its mailbox where it has one, and what waits or failed."""

    inbox: Inbox
    account: ChannelAccount | None
    mailbox: Mailbox | None
    last_in_at: datetime | None
    last_out_at: datetime | None
    queued: int = 0
    failed: int = 0


RECENT = timedelta(days=7)  # so far back failed messages are counted


def traffic_of_inboxes(actor: Actor, *, at: datetime) -> list[Traffic]:
    """Every inbox with its traffic, by name, in four queries. Raises `PermissionDenied`."""
    require(actor, MANAGE_INBOXES)
    S = MessageDelivery.State
    here = OuterRef("pk")
    came = IntakeItem.objects.filter(inbox=here).order_by("-pk").values("created_at")[:1]
    went = MessageDelivery.objects.filter(inbox=here, state__in=(S.SENT, S.DELIVERED, S.READ))
    spoken = Conversation.objects.filter(inbox=here).order_by().values("inbox")
    inboxes = Inbox.objects.order_by("name", "pk").annotate(
        came_at=Subquery(came),
        went_at=Subquery(went.order_by("-pk").values("ended_at")[:1]),
        spoken_at=Subquery(spoken.annotate(last=Max("last_customer_message_at")).values("last")),
    )
    accounts = {row.inbox_id: row for row in ChannelAccount.objects.all()}
    mailboxes = {row.inbox_id: row for row in Mailbox.objects.all()}
    waiting, failed = Q(state__in=(S.QUEUED, S.SENDING)), Q(state=S.FAILED, ended_at__gt=at - RECENT)
    counts = MessageDelivery.objects.filter(waiting | failed).order_by().values_list("inbox")
    counted = {
        key: (queued, lost)
        for key, queued, lost in counts.annotate(queued=Count("pk", filter=waiting), lost=Count("pk", filter=failed))
    }
    found = []
    for inbox in inboxes:
        account = accounts.get(inbox.pk)
        queued, lost = counted.get(inbox.pk, (0, 0))
        came_at = (account.last_in_at if account else None) or inbox.came_at or inbox.spoken_at
        went_at = (account.last_out_at if account else None) or inbox.went_at
        found.append(Traffic(inbox, account, mailboxes.get(inbox.pk), came_at, went_at, queued, lost))
    return found
