"""Proving an order by number, e-mail address and a one-time code: for customers without a log-in.

Nobody learns by this whether an order exists: what a request writes is the same either way, the matching and the mail are a
worker's, and where nothing fits there is a code all the same, which is mailed to nobody and opens nothing.
"""

from datetime import datetime, timedelta

from django.db import transaction

from ramah.commerce.models import CodeRequest, Order
from ramah.commerce.queries.proving import order_matching
from ramah.customers.commands.codes import VALID, TooManyCodes, redeem_code, send_code
from ramah.kernel import claims
from ramah.kernel.events import published

PURPOSE = "order"
LEASE = timedelta(minutes=2)
_NO_ORDER = "order:?"


@transaction.atomic
def ask_for_code(*, number: str, email: str, language: str, at: datetime) -> None:
    """Somebody wants to see the order `number` and says that they read mail at `email`. A worker answers."""
    CodeRequest.objects.create(
        number=number[:40], email=email[:254], language=language, asked_at=at, next_attempt_at=at
    )
    transaction.on_commit(published.set)


def claim_requests(*, at: datetime, limit: int = 20) -> list[CodeRequest]:
    """The requests that are due, claimed: answer each, then `forget_request` or `try_later`."""
    return claims.claim_due(CodeRequest.objects.all(), at=at, lease=LEASE, limit=limit)


def code_for(asked: CodeRequest, *, at: datetime) -> tuple[Order, str] | None:
    """The order that is meant and a new code for it, to be mailed to the address that was given; None: nobody gets mail."""
    order = order_matching(number=asked.number, email=asked.email)
    try:
        code = send_code(purpose=PURPOSE, address=_address(order, asked.email), subject=_subject(order), at=at)
    except TooManyCodes:
        return None
    return (order, code) if order else None


def forget_request(asked: CodeRequest) -> None:
    """The request was answered."""
    CodeRequest.objects.filter(pk=asked.pk, claim=asked.claim).delete()


def try_later(asked: CodeRequest, *, at: datetime) -> None:
    """No mail could be sent. Try again soon, as long as somebody may still wait for it."""
    again = claims.next_attempt(asked.attempts + 1, at=at)
    if again is None or again > asked.asked_at + VALID:
        forget_request(asked)
        return
    claims.settle(asked, attempts=asked.attempts + 1, next_attempt_at=again)


def redeem_order_code(*, number: str, email: str, code: str, at: datetime) -> Order | None:
    """The order that the code proves; None for a code that is wrong, used, too old, or for nothing at all."""
    order = order_matching(number=number, email=email)
    is_right = redeem_code(purpose=PURPOSE, address=_address(order, email), subject=_subject(order), code=code, at=at)
    return order if is_right else None


def _subject(order: Order | None) -> str:
    return f"order:{order.pk}" if order else _NO_ORDER


def _address(order: Order | None, email: str) -> str:
    # Where no order fits, whoever reads that mailbox loses none of the codes they may get in an hour.
    return email if order else f"?{email}"[:254]
