"""Sending on the channels of providers: in order, at most once, and every outcome written down."""

from datetime import timedelta

import pytest
from django.db import transaction

from ramah.channels import kinds, sending
from ramah.channels.kinds import Kind
from ramah.channels.models import ChannelAccount
from ramah.conversations.commands import delivering, outlets
from ramah.conversations.commands.delivering import retry_delivery
from ramah.conversations.commands.outlets import Outlet
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import ExternalId, MessageDelivery
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers import commands as customers
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.providers.contract import Refused, TryLater, Uncertain

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageDelivery.State


class Pigeons:
    """A channel of the test's own: `answers` is what comes of each text."""

    def __init__(self):
        self.sent, self.answers = [], {}

    def send(self, delivery, account):
        text = delivery.message.text
        delivery.refresh_from_db()
        assert delivery.state == S.SENDING  # committed before anything is handed over
        assert not transaction.get_connection().in_atomic_block
        answer = self.answers.get(text)
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer()
        self.sent.append(text)
        return f"p-{len(self.sent)}"


@pytest.fixture
def pigeons(monkeypatch):
    pigeons = Pigeons()
    outlet = Outlet("pigeon", "phone")
    kind = Kind("pigeon", "Pigeons", outlet, lambda items, at: [], lambda *_: [], send=pigeons.send)
    monkeypatch.setitem(kinds._kinds, "pigeon", kind)
    monkeypatch.setitem(outlets._outlets, "pigeon", outlet)
    return pigeons


@pytest.fixture
def account(pigeons):
    inbox = make_inbox("pigeons", channel="pigeon", address="loft")
    return ChannelAccount.objects.create(inbox=inbox)


@pytest.fixture
def say(account):
    """Answer a customer; each name is a customer of its own."""
    known = {}

    def say(text, name="Dana"):
        if name not in known:
            number = f"+62812345678{len(known):02}"
            point = customers.meet_customer(kind="phone", value=number, name=name, at=clock.now())
            known[name] = make_conversation(account.inbox, customer=point.customer)
        return post_reply(actor=SYSTEM, conversation=known[name], text=text, at=clock.now()).delivery

    return say


def send_all(rounds=10):
    return [claimed for _ in range(rounds) if (claimed := sending.send_due(at=clock.now()))]


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def test_messages_of_a_conversation_go_one_after_the_other(say, pigeons, account):
    deliveries = [say(text) for text in ("one", "two", "three")]

    assert send_all() == [1, 1, 1]

    assert pigeons.sent == ["one", "two", "three"]
    assert [state_of(delivery) for delivery in deliveries] == [S.SENT] * 3
    assert deliveries[0].external_id == "pigeon:p-1"
    assert ExternalId.objects.get(value="pigeon:p-2").message_id == deliveries[1].message_id
    account.refresh_from_db()
    assert account.state == "ok"
    assert account.last_out_at is not None


def test_later_ones_wait_behind_one_that_is_tried_again(say, pigeons):
    pigeons.answers["one"] = TryLater("The loft is closed", of_account=False)
    first, second, other = say("one"), say("two"), say("else", "Eli")

    send_all()

    assert pigeons.sent == ["else"]
    assert [state_of(one) for one in (first, second, other)] == [S.QUEUED, S.QUEUED, S.SENT]
    pigeons.answers.clear()
    later = clock.now() + timedelta(minutes=5)
    assert [sending.send_due(at=later), sending.send_due(at=later)] == [1, 1]
    assert pigeons.sent == ["else", "one", "two"]


def test_a_refused_one_fails_with_its_reason_and_lets_the_next_go(say, pigeons, account):
    pigeons.answers["one"] = Refused("No such loft")
    first, second = say("one"), say("two")

    send_all()

    assert (state_of(first), first.error, first.is_uncertain) == (S.FAILED, "No such loft", False)
    assert state_of(second) == S.SENT
    account.refresh_from_db()
    assert account.state == "ok"  # it was about this customer alone


def test_an_account_that_can_take_nothing_is_not_asked_for_each_message(say, pigeons, account):
    for name in ("Dana", "Eli", "Ada"):
        pigeons.answers[name] = TryLater("Too much", timedelta(minutes=10))
    deliveries = [say(name, name) for name in ("Dana", "Eli", "Ada")]
    at = clock.now()

    assert sending.send_due(at=at) == 3

    for delivery in deliveries:
        assert state_of(delivery) == S.QUEUED
        assert delivery.next_attempt_at >= at + timedelta(minutes=9)
    assert [delivery.attempts for delivery in deliveries] == [1, 0, 0]  # two were not tried
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("failing", "Too much")


@pytest.mark.parametrize("error", [Uncertain("broken"), RuntimeError("never foreseen")])
def test_what_nobody_knows_of_is_never_sent_again_by_itself(say, pigeons, error):
    pigeons.answers["one"] = error
    delivery = say("one")

    send_all()
    pigeons.answers.clear()
    send_all()

    assert (state_of(delivery), delivery.is_uncertain) == (S.FAILED, True)
    assert pigeons.sent == []
    retry_delivery(actor=SYSTEM, delivery=delivery, at=clock.now())
    send_all()
    assert pigeons.sent == ["one"]


def test_a_crash_in_the_middle_leaves_a_row_that_says_so(say, pigeons):
    class Killed(BaseException):
        pass

    pigeons.answers["one"] = Killed()
    pigeons.answers["one"] = lambda: (_ for _ in ()).throw(Killed())
    delivery = say("one")
    with pytest.raises(Killed):
        sending.send_due(at=clock.now())

    assert state_of(delivery) == S.SENDING
    later = clock.now() + timedelta(hours=1)
    assert sending.send_due(at=later) == 0
    assert delivering.give_up_stranded(at=later, reason="interrupted") == 1
    assert (state_of(delivery), delivery.is_uncertain) == (S.FAILED, True)


@pytest.mark.parametrize("change", [{"is_paused": True}, {"inbox__is_active": False}])
def test_paused_accounts_and_inboxes_send_nothing_and_lose_nothing(say, pigeons, account, change):
    delivery = say("one")
    (name, value), *_ = change.items()
    target = account.inbox if name.startswith("inbox") else account
    setattr(target, name.removeprefix("inbox__"), value)
    target.save()

    assert send_all() == []
    assert state_of(delivery) == S.QUEUED

    setattr(target, name.removeprefix("inbox__"), not value)
    target.save()
    assert send_all() == [1]


def test_a_claimed_row_is_not_taken_twice_and_does_not_hide_others(say, pigeons):
    first, second = say("one", "Dana"), say("two", "Eli")
    MessageDelivery.objects.filter(pk=first.pk).update(
        claim="another worker", claimed_until=clock.now() + timedelta(minutes=2)
    )

    assert sending.send_due(at=clock.now(), limit=1) == 1

    assert pigeons.sent == ["two"]
    assert state_of(first) == S.QUEUED
    assert state_of(second) == S.SENT


def test_it_refuses_to_run_inside_a_transaction(account):
    with transaction.atomic(), pytest.raises(RuntimeError):
        sending.send_due(at=clock.now())


def test_a_provider_that_gives_an_id_twice_does_no_harm(say, pigeons, monkeypatch):
    monkeypatch.setattr(pigeons, "sent", type("Always", (list,), {"__len__": lambda self: 7})())
    first, second = say("one", "Dana"), say("two", "Eli")

    send_all()

    assert [state_of(first), state_of(second)] == [S.SENT, S.SENT]
    assert first.external_id == "pigeon:p-7"
    assert second.external_id.startswith("<")


def report(delivery, state, **more):
    delivery.refresh_from_db()
    return delivering.note_reached(delivery.external_id, state, at=clock.now(), **more)


def test_reports_move_a_message_forward_and_never_back(say):
    delivery = say("one")
    send_all()

    assert not report(delivery, S.SENT)
    assert delivery.delivered_at is None
    assert report(delivery, S.READ)
    assert not report(delivery, S.DELIVERED)
    assert not report(delivery, S.FAILED, reason="late")
    assert state_of(delivery) == S.READ
    assert delivery.read_at is not None
    assert delivery.delivered_at is not None
    assert not delivering.note_reached("pigeon:unknown", S.READ, at=clock.now())


def test_a_late_report_of_the_first_try_does_not_fail_the_second(say):
    delivery = say("one")
    send_all()
    assert report(delivery, S.FAILED, reason="No room")
    assert not report(delivery, S.SENT)
    assert (state_of(delivery), delivery.error) == (S.FAILED, "No room")
    retry_delivery(actor=SYSTEM, delivery=delivery, at=clock.now())

    assert not report(delivery, S.FAILED, reason="No room")
    assert state_of(delivery) == S.QUEUED


def test_what_arrived_after_all_is_not_sent_again(say, pigeons):
    delivery = say("one")
    send_all()
    report(delivery, S.FAILED, reason="No room")
    retry_delivery(actor=SYSTEM, delivery=delivery, at=clock.now())

    assert report(delivery, S.DELIVERED)

    assert send_all() == []
    assert pigeons.sent == ["one"]
    assert (state_of(delivery), delivery.error) == (S.DELIVERED, "")
