"""What only the carrier can do: asked for once, told when it has answered, handed over when it will not or stays silent."""

from datetime import timedelta

import pytest
from django.db.models import Count

from ramah.conversations.models import Message
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.kernel.actors import NotVisible
from ramah.kernel.models import OutboxEvent
from ramah.notices.commands.carrying_out import ChoiceGone, expire_due, note_task_ended, take_choice, take_wish
from ramah.notices.models import Choice
from ramah.notices.tests.choosers import AT, actor_of, carrier, inbox, placed, shipped, shop, states, told
from ramah.notices.tests.test_carrying_out import NEW, activities, said_in
from ramah.shipping.models import CarrierTask

__all__ = ["carrier", "inbox", "shop"]
pytestmark = pytest.mark.django_db
NOW = AT + timedelta(hours=1)
DAY = ("date", {"how": "carrier", "from": "2026-03-10", "to": "2026-03-16"})
WISHES = [
    (("address", {"how": "carrier"}), NEW, "The carrier brings it to the other address."),
    (DAY, {"day": "2026-03-11"}, "The carrier brings it on 11 March."),
    (("pickup_point", {"how": "carrier"}), {"place": "No. 12"}, "The carrier brings it to the pick-up point."),
    (("neighbor", {"how": "carrier"}), {"who": "Budi, 12"}, "The carrier brings it to your neighbor."),
    (("leave", {"how": "carrier"}), {"where": "The porch"}, "The carrier leaves it where you said."),
]


@pytest.fixture
def order(inbox, carrier):
    return placed()


@pytest.fixture
def parcel(order, carrier):
    return shipped(order, provider=carrier)


def take(order, parcel, inbox, offer, said, at=NOW):
    (choice,) = told(order, offer, kind="delivery_failed", shipment=parcel, inbox=inbox)
    return take_choice(actor=actor_of(order), choice=choice, said=said, at=at)


def ended(task, state, at=NOW + timedelta(minutes=5)):
    CarrierTask.objects.filter(pk=task.pk).update(state=state, next_attempt_at=None, ended_at=at)
    note_task_ended(task_id=task.pk, at=at)


@pytest.mark.parametrize(("offer", "said", "words"), WISHES)
def test_the_carrier_is_asked_on_behalf_and_its_answer_told(order, parcel, inbox, offer, said, words):
    choice = take(order, parcel, inbox, offer, said)
    task = CarrierTask.objects.get()

    assert (choice.state, choice.task, choice.ended_at) == ("taken", task, None)
    assert (task.shipment, task.kind, task.state) == (parcel, offer[0], "queued")
    assert task.detail == said
    assert task.made_by == f"customer:{order.customer_id}"
    assert activities(order) == ["notice_chosen"]

    ended(task, "done")

    choice.refresh_from_db()
    assert (choice.state, choice.result) == ("done", words)
    assert words in said_in(order, author="system", kind="message")[-1]
    assert activities(order) == ["notice_chosen", "notice_done"]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("refused", "The carrier does not do this for your parcel."),
        ("uncertain", "The carrier has not confirmed it."),
    ],
)
def test_what_the_carrier_does_not_do_an_agent_answers(order, parcel, inbox, state, why):
    choice = take(order, parcel, inbox, *WISHES[3][:2])

    ended(CarrierTask.objects.get(), state)
    ended(CarrierTask.objects.get(), state)  # told again

    choice.refresh_from_db()
    (asked,) = said_in(order, author="customer")
    assert choice.state == "failed"
    assert choice.result.startswith(why)
    assert "Budi, 12" in asked
    assert why in asked
    assert OutboxEvent.objects.filter(name="conversation.message_received").count() == 1
    assert activities(order) == ["notice_chosen", "notice_not_done"]


def test_two_hours_of_silence_are_handed_over_once_and_a_late_answer_is_told(order, parcel, inbox):
    choice = take(order, parcel, inbox, *WISHES[4][:2])
    task = CarrierTask.objects.get()
    CarrierTask.objects.update(created_at=NOW)

    expire_due(at=NOW + timedelta(minutes=119))
    assert states(choice) == ["taken"]

    for minutes in (120, 121, 180):
        expire_due(at=NOW + timedelta(minutes=minutes))
    choice.refresh_from_db()
    assert (choice.state, len(said_in(order, author="customer"))) == ("failed", 1)
    assert choice.result.startswith("The carrier has not answered yet.")

    ended(task, "done", at=NOW + timedelta(hours=4))
    choice.refresh_from_db()
    assert (choice.state, choice.result) == ("done", "The carrier leaves it where you said.")
    assert activities(order) == ["notice_chosen", "notice_not_done", "notice_done"]


def test_sent_back_the_money_is_a_matter_for_an_agent(order, parcel, inbox):
    choice = take(order, parcel, inbox, ("cancel", {"how": "carrier"}), {})
    task = CarrierTask.objects.get()
    assert task.kind == "return"

    ended(task, "done")

    order.refresh_from_db()
    assert (states(choice), order.state) == (["done"], "shipped")
    assert len(said_in(order, author="customer")) == 1


def test_where_the_parcel_left_meanwhile_the_carrier_is_asked_in_the_shops_place(inbox, carrier):
    order = placed()
    (choice,) = told(order, ("address", {"how": "order"}), inbox=inbox)
    parcel = shipped(order, provider=carrier)

    taken = take_choice(actor=actor_of(order), choice=choice, said=NEW, at=NOW)

    assert (taken.state, taken.task.shipment, taken.task.kind) == ("taken", parcel, "address")


def test_a_carrier_that_takes_nothing_any_more_leaves_it_to_an_agent(order, parcel, inbox):
    (choice,) = told(order, WISHES[3][0], kind="delivery_failed", shipment=parcel, inbox=inbox)
    parcel.account.is_paused = True
    parcel.account.save()

    taken = take_choice(actor=actor_of(order), choice=choice, said={"who": "Budi"}, at=NOW)

    assert (taken.state, CarrierTask.objects.count()) == ("failed", 0)


def test_labels_and_tasks_of_agents_are_not_told_to_customers(order, parcel, inbox):
    for kind, by in (("label", f"customer:{order.customer_id}"), ("address", "agent:3")):
        task = CarrierTask.objects.create(shipment=parcel, kind=kind, made_by=by, created_at=AT, state="done")
        note_task_ended(task_id=task.pk, at=NOW)

    assert Message.objects.count() == 0


# Without a notice


def test_a_wish_from_the_page_of_the_parcel_goes_the_same_way(order, parcel, inbox):
    done = take_wish(actor=actor_of(order), order=order, shipment=parcel, kind="leave", said={"where": "porch"}, at=NOW)
    task = CarrierTask.objects.get()

    assert (done.state, done.task, task.detail) == ("taken", task, {"where": "porch"})
    ended(task, "done")
    ended(task, "done")
    assert len(said_in(order, author="system", kind="message")) == 1
    assert Choice.objects.count() == 0


def test_a_wish_is_asked_once_while_it_waits_and_handed_over_when_refused(order, parcel, inbox):
    asked = {"order": order, "shipment": parcel, "kind": "leave", "said": {"where": "porch"}}
    take_wish(actor=actor_of(order), **asked, at=NOW)

    again = take_wish(actor=actor_of(order), **asked, at=NOW)
    assert again.task == CarrierTask.objects.get()
    with pytest.raises(ChoiceGone):
        take_wish(actor=actor_of(order), **{**asked, "said": {"where": "garage"}}, at=NOW)

    ended(CarrierTask.objects.get(), "refused")
    ended(CarrierTask.objects.get(), "refused")
    assert len(said_in(order, author="customer")) == 1
    assert CarrierTask.objects.values("kind").annotate(n=Count("id")).get()["n"] == 1


def test_wishes_of_strangers_for_others_parcels_and_for_ended_ones_ask_nobody(order, parcel, inbox, carrier):
    other = placed(number="TL-2", email="eli@mail.example")
    eli = CustomerActor(other.customer_id, SIGNED_IN)
    told_of = {"kind": "leave", "said": {"where": "porch"}, "at": NOW}

    with pytest.raises(NotVisible):
        take_wish(actor=eli, order=order, shipment=parcel, **told_of)
    with pytest.raises(ChoiceGone):
        take_wish(actor=eli, order=other, shipment=parcel, **told_of)
    parcel.state = "delivered"
    parcel.save()
    with pytest.raises(ChoiceGone):
        take_wish(actor=actor_of(order), order=order, shipment=parcel, **told_of)

    assert CarrierTask.objects.count() == 0
