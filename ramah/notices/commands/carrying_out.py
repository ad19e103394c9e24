"""Choices of customers: taken once, carried out at once, or handed to an agent who owes an answer.

1. Taking locks the order, then goes from offered to taken by a conditional update; a unique constraint holds that of a
   notice one choice is taken at most. What the shop can do by itself is done in the same transaction.
2. What a carrier is asked for is a task that waits; how it ended is written here (`note_task_ended`). One that stays silent
   for two hours, refuses, or leaves it uncertain, ends as what cannot be done does:
3. it becomes a message of the customer in the conversation about the order, so that the answer is promised by the SLA policy.

Whatever comes of it is said in that conversation. A wish that no notice offered goes the same way, without a row of its own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import translation

from ramah.commerce.models import Order
from ramah.commerce.queries import orders_visible_to
from ramah.customers.queries import CustomerActor
from ramah.kernel import audit
from ramah.kernel.actors import NotVisible, require
from ramah.kernel.events import publish
from ramah.notices.choosing import LINKS, Offered, choices_open, read_said
from ramah.notices.commands import answering
from ramah.notices.commands.answering import Place
from ramah.notices.commands.deeds import CannotDo, Done, Wish, carry_out
from ramah.notices.events import NoticeChosen
from ramah.notices.models import Choice, Notice
from ramah.notices.queries.choices import TAKEN, is_over, only_parcel, standing_of, wishes_open
from ramah.shipping.models import CarrierTask, Shipment

CHOOSE: Final = "notices.choose"
SILENCE: Final = timedelta(hours=2)
_LOOKED_BACK: Final = timedelta(days=2)
_TASKS_OF_CUSTOMERS: Final = (
    CarrierTask.Kind.ADDRESS,
    CarrierTask.Kind.DATE,
    CarrierTask.Kind.PICKUP_POINT,
    CarrierTask.Kind.NEIGHBOR,
    CarrierTask.Kind.LEAVE,
    CarrierTask.Kind.RETURN,
)
S = Choice.State


class ChoiceGone(Exception):
    """It cannot be chosen any more: its time is over, or the order has ended. Nothing was done."""


class AlreadyChosen(Exception):
    """Another choice of the notice was taken. Carries it; nothing was done."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(choice.kind)
        self.choice = choice


@transaction.atomic
def take_choice(*, actor: CustomerActor, choice: Choice, said: Mapping[str, str], at: datetime) -> Choice:
    """Take what a notice offers, and carry it out; taken again, the choice is returned as it stands.

    Raises `BadWish`, `ChoiceGone`, `AlreadyChosen`; `NotVisible` for a choice of somebody else or of another order.
    """
    require(actor, CHOOSE)
    notice = Notice.objects.select_related("rule", "customer", "shipment__account").get(pk=choice.notice_id)
    order = _locked_order(actor, notice.order_id)
    choice = Choice.objects.get(pk=choice.pk)
    if choice.state in TAKEN:
        return choice
    _require_open(notice, choice, at=at)
    told = read_said(choice.kind, choice.offer, said)
    _take(choice, told, at=at)
    wish = Wish(actor, order, notice.shipment or only_parcel(order), choice.kind, at, choice.offer, told)
    place = answering.place_of(order, notice=notice, at=at)
    with translation.override(place.language):
        done = _carried_out(wish, place, choice, credit=notice.rule.credit)
    _write(choice, done, at=at)
    _let_go_of_others(choice, at=at)
    audit.record(actor, "notice.choose", f"order:{order.pk}", at=at, kind=choice.kind, notice=notice.pk)
    publish(NoticeChosen(notice.pk, choice.pk, choice.kind), subject=f"customer:{notice.customer_id}")
    return choice


@transaction.atomic
def take_wish(
    *, actor: CustomerActor, order: Order, shipment: Shipment, kind: str, said: Mapping[str, str], at: datetime
) -> Done:
    """Ask the carrier for what the tracking page offers without a notice. The same once more, while the carrier has not
    answered, changes nothing. Raises `BadWish`, `ChoiceGone`, `NotVisible`."""
    require(actor, CHOOSE)
    order = _locked_order(actor, order.pk)
    offered = next((one for one in wishes_open(order, shipment, actor=actor, at=at) if one.kind == kind), None)
    if shipment.order_id != order.pk or offered is None:
        raise ChoiceGone
    wish = Wish(actor, order, shipment, kind, at, offered.offer, read_said(kind, offered.offer, said))
    place = answering.place_of(order, notice=None, at=at)
    with translation.override(place.language):
        try:
            done = carry_out(wish)
        except CannotDo as error:
            raise ChoiceGone from error
        answering.note_chosen(place, kind, at=at)
    audit.record(actor, "shipment.ask_carrier", f"order:{order.pk}", at=at, kind=kind, shipment=shipment.pk)
    return done


@transaction.atomic
def note_task_ended(*, task_id: int, at: datetime) -> None:
    """The carrier has answered what a customer wanted: tell them, or hand it to an agent. Repeatable."""
    task = CarrierTask.objects.select_related("shipment__order__customer").get(pk=task_id)
    if not _is_of_customer(task):
        return
    order = Order.objects.select_for_update().get(pk=task.shipment.order_id)
    if task.state == CarrierTask.State.DONE:
        _tell_done(task, order, at=at)
    elif task.state in (CarrierTask.State.REFUSED, CarrierTask.State.UNCERTAIN):
        _give_up(task, order, at=at)


def expire_due(*, at: datetime, limit: int = 200) -> int:
    """End choices whose time is over, and hand over what carriers stay silent on. Returns how many choices ended."""
    late = Choice.objects.filter(state=S.OFFERED, next_attempt_at__lte=at).order_by("next_attempt_at")
    ended = sum(_expire(notice_id, at=at) for notice_id in dict.fromkeys(late.values_list("notice", flat=True)[:limit]))
    waiting = CarrierTask.objects.filter(
        state__in=(CarrierTask.State.QUEUED, CarrierTask.State.SENDING),
        kind__in=_TASKS_OF_CUSTOMERS,
        made_by__startswith="customer:",
        created_at__range=(at - _LOOKED_BACK, at - SILENCE),
    )
    for task in waiting.select_related("shipment__order__customer").order_by("id")[:limit]:
        with transaction.atomic():
            _give_up(task, Order.objects.select_for_update().get(pk=task.shipment.order_id), at=at)
    return ended


def _locked_order(actor: CustomerActor, order_id: int | None) -> Order:
    """The order, through its door."""
    row = orders_visible_to(actor).select_for_update(of=("self",)).filter(pk=order_id or 0).first()
    if row is None:
        raise NotVisible
    return row


def _require_open(notice: Notice, choice: Choice, *, at: datetime) -> None:
    other = Choice.objects.filter(notice=notice, state__in=TAKEN).first()
    if other is not None:
        raise AlreadyChosen(other)
    if choice.state != S.OFFERED or choice.kind in LINKS or is_over(notice, at=at):
        raise ChoiceGone


def _take(choice: Choice, said: Mapping[str, str], *, at: datetime) -> None:
    """From offered to taken, once. Raises `AlreadyChosen`."""
    changes = {"state": S.TAKEN, "taken_at": at, "said": dict(said), "next_attempt_at": None}
    try:
        with transaction.atomic():
            is_ours = Choice.objects.filter(pk=choice.pk, state=S.OFFERED).update(**changes)
    except IntegrityError:  # another choice of the notice was faster
        is_ours = 0
    if not is_ours:
        raise AlreadyChosen(Choice.objects.filter(notice=choice.notice_id, state__in=TAKEN).get())
    choice.refresh_from_db()


def _carried_out(wish: Wish, place: Place, choice: Choice, *, credit: Mapping[str, str]) -> Done:
    """Do it and say so; what cannot be done any more is handed over. Raises `ChoiceGone` where the order has ended."""
    standing = standing_of(wish.order, wish.shipment, credit=credit, actor=wish.actor, at=wish.at)
    if not standing.is_under_way:
        raise ChoiceGone
    answering.note_chosen(place, wish.kind, at=wish.at)
    try:
        done = carry_out(_as_it_stands(wish, choices_open([wish.kind], standing)))
    except CannotDo as error:
        return _handed_over(place, choice.public_id, wish.kind, wish.said, error.why, at=wish.at)
    if done.state == S.DONE:
        answering.tell(place, purpose=f"choice:{choice.pk}", words=done.words, kind=wish.kind, is_done=True, at=wish.at)
    return done


def _as_it_stands(wish: Wish, standing: list[Offered]) -> Wish:
    """Where the parcel has left meanwhile, the carrier is asked in the shop's place. Days and amounts stay as they were told."""
    now = {**wish.offer, "how": standing[0].offer["how"]} if standing and "how" in standing[0].offer else wish.offer
    return Wish(wish.actor, wish.order, wish.shipment, wish.kind, wish.at, now, wish.said)


def _handed_over(place: Place, key: str, kind: str, said: Mapping[str, str], why: str, *, at: datetime) -> Done:
    words = answering.hand_over(place, key=key, kind=kind, said=said, why=why, at=at)
    return Done(words, state=S.FAILED)


def _write(choice: Choice, done: Done, *, at: datetime) -> None:
    choice.state, choice.result = done.state, done.words[:300]
    choice.ended_at = None if done.state == S.TAKEN else at
    choice.promise, choice.voucher, choice.task = done.promise, done.voucher, done.task
    choice.save(update_fields=["state", "result", "ended_at", "promise", "voucher", "task"])


def _let_go_of_others(choice: Choice, *, at: datetime) -> None:
    others = Choice.objects.filter(notice=choice.notice_id, state=S.OFFERED)
    others.update(state=S.EXPIRED, ended_at=at, next_attempt_at=None)


def _is_of_customer(task: CarrierTask) -> bool:
    return task.made_by.startswith("customer:") and task.kind in _TASKS_OF_CUSTOMERS


def _choice_of(task: CarrierTask) -> Choice | None:
    return Choice.objects.select_related("notice").filter(task=task).first()


def _tell_done(task: CarrierTask, order: Order, *, at: datetime) -> None:
    choice = _choice_of(task)
    place = answering.place_of(order, notice=choice.notice if choice else None, at=at)
    with translation.override(place.language):
        words = answering.carrier_done(task.kind, task.detail)
        if task.kind == CarrierTask.Kind.RETURN:  # the money goes back by hand, once it is here
            answering.hand_over(place, key=task.public_id, kind="cancel", said={}, why=words, at=at)
        if choice is None or _end(choice, S.DONE, words, at=at):
            kind = choice.kind if choice else task.kind
            answering.tell(place, purpose=f"task:{task.pk}", words=words, kind=kind, is_done=True, at=at)


def _give_up(task: CarrierTask, order: Order, *, at: datetime) -> None:
    choice = _choice_of(task)
    if choice is not None and choice.state != S.TAKEN:
        return
    place = answering.place_of(order, notice=choice.notice if choice else None, at=at)
    kind = choice.kind if choice else task.kind
    with translation.override(place.language):
        why = answering.carrier_not_done(task)
        done = _handed_over(place, task.public_id, kind, task.detail, why, at=at)
    if choice is not None:
        _end(choice, done.state, done.words, at=at)


def _end(choice: Choice, state: str, words: str, *, at: datetime) -> bool:
    """Write how it ended; False where that stands there already."""
    rows = Choice.objects.filter(pk=choice.pk, state__in=(S.TAKEN, S.FAILED)).exclude(state=state)
    return bool(rows.update(state=state, result=words[:300], ended_at=at))


def _expire(notice_id: int, *, at: datetime) -> int:
    """End what a notice still offers, and say so once in its conversation."""
    with transaction.atomic():
        offered = Choice.objects.filter(notice=notice_id, state=S.OFFERED, next_attempt_at__lte=at)
        ended = offered.update(state=S.EXPIRED, ended_at=at, next_attempt_at=None)
        if ended:
            answering.note_expired(Notice.objects.select_related("message__conversation").get(pk=notice_id), at=at)
    return ended
