"""Links that notices carry: to the choices in them, to what a customer wants to be told, and out of promotions.

Each is signed and ends. The one to the choices proves the mailbox for one order, as the links of the order's mails do: it is void
once the order belongs to another customer or has another address. The others prove that mail to the customer is read.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from ramah.customers.models import Customer
from ramah.notices.kinds import CHOICES
from ramah.notices.models import Notice

LINK_LIVES = timedelta(days=60)
# Nobody is to be kept in a list because a mail has lain for long.
UNSUBSCRIBE_LIVES = timedelta(days=800)
_CHOICE, _UNSUBSCRIBE, _PREFERENCES = "notices.choice", "notices.unsubscribe", "notices.preferences"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link to choices opens: the notice with its order, and which of its choices was followed (empty: none)."""

    notice: Notice
    kind: str


def choice_link(notice: Notice, kind: str = "") -> str:
    """The absolute address at which the choices of a notice are shown, the one of `kind` picked."""
    told = f"{notice.public_id}.{kind}.{_digest(notice)}"
    return _absolute("notice_choose", _signer(_CHOICE).sign(told))


def opened_by(token: str) -> Opened | None:
    """What the token of a `choice_link` opens; None when it was altered, is too old, or no longer fits the order."""
    told = _unsigned(_CHOICE, token, LINK_LIVES)
    public_id, _dot, rest = told.partition(".")
    kind, _dot, digest = rest.partition(".")
    if not digest or kind not in ("", *CHOICES):
        return None
    rows = Notice.objects.select_related("order", "customer", "rule", "shipment__account", "shipment__carried_by")
    notice = rows.filter(public_id=public_id, order__isnull=False).first()
    return Opened(notice, kind) if notice and constant_time_compare(digest, _digest(notice)) else None


def unsubscribe_link(customer: Customer) -> str:
    """The absolute address that ends promotions to the customer, by one click of a mail program too (RFC 8058)."""
    return _absolute("notice_unsubscribe", _signer(_UNSUBSCRIBE).sign(customer.public_id))


def unsubscribing(token: str) -> Customer | None:
    """Whose promotions the token of an `unsubscribe_link` ends (whoever they were merged into); None when it does not hold."""
    return _customer(_unsigned(_UNSUBSCRIBE, token, UNSUBSCRIBE_LIVES))


def preferences_link(customer: Customer) -> str:
    """The absolute address at which the customer says what they want to be told, without a log-in."""
    return _absolute("notice_preferences", _signer(_PREFERENCES).sign(customer.public_id))


def choosing_for(token: str) -> Customer | None:
    """Whose preferences the token of a `preferences_link` opens; None when it does not hold."""
    return _customer(_unsigned(_PREFERENCES, token, LINK_LIVES))


def _signer(purpose: str) -> TimestampSigner:
    return TimestampSigner(sep=".", salt=purpose)


def _unsigned(purpose: str, token: str, lives: timedelta) -> str:
    try:
        return _signer(purpose).unsign(token, max_age=lives)
    except BadSignature:
        return ""


def _absolute(name: str, token: str) -> str:
    return settings.BASE_URL + reverse(name, args=[token])


def _digest(notice: Notice) -> str:
    order = notice.order
    told = f"{order.customer_id}|{order.email.strip().lower()}" if order else f"{notice.customer_id}|"
    return salted_hmac(_CHOICE, told, secret=notice.public_id, algorithm="sha256").hexdigest()[:20]


def _customer(public_id: str) -> Customer | None:
    row = Customer.objects.filter(public_id=public_id).first() if public_id else None
    while row is not None and row.merged_into is not None:
        row = row.merged_into
    return row
