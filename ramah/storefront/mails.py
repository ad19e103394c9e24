"""The mails on an order: written here, stored as messages of the customer's conversation about it, sent by the channel.

Each is said once (`purpose`), in the order's language, as HTML and as text that says the same. What proves the mailbox (the link)
and the address in full stand in the mail only; agents who read the conversation see the plain link and the masked address.
Orders that were placed elsewhere, or without an e-mail address, get none: see `order_told`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from ramah.commerce.models import Order, OrderLine, OrderStateChange, Payment
from ramah.commerce.queries.orders import address_shown, orders_visible_to
from ramah.commerce.queries.sights import sight_of
from ramah.commerce.queries.terms import shop_profile
from ramah.conversations.commands.opening import open_conversation
from ramah.conversations.models import Inbox, Message
from ramah.conversations.queries import said_about
from ramah.customers.commands import meet_customer
from ramah.customers.models import ContactPoint
from ramah.kernel.actors import NOBODY, SYSTEM
from ramah.kernel.money import format_money
from ramah.shipping.models import Shipment
from ramah.shipping.queries import shipments_of
from ramah.storefront import order_words
from ramah.storefront.answering import answering_hours
from ramah.storefront.letters import both_forms, inbox_for
from ramah.storefront.order_links import order_link

OWN_SHOP = "shop"
CONFIRMATION = "order.placed"
_LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail on an order: template, subject, and what its template shows beside what all of them show."""

    template: str
    subject: str
    says: Mapping[str, Any]


def order_told(order_id: int) -> Order | None:
    """The order, with all that its mails show, if its customer is written to: placed here, with an e-mail address."""
    orders = orders_visible_to(SYSTEM).select_related("customer", "delivery_option__calendar")
    found = orders.prefetch_related("lines__variant__product", "payments", "refunds", "history").get(pk=order_id)
    return found if found.source == OWN_SHOP and found.email else None


def confirm_order(order: Order, *, at: datetime) -> Message:
    """Tell what was ordered, when it arrives, how to pay, how to change it."""
    with _speaking(order):
        shop = shop_profile()
        says = {
            "paying": order_words.paying_words(order, shop, at=at),
            "promise_text": order_words.promise_words(order),
            "promise_note": order.delivery_name,
            "returning": order_words.returning_words(shop),
        }
        subject = _("We have your order %(number)s") % {"number": order.number}
        return _send(order, Letter("order_placed", subject, says), purpose=CONFIRMATION, at=at)


def confirm_payment(order: Order, payment: Payment, *, at: datetime) -> Message | None:
    """Tell that money has come in. None where the confirmation has said so already, or the carrier took the money."""
    told = said_about(_about(order), CONFIRMATION)
    if payment.method == Payment.Method.COD or (told is not None and payment.created_at <= told.created_at):
        return None
    with _speaking(order):
        left = order.total_amount - order.received_amount
        amount = format_money(order.money(payment.amount))
        says = {
            "amount": amount,
            "left": format_money(order.money(left)) if left > 0 else "",
            "is_cancelled": order.state == Order.State.CANCELLED,
            "promise_text": "" if order.state == Order.State.CANCELLED else order_words.promise_words(order),
            "promise_note": order.delivery_name,
        }
        subject = _("%(amount)s received for order %(number)s") % {"amount": amount, "number": order.number}
        return _send(order, Letter("order_paid", subject, says), purpose=f"payment.{payment.pk}", at=at)


def tell_shipped(order: Order, *, at: datetime) -> Message | None:
    """Tell that the order is on its way, where nobody has noted its parcels; else each of them is told by itself."""
    return None if shipments_of(order) else tell_parcel(order, None, is_last=True, at=at)


def tell_parcel(order: Order, parcel: Shipment | None, *, is_last: bool, at: datetime) -> Message:
    """Tell that a parcel is with the carrier, what is in it, and with which number it is tracked."""
    with _speaking(order):
        says = {
            "parcel": parcel,
            "is_last": is_last,
            "pieces": _pieces_in(parcel) if parcel is not None else _pieces_of(order),
            "promise_text": order_words.promise_words(order),
            "promise_note": order.delivery_name,
        }
        subject = _("Order %(number)s is on its way") if is_last else _("Part of order %(number)s is on its way")
        purpose = f"shipment.{parcel.pk}" if parcel is not None else "order.shipped"
        return _send(order, Letter("order_shipped", subject % {"number": order.number}, says), purpose=purpose, at=at)


def parcel_told(shipment_id: int, order: Order) -> Shipment | None:
    """The parcel of this order, with what is in it."""
    return next((parcel for parcel in shipments_of(order) if parcel.pk == shipment_id), None)


def tell_cancelled(order: Order, *, at: datetime) -> Message:
    """Tell that the order is cancelled, by whom, and what becomes of the money."""
    with _speaking(order):
        received, back = order.received_amount, order_words.refunded_amount(order)
        step = next((s for s in reversed(order.history.all()) if s.to_state == Order.State.CANCELLED), None)
        says = {
            "why": _why_cancelled(order, step, is_paid=received > 0),
            "received": format_money(order.money(received)) if received else "",
            "back": format_money(order.money(back or received)) if received else "",
        }
        subject = _("Order %(number)s is cancelled") % {"number": order.number}
        return _send(order, Letter("order_cancelled", subject, says), purpose="order.cancelled", at=at)


def tell_address(order: Order, *, at: datetime) -> Message:
    """Tell that the order goes to another address now. Each change is told once, the newest address counts."""
    changes = sum(step.from_state == step.to_state for step in order.history.all())
    mark = hashlib.sha256(repr(sorted(order.shipping_address.items())).encode()).hexdigest()[:12]
    with _speaking(order):
        says = {"promise_text": order_words.promise_words(order), "promise_note": order.delivery_name}
        subject = _("Order %(number)s goes to another address") % {"number": order.number}
        letter = Letter("order_address", subject, says)
        return _send(order, letter, purpose=f"order.address.{changes}.{mark}", at=at)


def _why_cancelled(order: Order, step: OrderStateChange | None, *, is_paid: bool) -> str:
    if step is not None and step.actor.startswith("customer:"):
        return _("You have cancelled it.")
    overdue = order.payment_due_at is not None and step is not None and step.at >= order.payment_due_at
    if overdue and not is_paid:
        return _("The payment had not arrived in time, so we have cancelled it.")
    return _("We have cancelled it.")


def language_of(order: Order) -> str:
    """The language of the order if we speak it, else the customer's, else English."""
    for told in (order.language, order.customer.language):
        if (base := told.split("-")[0].lower()) in _LANGUAGES:
            return base
    return "en"


def _speaking(order: Order) -> translation.override:
    return translation.override(language_of(order))


def _about(order: Order) -> str:
    return f"order:{order.pk}"


def _send(order: Order, letter: Letter, *, purpose: str, at: datetime) -> Message:
    language = language_of(order)
    inbox = inbox_for(language)
    page, track = (settings.BASE_URL + reverse(name, args=[order.public_id]) for name in ("shop_order", "track"))
    shown, full = _address_lines(order, whole=False, at=at), _address_lines(order, whole=True, at=at)
    context = {
        **_common(order, inbox, language=language, at=at),
        "action_url": page,
        "action_label": _("See the order"),
        "track_url": track,
        "address": shown,
        **letter.says,
        "subject": letter.subject,
    }
    text, html = both_forms(letter.template, context)
    return open_conversation(
        inbox=inbox,
        contact_point=_contact_point(order, language=language, at=at),
        customer_id=order.customer_id,
        subject=letter.subject,
        text=text,
        html=html,
        language=language,
        about=_about(order),
        purpose=purpose,
        at=at,
        sealed={page: order_link(order), track: order_link(order, "track_open")} | ({shown: full} if shown else {}),
    )


def _common(order: Order, inbox: Inbox, *, language: str, at: datetime) -> dict[str, Any]:
    shop = shop_profile()
    return {
        "order": order,
        "shop": shop,
        "shop_name": shop.name or inbox.name,
        "language": language,
        "lines": [
            (*_named(line), line.quantity, format_money(order.money(line.total_amount))) for line in order.lines.all()
        ],
        "sums": order_words.sum_words(order),
        "total": format_money(order.total),
        "changing": order_words.changing_words(shop),
        "hours": answering_hours(language, at=at),
    }


def _named(line: OrderLine) -> tuple[str, str]:
    return _flat(line.title), ", ".join(_flat(str(value)) for value in line.options.values())


def _pieces_of(order: Order) -> list[tuple[str, str, int]]:
    return [(*_named(line), line.quantity) for line in order.lines.all()]


def _pieces_in(parcel: Shipment) -> list[tuple[str, str, int]]:
    return [(*_named(packed.order_line), packed.quantity) for packed in parcel.lines.all()]


def _address_lines(order: Order, *, whole: bool, at: datetime) -> str:
    address = order.shipping_address if whole else address_shown(NOBODY, order.shipping_address)
    lines = sight_of(order, at=at, addresses={"shipping": address}).shipping_lines
    return ", ".join(_flat(line) for line in lines)


def _contact_point(order: Order, *, language: str, at: datetime) -> ContactPoint:
    # Nobody else's conversation: where the address is another customer's, it is only written to.
    return meet_customer(kind=ContactPoint.Kind.EMAIL, value=order.email.strip().lower(), language=language, at=at)


def _flat(text: str) -> str:
    return " ".join(text.split())
