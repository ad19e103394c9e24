"""What carriers are asked for: labels, and the wishes of customers for a parcel that is under way.

1. `ask_carrier` writes the wish down; one of a kind for a parcel at a time.
2. `send_due` commits `sending`, then asks. So a process that ends in between leaves a row in `sending` whose lease runs out:
   nobody knows what came of it, it becomes `uncertain`, and is never asked again by itself.
3. The outcome is written with what it changes of the parcel, and told by `CarrierTaskEnded`.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ramah.commerce.models import Order
from ramah.commerce.permissions import FULFIL
from ramah.kernel import audit, claims, clock
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish, published
from ramah.kernel.providers.contract import Refused, SendingError, TryLater, Uncertain
from ramah.shipping.carriers.contract import CarrierProvider, Labeled, Rerouted, provider_of
from ramah.shipping.commands import unmatched
from ramah.shipping.commands.carriers import note_failure, note_out
from ramah.shipping.commands.matching import plain_number
from ramah.shipping.commands.naming import carrier_of
from ramah.shipping.events import CarrierTaskEnded
from ramah.shipping.models import Carrier, CarrierAccount, CarrierTask, Shipment
from ramah.shipping.permissions import REROUTE
from ramah.shipping.queries.accounts import account_told
from ramah.shipping.queries.carriers import can, parcel_asked
from ramah.shipping.tracking_numbers import tracking_page

S, K = CarrierTask.State, CarrierTask.Kind
BATCH = 5
# Until a claimed task is asked for, and from then until an answer must be there: a label takes up to four requests.
TURN, HAND_OVER = timedelta(minutes=15), timedelta(minutes=6)
HOLD = timedelta(seconds=30)
LONGEST_ERROR = 300
_log = logging.getLogger(__name__)


class NotOffered(Exception):
    """The carrier cannot be asked for this, or not as the parcel stands now."""


class NotUncertain(Exception):
    """Only of a task whose outcome nobody knows a person decides what came of it."""


@transaction.atomic
def ask_carrier(*, actor: Actor, shipment: Shipment, kind: str, detail: Mapping[str, Any], at: datetime) -> CarrierTask:
    """Have the worker ask. A wish of this kind that is still on its way is given back as it is.

    A customer is checked by the caller, who acts as `System(customer.ref)`. Raises `NotOffered`, `PermissionDenied`.
    """
    require(actor, FULFIL if kind in (K.LABEL, K.CANCEL) else REROUTE)
    rows = Shipment.objects.select_for_update(of=("self",)).select_related("account__carrier")
    shipment = rows.get(pk=shipment.pk)
    standing = CarrierTask.objects.filter(shipment=shipment, kind=kind, state__in=(S.QUEUED, S.SENDING)).first()
    if standing is not None:
        return standing
    if kind not in can(shipment):
        raise NotOffered(kind)
    task = CarrierTask.objects.create(
        shipment=shipment, kind=kind, detail=dict(detail), made_by=actor.ref, next_attempt_at=at, created_at=at
    )
    audit.record(actor, "shipment.ask_carrier", f"order:{shipment.order_id}", at=at, kind=kind, shipment=shipment.pk)
    transaction.on_commit(published.set)
    return task


@transaction.atomic
def decide_task(*, actor: Actor, task: CarrierTask, is_done: bool, at: datetime) -> CarrierTask:
    """A person has looked at the carrier's: what was asked was done there, or was not.

    Raises `NotUncertain`, `PermissionDenied`.
    """
    require(actor, FULFIL if task.kind in (K.LABEL, K.CANCEL) else REROUTE)
    state = S.DONE if is_done else S.REFUSED
    if not CarrierTask.objects.filter(pk=task.pk, state=S.UNCERTAIN).update(state=state, ended_at=at):
        raise NotUncertain
    task.refresh_from_db()
    order_id = Shipment.objects.values_list("order_id", flat=True).get(pk=task.shipment_id)
    audit.record(actor, "shipment.decide_task", f"order:{order_id}", at=at, kind=task.kind, state=str(state))
    _tell(task, order_id)
    return task


def send_due(*, at: datetime, limit: int = BATCH) -> int:
    """Ask carriers for what is due. Returns how much was taken up."""
    ended = _end_interrupted(at=at)
    ready = CarrierAccount.objects.filter(is_paused=False).values("pk")
    queued = CarrierTask.objects.filter(state=S.QUEUED)
    # The accounts are looked at here, since a claim goes over no join.
    due = queued.filter(next_attempt_at__lte=at, shipment__account__in=ready).order_by("next_attempt_at", "pk")
    keys = list(due.values_list("pk", flat=True)[: limit * 4])
    tasks = claims.claim_due(queued.filter(pk__in=keys), at=at, lease=TURN, limit=limit)
    held: dict[int, datetime] = {}
    for task in tasks:
        task.shipment = _shipment(task.shipment_id)
        account = task.shipment.account
        if account is None or account.is_paused:
            claims.settle(task, next_attempt_at=at + HOLD)
        elif account.pk in held:
            claims.settle(task, next_attempt_at=held[account.pk])
        else:
            error = send_task(task, account)
            if isinstance(error, TryLater) and error.of_account:
                held[account.pk] = clock.now() + (error.pause or HOLD)
    return len(tasks) + ended


def send_now(task: CarrierTask, *, at: datetime) -> CarrierTask:
    """Ask while somebody waits: for providers that ask nobody. Whatever comes of it is on the task."""
    claimed = claims.claim_due(CarrierTask.objects.filter(pk=task.pk, state=S.QUEUED), at=at, lease=TURN, limit=1)
    for one in claimed:
        one.shipment = _shipment(one.shipment_id)
        if one.shipment.account:
            send_task(one, one.shipment.account)
    task.refresh_from_db()
    return task


def send_task(task: CarrierTask, account: CarrierAccount) -> SendingError | None:
    """Ask for a claimed task. The error, where there was one."""
    now = clock.now()
    claimed = CarrierTask.objects.filter(pk=task.pk, claim=task.claim, state=S.QUEUED)
    if not claimed.update(state=S.SENDING, attempts=task.attempts + 1, claimed_until=now + HAND_OVER):
        return None
    task.attempts += 1
    provider = provider_of(account.provider)
    try:
        if provider is None:
            raise TryLater(_("%(provider)s is not installed here.") % {"provider": account.provider})
        answer = _ask(provider, task, account)
    except SendingError as error:
        _not_done(task, account, error, at=clock.now())
        return error
    except Exception as error:  # what was never foreseen: whether it was done nobody knows
        _log.exception("carrier could not be asked", extra={"task": task.pk})
        _not_done(task, account, Uncertain(type(error).__name__), at=clock.now())
        return None
    now = clock.now()
    _done(task, answer, at=now)
    note_out(account, at=now)
    return None


def _ask(provider: CarrierProvider, task: CarrierTask, row: CarrierAccount) -> Labeled | Rerouted | None:
    shipment, account, key = task.shipment, account_told(row), task.public_id
    number = shipment.tracking_number
    if task.kind == K.LABEL and provider.label:
        grams = int(task.detail.get("grams") or 0)
        parcel = parcel_asked(shipment.order, account, grams=grams, number=number)
        return provider.label(account, parcel, service=str(task.detail.get("service") or ""), key=key)
    if task.kind == K.CANCEL and provider.cancel:
        provider.cancel(account, number=number, label_id=shipment.label_id, key=key)
        return None
    if provider.reroute and task.kind in provider.reroutes:
        detail = {name: str(value) for name, value in task.detail.items()}
        return provider.reroute(account, number=number, kind=task.kind, detail=detail, key=key)
    raise Refused(_("The carrier cannot be asked for this."))


def _done(task: CarrierTask, answer: Labeled | Rerouted | None, *, at: datetime) -> None:
    """Write down what was done, with what it changes of the parcel."""
    note = answer.note if isinstance(answer, Labeled) else answer.words if answer else ""
    try:
        with transaction.atomic():
            if not _end(task, S.DONE, note, at=at):
                return
            if isinstance(answer, Labeled):
                _put_on(task.shipment, answer, service=str(task.detail.get("service") or ""), at=at)
            elif task.kind == K.CANCEL:
                _take_off(task.shipment)
    except IntegrityError:  # the number is that of another parcel under way: it was bought, and a person has to look
        number = answer.tracking_number if isinstance(answer, Labeled) else ""
        words = _("It was done, but another parcel under way has its number %(number)s.") % {"number": number}
        with transaction.atomic():
            _end(task, S.UNCERTAIN, words, at=at)


def _put_on(shipment: Shipment, bought: Labeled, *, service: str, at: datetime) -> None:
    Order.objects.select_for_update().get(pk=shipment.order_id)  # locked first, as everywhere
    row = Shipment.objects.select_for_update(of=("self",)).select_related("carried_by").get(pk=shipment.pk)
    row.label_id, row.service = bought.label_id, service[:40]
    row.tracking_number = plain_number(bought.tracking_number)
    row.cost_amount, row.cost_currency = bought.cost_amount, bought.cost_currency
    row.carrier = row.carrier or bought.carrier
    # An aggregator only says now who carries it.
    row.carried_by = row.carried_by or carrier_of(bought.carrier, row.tracking_number, Carrier.objects.all())
    if row.carried_by:
        page = row.carried_by.tracking_url.replace("{number}", row.tracking_number)
        row.tracking_url = page or tracking_page(row.carried_by.key, row.tracking_number)
    row.save()
    if bought.pdf:
        row.label.save(f"{row.public_id}.pdf", ContentFile(bought.pdf))
    unmatched.take_up([row], at=at)


def _take_off(shipment: Shipment) -> None:
    row = Shipment.objects.select_for_update().get(pk=shipment.pk)
    row.label.delete(save=False)
    row.label_id = row.tracking_number = row.tracking_url = row.cost_currency = ""
    row.cost_amount = None
    row.save()


def _not_done(task: CarrierTask, account: CarrierAccount, error: SendingError, *, at: datetime) -> None:
    if error.of_account:
        note_failure(account, reason=str(error), at=at)
    if isinstance(error, TryLater) and (again := claims.next_attempt(task.attempts, at=at)) is not None:
        again = max(again, at + error.pause) if error.pause else again
        claims.settle(task, state=S.QUEUED, error=str(error)[:LONGEST_ERROR], next_attempt_at=again)
        return
    with transaction.atomic():
        _end(task, S.UNCERTAIN if isinstance(error, Uncertain) else S.REFUSED, str(error), at=at)


def _end_interrupted(*, at: datetime) -> int:
    """Those whose asking was begun and never ended."""
    words = _("Asking was interrupted. Whether the carrier has done it is not known.")
    rows = list(CarrierTask.objects.filter(state=S.SENDING, claimed_until__lt=at).order_by("pk")[:100])
    for row in rows:
        with transaction.atomic():
            _end(row, S.UNCERTAIN, words, at=at)
    return len(rows)


def _end(task: CarrierTask, state: str, error: str, *, at: datetime) -> bool:
    """In a transaction. False where the claim was lost: then another has ended it."""
    told = {"state": state, "error": error[:LONGEST_ERROR], "ended_at": at}
    rows = CarrierTask.objects.filter(pk=task.pk, claim=task.claim, state=S.SENDING)
    if not rows.update(claim="", claimed_until=None, next_attempt_at=None, **told):
        return False
    task.state = state
    _tell(task, Shipment.objects.values_list("order_id", flat=True).get(pk=task.shipment_id))
    return True


def _tell(task: CarrierTask, order_id: int) -> None:
    publish(CarrierTaskEnded(task.pk, task.shipment_id, order_id, task.kind, task.state), subject=f"order:{order_id}")


def _shipment(key: int) -> Shipment:
    return Shipment.objects.select_related("account__carrier", "order", "carried_by").get(pk=key)
