"""Paying by card or wallet through a gateway: an attempt is opened, the gateway says what became of it, and that is written once.

Whatever the gateway says comes in here, under the lock of the attempt: signed webhooks, answers to our own questions, the demo's
buttons. Money that is not wanted any more (the order was cancelled, or paid otherwise) is written down all the same and asked
back for the customer, in sight of the merchant.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from payments import PaymentError, PaymentStatus, RedirectNeeded
from payments.core import provider_factory

from ramah.commerce import order_states
from ramah.commerce.commands.payments import ask_back_unwanted, received_amount, record_payment
from ramah.commerce.models import GatewayPayment, Order, Payment
from ramah.commerce.queries.gateways import DEMO, STRIPE, gateway_in_use
from ramah.commerce.queries.terms import shop_profile
from ramah.kernel.actors import SYSTEM

OPEN = (PaymentStatus.WAITING, PaymentStatus.INPUT)
OUTCOMES = (PaymentStatus.CONFIRMED, PaymentStatus.REJECTED)
# A page at the gateway lives for hours; one that is about to end is not shown to anybody.
_PAGE_LIVES = timedelta(hours=1)
_METHODS = (Payment.Method.CARD, Payment.Method.WALLET)
_log = logging.getLogger(__name__)


class NothingToPay(Exception):
    """The order does not wait for money (any more), or there is no gateway."""


class GatewayUnavailable(Exception):
    """The gateway does not answer, or refuses: trying again later, or another way of paying, is what is left."""


class BadNotice(Exception):
    """What came in is not from the gateway, or does not fit what was asked for. Carries the status to answer with."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook as it came in, in the form that the library reads."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WaysBack:
    """Absolute addresses to which the gateway sends the payer."""

    success: str
    failure: str


def begin_payment(*, order: Order, ways_back: WaysBack, at: datetime) -> GatewayPayment:
    """The attempt to pay the order: one that is open is used again, so that a double click pays once.

    The caller was let through to the order. Raises `NothingToPay`, `GatewayUnavailable`.
    """
    attempt = _open_attempt(order, ways_back, at)
    if attempt.variant == STRIPE and not attempt.transaction_id:
        _open_page(attempt)
    return attempt


def page_of(attempt: GatewayPayment) -> str:
    """The address of the gateway's page for an open attempt; empty where it has none."""
    return str(getattr(attempt.attrs, "page_url", "")) if attempt.status in OPEN else ""


def take_notice(*, variant: str, notice: Notice, at: datetime) -> bool:
    """A webhook has come. True when it was about one of our attempts; again the same changes nothing. Raises `BadNotice`."""
    if variant != STRIPE or variant != gateway_in_use():
        raise BadNotice("no such gateway", 404)
    provider = provider_factory(variant)
    try:
        token = provider.get_token_from_request(None, notice)
        if not token:
            return False
        with transaction.atomic():
            attempt = _locked(token)
            provider.process_data(attempt, notice)
            _write_down(attempt, at)
    except PaymentError as error:
        _log.error("webhook refused", extra={"variant": variant, "reason": str(error)})
        raise BadNotice(str(error), int(error.code or 400)) from error
    return True


def ask_gateway(*, order: Order, at: datetime) -> None:
    """Ask about attempts that are open, in case their webhook was lost. Raises `GatewayUnavailable`."""
    rows = GatewayPayment.objects.filter(order=order, variant=STRIPE, status__in=OPEN).exclude(transaction_id="")
    for token in list(rows.values_list("token", flat=True)) if gateway_in_use() == STRIPE else ():
        try:
            with transaction.atomic():
                attempt = _locked(token)
                provider_factory(STRIPE).status(attempt)
                _write_down(attempt, at)
        except PaymentError as error:
            raise GatewayUnavailable from error


@transaction.atomic
def decide_demo(*, token: str, outcome: str, at: datetime) -> GatewayPayment:
    """The buttons of the demo gateway: `outcome` is one of `OUTCOMES`; an attempt that has ended stays as it is.

    Raises `BadNotice`.
    """
    attempt = _locked(token)
    if outcome not in OUTCOMES or attempt.variant != DEMO or gateway_in_use() != DEMO:
        raise BadNotice("no such outcome")
    if attempt.status in OPEN:
        told = {"status": outcome, "fraud_status": "unknown", "gateway_response": "3ds-disabled"}
        try:
            attempt.get_form(told)  # type: ignore[no-untyped-call]
        except RedirectNeeded:  # how the library says that it is done
            _write_down(attempt, at)
    return attempt


def _open_attempt(order: Order, ways_back: WaysBack, at: datetime) -> GatewayPayment:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        due, variant = _due(order), gateway_in_use()
        if order.state != order_states.PLACED or due <= 0 or not variant or order.payment_method not in _METHODS:
            raise NothingToPay
        open_ones = order.gateway_payments.filter(
            variant=variant, status__in=OPEN, total=due, created_at__gt=at - _PAGE_LIVES
        )
        attempt = open_ones.order_by("-pk").first()
        if attempt is None:
            attempt = GatewayPayment.objects.create(
                order=order,
                variant=variant,
                token=str(uuid4()),
                total=due,
                currency=order.currency,
                description=f"{shop_profile().name} {order.number}",
                extra_data=json.dumps({"success_url": ways_back.success, "failure_url": ways_back.failure}),
                created_at=at,
            )
        return attempt


def _open_page(attempt: GatewayPayment) -> None:
    """Have the gateway make its page, outside of any transaction: it may take seconds."""
    try:
        session = provider_factory(attempt.variant).create_session(attempt)
    except PaymentError as error:
        _log.warning("gateway unavailable", extra={"variant": attempt.variant, "reason": str(error)})
        raise GatewayUnavailable from error
    with transaction.atomic():
        row = _locked(attempt.token)
        row.transaction_id = str(session.get("id", ""))
        row.attrs.page_url = session.get("url", "")
        row.save(update_fields=["transaction_id", "extra_data"])  # type: ignore[no-untyped-call]
    attempt.transaction_id, attempt.extra_data = row.transaction_id, row.extra_data


def _locked(token: str) -> GatewayPayment:
    rows = GatewayPayment.objects.select_related("order").select_for_update(of=("self",))
    attempt = rows.filter(token=token).first()
    if attempt is None:
        raise BadNotice("no such payment", 404)
    return attempt


def _write_down(attempt: GatewayPayment, at: datetime) -> None:
    """Confirmed money becomes a `Payment`, once; what is too much of it is asked back."""
    if attempt.status != PaymentStatus.CONFIRMED or attempt.payment_id is not None:
        return
    order = Order.objects.select_for_update().get(pk=attempt.order_id)
    order.payments.filter(state=Payment.State.PENDING).delete()  # it was awaited; here it is
    method = order.payment_method if order.payment_method in _METHODS else Payment.Method.CARD
    attempt.payment = record_payment(
        actor=SYSTEM,
        order=order,
        method=method,
        amount=order.money(attempt.total),
        reference=f"{attempt.variant} {attempt.transaction_id}"[:80].strip(),
        at=at,
    )
    attempt.captured_amount = attempt.total
    attempt.save(update_fields=["payment", "captured_amount"])  # type: ignore[no-untyped-call]
    ask_back_unwanted(order, attempt.payment, at=at)


def _due(order: Order) -> Decimal:
    return order.total_amount - received_amount(order)
