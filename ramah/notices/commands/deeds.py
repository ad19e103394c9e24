"""What a choice does: each kind is one function from a wish to what came of it.

All of it is written in the caller's transaction; nothing is asked outside here (a carrier is asked by the worker, see
`shipping.commands.tasks`). The words are what the customer is told, in the active language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ramah.commerce.commands.changing import ChangeRefused, OtherTerms, cancel_order, change_address
from ramah.commerce.commands.payments import received_amount, record_refund, standing_amount
from ramah.commerce.commands.voucher_terms import VoucherTold, create_voucher
from ramah.commerce.models import Order, Voucher
from ramah.customers.models import Customer
from ramah.customers.queries import CustomerActor
from ramah.kernel.actors import SYSTEM, System
from ramah.kernel.money import Money, format_money
from ramah.notices.choosing import CARRIER, REFUND, RETURN
from ramah.notices.kinds import ADDRESS, CANCEL, CREDIT, DATE, LEAVE, NEIGHBOR, PICKUP_POINT, WAIT
from ramah.notices.models import Choice
from ramah.notices.queries.choices import running_promise, standing_of, zone_of
from ramah.promises.commands import DueInThePast, DueNotLater, PromiseEnded, renegotiate_promise
from ramah.promises.models import Promise
from ramah.shipping.commands.tasks import NotOffered, ask_carrier
from ramah.shipping.models import CarrierTask, Shipment

CREDIT_LIVES: Final = timedelta(days=180)


class CannotDo(Exception):
    """It cannot be carried out by itself (any more). Says why, as the customer and the agent who takes over read it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer wants of a delivery: `offer` is what it was worth when offered, `said` what they filled in (`read_said`).

    The order is locked by the caller.
    """

    actor: CustomerActor
    order: Order
    shipment: Shipment | None
    kind: str
    at: datetime
    offer: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a wish; `taken` while the carrier has not answered yet. `needs_agent`: somebody has to go on from here."""

    words: str
    state: str = Choice.State.DONE
    promise: Promise | None = None
    voucher: Voucher | None = None
    task: CarrierTask | None = None


def carry_out(wish: Wish) -> Done:
    """Do it, or leave everything as it was. Raises `CannotDo`."""
    with transaction.atomic():
        return _DEEDS[wish.kind](wish)


def day_words(day: str | date) -> str:
    """`20 November`, as it stands within a sentence."""
    return str(date_format(date.fromisoformat(day) if isinstance(day, str) else day, "j E"))


def _wait(wish: Wish) -> Done:
    promise = _move_promise(wish, date.fromisoformat(wish.offer["until"]))
    words = _("We bring it by %(day)s. You need not do anything.") % {"day": day_words(wish.offer["until"])}
    return Done(words, promise=promise)


def _credit(wish: Wish) -> Done:
    # Two notices on two orders may be answered at once: the customer's row is where they wait for each other.
    customer = Customer.objects.select_for_update(no_key=True).get(pk=wish.order.customer_id)
    gives = {wish.offer["currency"]: wish.offer["amount"]}
    if standing_of(wish.order, wish.shipment, credit=gives, at=wish.at).credit is None:
        raise CannotDo(_("You have had as many credits this year as we can give by ourselves."))
    promise = _move_promise(wish, date.fromisoformat(wish.offer["until"]))
    amount = Money(Decimal(wish.offer["amount"]), wish.order.money(Decimal(0)).currency)
    ends_at = wish.at + CREDIT_LIVES
    told = VoucherTold(
        kind=Voucher.Kind.AMOUNT,
        amount=amount.amount,
        currency=wish.order.currency,
        note=wish.order.number,
        customer=customer,
        use_limit=1,
        ends_at=ends_at,
    )
    voucher = create_voucher(actor=SYSTEM, told=told, at=wish.at)
    words = _(
        "We bring it by %(day)s. Thank you for waiting: with the code %(code)s your next order costs %(amount)s less,"
        " until %(end)s."
    ) % {
        "day": day_words(wish.offer["until"]),
        "code": voucher.code,
        "amount": format_money(amount),
        "end": date_format(ends_at.astimezone(zone_of(promise)), "j E Y"),
    }
    return Done(words, promise=promise, voucher=voucher)


def _address(wish: Wish) -> Done:
    if wish.offer["how"] == CARRIER:
        return _ask(
            wish, wish.kind, _("We have asked the carrier to bring it to the other address. We write to you soon.")
        )
    new = {**wish.said, "country": wish.order.shipping_address.get("country", "")}
    try:
        change_address(actor=wish.actor, order=wish.order, address=new, at=wish.at)
    except ChangeRefused as refused:
        raise CannotDo(_("It was packed in the meantime.")) from refused
    except OtherTerms as other:
        raise CannotDo(_("To the new address the delivery would not be on the same terms.")) from other
    return Done(_("The order goes to the new address."))


def _date(wish: Wish) -> Done:
    day = wish.said["day"]
    if wish.offer["how"] == CARRIER:
        words = _("We have asked the carrier to bring it on %(day)s. We write to you soon.")
        return _ask(wish, wish.kind, words % {"day": day_words(day)})
    promise = _move_promise(wish, date.fromisoformat(day))
    return Done(_("We bring it by %(day)s.") % {"day": day_words(day)}, promise=promise)


def _reroute(wish: Wish) -> Done:
    words = {
        PICKUP_POINT: _("We have asked the carrier to bring it to a pick-up point. We write to you soon."),
        NEIGHBOR: _("We have asked the carrier to leave it with your neighbor. We write to you soon."),
        LEAVE: _("We have asked the carrier to leave it where you said. We write to you soon."),
    }
    return _ask(wish, wish.kind, words[wish.kind])


def _cancel(wish: Wish) -> Done:
    how = wish.offer["how"]
    if how == CARRIER:
        return _ask(wish, RETURN, _("We have asked the carrier to bring it back to us. We write to you soon."))
    if how == REFUND:
        return _pay_back(wish)
    has_paid = received_amount(wish.order) > 0
    try:
        cancel_order(actor=wish.actor, order=wish.order, at=wish.at)
    except ChangeRefused as refused:
        raise CannotDo(_("It was packed in the meantime.")) from refused
    back = _("The order is cancelled. What you have paid goes back the way it came.")
    return Done(back if has_paid else _("The order is cancelled."))


def _pay_back(wish: Wish) -> Done:
    left = received_amount(wish.order) - standing_amount(wish.order)
    if left <= 0:
        raise CannotDo(_("There is nothing left to pay back."))
    amount = wish.order.money(left)
    record_refund(actor=SYSTEM, order=wish.order, amount=amount, at=wish.at, reason="lost")
    return Done(_("You get %(amount)s back, the way you paid it.") % {"amount": format_money(amount)})


def _ask(wish: Wish, kind: str, words: str) -> Done:
    if wish.shipment is None:
        raise CannotDo(_("The carrier cannot be asked for it."))
    by = System(wish.actor.ref)  # the ladder was asked; the carrier is asked on behalf of the customer
    try:
        task = ask_carrier(actor=by, shipment=wish.shipment, kind=kind, detail=dict(wish.said), at=wish.at)
    except NotOffered as error:
        raise CannotDo(_("The carrier cannot be asked for it.")) from error
    if task.detail != wish.said:  # the one that is on its way
        raise CannotDo(_("The carrier was asked for something else just now."))
    return Done(words, state=Choice.State.TAKEN, task=task)


def _move_promise(wish: Wish, day: date) -> Promise:
    promise = running_promise(wish.order)
    if promise is None:
        raise CannotDo(_("No day is promised any more."))
    zone = zone_of(promise)
    due_at = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    try:
        return renegotiate_promise(
            actor=wish.actor, promise_id=promise.pk, due_at=due_at, reason="the customer's choice", at=wish.at
        )
    except (PromiseEnded, DueInThePast, DueNotLater) as error:
        raise CannotDo(_("Another day was agreed on in the meantime.")) from error


_DEEDS: Final[Mapping[str, Callable[[Wish], Done]]] = {
    WAIT: _wait,
    CREDIT: _credit,
    ADDRESS: _address,
    DATE: _date,
    PICKUP_POINT: _reroute,
    NEIGHBOR: _reroute,
    LEAVE: _reroute,
    CANCEL: _cancel,
}
