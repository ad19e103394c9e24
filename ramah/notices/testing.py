"""Rules, notices and choices for tests, of this app and of those above it."""

from datetime import datetime, timedelta
from typing import Any

from ramah.commerce.models import Order
from ramah.customers.models import Customer
from ramah.notices.kinds import KINDS, LATE
from ramah.notices.models import Choice, Notice, Rule

TEXTS = {
    "en": {"subject": "Order {order} is late", "text": "We are sorry, {name}. It arrives {range} now."},
    "id": {"subject": "Pesanan {order} terlambat", "text": "Mohon maaf, {name}. Sekarang tiba {range}."},
    "uk": {"subject": "Замовлення {order} запізнюється", "text": "Вибачте, {name}. Тепер прибуде {range}."},
}


def make_rule(kind: str = LATE, *, at: datetime, **told: Any) -> Rule:
    """A live rule that tells by e-mail and offers all that its kind may offer."""
    fields = {
        "name": str(KINDS[kind].name),
        "kind": kind,
        "state": Rule.State.LIVE,
        "channels": ["email"],
        "texts": TEXTS,
        "choices": list(KINDS[kind].choices),
        "credit": {"IDR": "20000"},
        "went_live_at": at,
        **told,
    }
    return Rule.objects.get_or_create(key=fields.pop("key", kind), defaults={**fields, "created_at": at})[0]


def make_notice(
    order: Order, kind: str = LATE, *, at: datetime, customer: Customer | None = None, **told: Any
) -> Notice:
    """A notice on the order, planned at `at`; with `state="sent"` it was sent then, and can be answered for three days."""
    rule = told.pop("rule", None) or make_rule(kind, at=at)
    is_sent = told.get("state") == Notice.State.SENT
    fields = {
        "rule": rule,
        "rule_version": rule.version,
        "kind": kind,
        "customer": customer or order.customer,
        "order": order,
        "planned_at": at,
        "not_after": at + timedelta(hours=KINDS[kind].fresh),
        "next_attempt_at": None if is_sent else at,
        "sent_at": at if is_sent else None,
        "choice_until": at + timedelta(hours=rule.expires_hours) if is_sent else None,
        "language": "en",
        **told,
    }
    return Notice.objects.create(created_at=at, **fields)


def make_choice(notice: Notice, kind: str, *, at: datetime, **told: Any) -> Choice:
    """A choice that the notice offers until it expires."""
    return Choice.objects.create(
        notice=notice, kind=kind, created_at=at, **{"next_attempt_at": notice.choice_until, **told}
    )
