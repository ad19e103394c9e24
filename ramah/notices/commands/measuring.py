"""What came of notices: who wrote all the same, what they chose, and whether they asked where their parcel is."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from ramah.commerce.models import Order, OrderStateChange
from ramah.conversations.models import Conversation, Message
from ramah.kernel import claims
from ramah.notices.kinds import KINDS
from ramah.notices.models import Choice, Contact, Notice, Outcome
from ramah.notices.wismo import asks_where
from ramah.shipping.models import Shipment

# A parcel is asked for from its hand-over until so long after its arrival.
AFTERWARDS: Final = timedelta(days=3)
_LOOKED_BACK: Final = timedelta(days=120)
_LEASE: Final = timedelta(minutes=1)
_REASON_ORDER: Final = "where"
_SERVICE: Final = [kind.key for kind in KINDS.values() if not kind.is_promotion and not kind.on_request]


def note_messages(message_ids: Collection[int], *, at: datetime) -> int:
    """Note that customers wrote about orders: as contacts, and with the notices that they had. Returns how many did."""
    rows = Message.objects.filter(pk__in=message_ids, author=Message.Author.CUSTOMER).select_related("conversation")
    noted = 0
    for message in rows.order_by("pk"):
        if "choice" in message.detail:  # what a choice could not do, said in the customer's name
            continue
        order = _order_of(message.conversation, at=message.created_at)
        if order is not None:
            _note(message, order)
            noted += 1
    return noted


def note_chosen(notice_id: int, *, at: datetime) -> None:
    """The customer took a choice of the notice."""
    Outcome.objects.filter(notice=notice_id, chose_at=None, closed_at=None).update(chose_at=at)


def close_outcomes(*, at: datetime, limit: int = 100) -> int:
    """Close what is a week old: whether the order was cancelled, how the conversation was rated. A job; returns how many."""
    due = claims.claim_due(Outcome.objects.filter(closed_at=None), at=at, lease=_LEASE, limit=limit)
    notices = Notice.objects.select_related("message").in_bulk([outcome.notice_id for outcome in due])
    for outcome in due:
        notice = notices[outcome.notice_id]
        since = notice.sent_at or notice.planned_at
        claims.settle(
            outcome,
            closed_at=at,
            chose_at=outcome.chose_at or _chose_at(notice),
            canceled_at=_canceled_at(notice, since),
            rating=_rating(notice, since),
        )
    return len(due)


def _order_of(conversation: Conversation, *, at: datetime) -> Order | None:
    """What order a conversation is about: as it says, else the only one of the customer's that can be meant."""
    kind, _colon, key = conversation.about.partition(":")
    if kind == "order" and key.isdigit():
        return Order.objects.filter(pk=int(key)).first()
    if kind:
        return None
    own = Order.objects.filter(customer=conversation.customer_id, placed_at__gt=at - _LOOKED_BACK)
    found = [order for order in own.order_by("-placed_at")[:5] if _parcel_under_way(order, at=at) is not None]
    return found[0] if len(found) == 1 else None


def _parcel_under_way(order: Order, *, at: datetime) -> Shipment | None:
    """The newest parcel that was with its carrier at `at`, or had arrived shortly before."""
    there = Q(delivered_at=None) | Q(delivered_at__gt=at - AFTERWARDS)
    return Shipment.objects.filter(there, order=order, handed_over_at__lte=at).order_by("-id").first()


def _note(message: Message, order: Order) -> None:
    conversation, said_at = message.conversation, message.created_at
    parcel = _parcel_under_way(order, at=said_at)
    is_wismo = parcel is not None and _asks_where(message)
    contact, is_new = Contact.objects.get_or_create(
        conversation=conversation,
        defaults={"order": order, "shipment": parcel, "at": said_at, "is_wismo": is_wismo},
    )
    if not is_new and is_wismo and not contact.is_wismo:
        # Thanked first, asked later: the question is what counts.
        Contact.objects.filter(pk=contact.pk).update(is_wismo=True, shipment=parcel, at=said_at)
    told = Q(notice__sent_at__lt=said_at) | Q(notice__state=Notice.State.WITHHELD, notice__planned_at__lt=said_at)
    asked = Outcome.objects.filter(told, notice__order=order, notice__kind__in=_SERVICE, asked_at=None, closed_at=None)
    Outcome.objects.filter(pk__in=list(asked.values_list("pk", flat=True))).update(asked_at=said_at)


def _asks_where(message: Message) -> bool:
    is_said = message.detail.get("reason") == _REASON_ORDER
    return is_said or asks_where(f"{message.subject}\n{message.text}")


def _chose_at(notice: Notice) -> datetime | None:
    taken = Choice.objects.filter(notice=notice, taken_at__isnull=False).order_by("taken_at")
    return taken.values_list("taken_at", flat=True).first()


def _canceled_at(notice: Notice, since: datetime) -> datetime | None:
    steps = OrderStateChange.objects.filter(order=notice.order_id, to_state=Order.State.CANCELLED, at__gt=since)
    return steps.order_by("at").values_list("at", flat=True).first()


def _rating(notice: Notice, since: datetime) -> int | None:
    """How the customer rated the conversation that the notice stands in, 1 to 5."""
    if notice.message is None:
        return None
    rated = Message.objects.filter(
        conversation=notice.message.conversation_id, activity="chat_rated", created_at__gt=since
    )
    score = next(iter(rated.order_by("-id").values_list("detail__score", flat=True)[:1]), None)
    return int(score) if isinstance(score, int | float) and 1 <= score <= 5 else None
