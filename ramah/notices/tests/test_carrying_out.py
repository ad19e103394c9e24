"""Choices that customers take: once, carried out or handed over, and told."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from ramah.commerce.models import Order, Refund, Voucher
from ramah.commerce.testing import ADDRESS, make_order
from ramah.conversations.models import Conversation, Message
from ramah.customers.queries import CHANNEL_VERIFIED, ORDER_VERIFIED, SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NotVisible
from ramah.kernel.models import OutboxEvent
from ramah.notices.choosing import BadWish
from ramah.notices.commands.carrying_out import AlreadyChosen, ChoiceGone, expire_due, take_choice
from ramah.notices.models import Choice, Notice, NoticeSettings
from ramah.notices.tests.choosers import (
    AT,
    actor_of,
    carrier,
    expected,
    inbox,
    placed,
    shipped,
    shop,
    states,
    told,
)
from ramah.promises.models import Promise
from ramah.shipping.models import CarrierTask

__all__ = ["carrier", "inbox", "shop"]
pytestmark = pytest.mark.django_db
WAIT = ("wait", {"until": "2026-03-14"})
CREDIT = ("credit", {"until": "2026-03-14", "amount": "20000", "currency": "IDR"})
CANCEL = ("cancel", {"how": "order"})
HOME = ("address", {"how": "order"})
TALK: tuple[str, dict[str, str]] = ("talk", {})
NOW = AT + timedelta(hours=1)
NEW = {"name": "Dana", "line1": "Jl. Baru 1", "city": "Depok", "postal_code": "16424"}


def take(order, choice, said=None, at=NOW, actor=None):
    return take_choice(actor=actor or actor_of(order), choice=choice, said=said or {}, at=at)


def said_in(order, **filters):
    rows = Message.objects.filter(conversation__about=f"order:{order.pk}", **filters).order_by("id")
    return [row.text for row in rows]


def activities(order):
    rows = Message.objects.filter(conversation__about=f"order:{order.pk}", activity__startswith="notice_")
    return [row.activity for row in rows.order_by("id")]


def delivery(order):
    return Promise.objects.filter(subject=f"order:{order.pk}", kind="delivery").order_by("-id").first()


# What the shop can do by itself


def test_waiting_moves_the_promise_to_the_end_of_the_day_and_says_so_in_the_conversation(inbox):
    order = placed()
    expected(order)
    wait, cancel = told(order, WAIT, CANCEL, inbox=inbox)

    taken = take(order, wait)

    promise = delivery(order)
    assert promise.due_at == datetime(2026, 3, 14, 17, 0, tzinfo=UTC)
    assert promise.replaces.state == "renegotiated"
    assert (taken.state, taken.promise_id, taken.ended_at) == ("done", promise.pk, NOW)
    assert taken.result == "We bring it by 14 March. You need not do anything."
    assert states(wait, cancel) == ["done", "expired"]
    assert Conversation.objects.count() == 1
    assert taken.result in said_in(order, author="system", kind="message")[-1]
    assert activities(order) == ["notice_chosen", "notice_done"]
    assert OutboxEvent.objects.filter(name="notice.chosen", payload__choice_id=wait.pk).count() == 1


def test_waiting_for_a_credit_gives_a_voucher_for_that_customer_alone(inbox):
    order = placed()
    expected(order)
    (credit,) = told(order, CREDIT, inbox=inbox)

    taken = take(order, credit)

    voucher = Voucher.objects.get()
    assert (voucher.amount, voucher.currency, voucher.customer_id) == (Decimal(20000), "IDR", order.customer_id)
    assert (voucher.use_limit, voucher.ends_at) == (1, NOW + timedelta(days=180))
    assert taken.voucher == voucher
    assert voucher.code in taken.result
    assert voucher.code in said_in(order, author="system", kind="message")[-1]
    assert delivery(order).due_at.date().isoformat() == "2026-03-14"


def test_another_address_before_packing(inbox):
    order = placed()
    (choice,) = told(order, HOME, inbox=inbox)

    taken = take(order, choice, NEW)

    order.refresh_from_db()
    assert order.shipping_address["line1"] == "Jl. Baru 1"
    assert order.shipping_address["country"] == "ID"
    assert (taken.state, taken.said["line1"]) == ("done", "Jl. Baru 1")
    assert not any("Jl. Baru" in text for text in said_in(order))


def test_cancelling_asks_the_money_back(inbox):
    order = placed()
    (choice,) = told(order, CANCEL, inbox=inbox)

    taken = take(order, choice)

    order.refresh_from_db()
    refund = Refund.objects.get(order=order)
    assert (order.state, refund.amount, refund.state) == ("cancelled", Decimal(389000), "requested")
    assert taken.result == "The order is cancelled. What you have paid goes back the way it came."


def test_money_back_for_a_lost_parcel(inbox):
    order = placed()
    parcel = shipped(order, state="lost", lost_at=AT)
    (choice,) = told(order, ("cancel", {"how": "refund"}), kind="lost", shipment=parcel, inbox=inbox)

    taken = take(order, choice)

    assert taken.state == "done"
    assert [(row.amount, row.state) for row in Refund.objects.all()] == [(Decimal(389000), "requested")]
    order.refresh_from_db()
    assert order.state == "shipped"


def test_another_day_before_packing(inbox):
    order = placed()
    (choice,) = told(order, ("date", {"how": "order", "from": "2026-03-13", "to": "2026-03-19"}), inbox=inbox)

    take(order, choice, {"day": "2026-03-18"})

    assert delivery(order).due_at == datetime(2026, 3, 18, 17, 0, tzinfo=UTC)


# Once


def test_taken_again_it_changes_nothing_and_another_choice_is_refused(inbox):
    order = placed()
    expected(order)
    credit, cancel = told(order, CREDIT, CANCEL, inbox=inbox)
    first = take(order, credit)

    again = take(order, credit, at=NOW + timedelta(minutes=1))
    with pytest.raises(AlreadyChosen) as refused:
        take(order, cancel)

    assert (again.pk, again.result, again.taken_at) == (first.pk, first.result, NOW)
    assert refused.value.choice == credit
    assert Voucher.objects.count() == 1
    assert Order.objects.get(pk=order.pk).state == "paid"
    assert len(said_in(order, author="system", kind="message")) == 2  # the notice, the result


def test_of_a_notice_the_database_lets_one_choice_be_taken(inbox):
    order = placed()
    wait, cancel = told(order, WAIT, CANCEL)
    Choice.objects.filter(pk=wait.pk).update(state="taken")

    with pytest.raises(IntegrityError):
        Choice.objects.filter(pk=cancel.pk).update(state="taken")


# Who may


@pytest.mark.parametrize("level", [SIGNED_IN, ORDER_VERIFIED])
def test_strangers_and_proof_of_another_order_take_nothing(inbox, level):
    order, other = placed(), placed(number="TL-2")
    stranger = make_order(make_customer("Eli"))
    (choice,) = told(order, CANCEL, inbox=inbox)
    elsewhere = {"order_id": stranger.pk} if level == ORDER_VERIFIED else {}
    actors = [CustomerActor(stranger.customer_id, level, **elsewhere)]
    actors.append(CustomerActor(order.customer_id, ORDER_VERIFIED, order_id=other.pk))
    actors.append(CustomerActor(order.customer_id, CHANNEL_VERIFIED))

    for actor in actors:
        with pytest.raises(NotVisible):
            take(order, choice, actor=actor)

    assert states(choice) == ["offered"]
    assert Order.objects.get(pk=order.pk).state == "paid"


@pytest.mark.parametrize("said", [{}, {"day": "2026-03-30"}, {"day": "x" * 100_000}])
def test_a_day_that_was_not_offered_leaves_everything_as_it_was(inbox, said):
    order = placed()
    (choice,) = told(order, ("date", {"how": "order", "from": "2026-03-13", "to": "2026-03-19"}), inbox=inbox)

    with pytest.raises(BadWish):
        take(order, choice, said)

    assert states(choice) == ["offered"]
    assert activities(order) == []


# Too late


def test_after_its_time_nothing_can_be_taken(inbox):
    order = placed()
    (choice,) = told(order, CANCEL, inbox=inbox)

    with pytest.raises(ChoiceGone):
        take(order, choice, at=AT + timedelta(hours=72))

    assert (states(choice), Order.objects.get(pk=order.pk).state) == (["offered"], "paid")


@pytest.mark.parametrize("state", ["delivered", "cancelled", "refunded"])
def test_once_the_order_has_ended_nothing_can_be_taken(inbox, state):
    order = placed()
    (choice,) = told(order, CANCEL, inbox=inbox)
    Order.objects.filter(pk=order.pk).update(state=state)

    with pytest.raises(ChoiceGone):
        take(order, choice)

    assert (states(choice), Refund.objects.count()) == (["offered"], 0)


def test_what_leads_to_a_page_is_not_taken(inbox):
    order = placed()
    (talk,) = told(order, TALK, inbox=inbox)

    with pytest.raises(ChoiceGone):
        take(order, talk)


@pytest.mark.parametrize(("choice", "said"), [(HOME, NEW), (CANCEL, {})])
def test_packed_in_the_meantime_it_is_handed_to_an_agent(inbox, choice, said):
    order = placed()
    (row,) = told(order, choice, inbox=inbox)
    Order.objects.filter(pk=order.pk).update(state="packed")

    taken = take(order, row, said)

    order.refresh_from_db()
    assert (order.state, order.shipping_address) == ("packed", ADDRESS)
    assert taken.state == "failed"
    assert taken.result == "It was packed in the meantime. A person of our team sees to it and writes to you."
    (asked,) = said_in(order, author="customer")
    assert "It was packed in the meantime." in asked
    assert ("Jl. Baru 1" in asked) == bool(said)
    conversation = Conversation.objects.get(about=f"order:{order.pk}")
    assert conversation.status == Conversation.Status.OPEN
    assert OutboxEvent.objects.filter(name="conversation.message_received").count() == 1
    assert taken.result in said_in(order, author="system", kind="message")[-1]
    assert activities(order)[-1] == "notice_not_done"


def test_a_promise_that_was_moved_meanwhile_is_not_moved_back(inbox):
    order = placed()
    expected(order)
    (wait,) = told(order, WAIT, inbox=inbox)
    Promise.objects.filter(pk=delivery(order).pk).update(due_at=datetime(2026, 3, 20, 17, tzinfo=UTC))

    taken = take(order, wait)

    assert (taken.state, delivery(order).due_at.day) == ("failed", 20)


# Credits have limits


def test_a_customer_gets_so_many_credits_in_a_year(inbox):
    NoticeSettings.objects.create(credits_per_year=1)
    orders = [placed(number=f"TL-{n}") for n in (1, 2)]
    for order in orders:
        expected(order)
    choices = [told(order, CREDIT, inbox=inbox)[0] for order in orders]

    taken = [take(order, choice) for order, choice in zip(orders, choices, strict=True)]

    assert [one.state for one in taken] == ["done", "failed"]
    assert Voucher.objects.count() == 1
    assert "as many credits" in taken[1].result
    assert delivery(orders[1]).due_at.day == 12  # nothing of it was done


def test_after_a_year_there_is_one_again_but_never_two_for_an_order(inbox):
    NoticeSettings.objects.create(credits_per_year=1)
    earlier, order = placed(number="TL-1"), placed(number="TL-2")
    for one in (earlier, order):
        expected(one)
    (first,) = told(earlier, CREDIT, inbox=inbox)
    take(earlier, first)
    Choice.objects.filter(pk=first.pk).update(taken_at=NOW - timedelta(days=366))

    (second,) = told(order, CREDIT, inbox=inbox)
    assert take(order, second).state == "done"
    Choice.objects.update(taken_at=NOW - timedelta(days=366))
    third = told(order, CREDIT, kind="at_risk", inbox=inbox)[0]

    assert take(order, third).state == "failed"
    assert Voucher.objects.count() == 2


# Nothing chosen


def test_what_was_not_chosen_expires_with_one_line(inbox):
    order = placed()
    choices = told(order, WAIT, CANCEL, TALK, inbox=inbox)

    assert expire_due(at=AT + timedelta(hours=71)) == 0
    assert expire_due(at=AT + timedelta(hours=72)) == 3
    assert expire_due(at=AT + timedelta(hours=73)) == 0
    assert states(*choices) == ["expired"] * 3
    assert activities(order) == ["notice_expired"]


def test_a_notice_without_its_message_goes_by_the_mails_of_the_order(inbox):
    order = placed()
    expected(order)
    (wait,) = told(order, WAIT)
    assert Notice.objects.get().message is None

    take(order, wait)

    assert len(said_in(order, author="system", kind="message")) == 1
    assert CarrierTask.objects.count() == 0
