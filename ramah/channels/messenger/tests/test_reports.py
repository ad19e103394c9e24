"""What Meta tells of messages of the page: our own come back, arrive and are read; others were written past Ramah."""

from datetime import timedelta
from functools import partial

import pytest

from ramah.channels import fetching, sending
from ramah.channels.messenger.tests.conftest import DANA, ELI, stamp
from ramah.channels.models import IntakeItem
from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.simulators.server import Fault
from ramah.channels.tests.providers import PNG, answer_in, ended, errors, read, said
from ramah.conversations.commands.filing import File
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageDelivery.State
BOTH = pytest.mark.parametrize("channel", ["messenger", "instagram"])


@pytest.fixture
def conversation(connected, provider, say):
    provider.post(provider.hook(say("Halo", ago=60)))
    read()
    return Conversation.objects.get()


@pytest.fixture
def answer(conversation):
    return partial(answer_in, conversation)


def tell(provider, *events, at=None):
    for event in events:
        assert provider.post(provider.hook(event)) == 200
    read(at=at)
    assert errors() == []


def states():
    return list(MessageDelivery.objects.order_by("id").values_list("state", flat=True))


@BOTH
def test_our_own_messages_come_back_arrive_and_are_read(answer, provider):
    delivery = answer()

    provider.report()
    read()
    provider._reported = 0
    provider.report()  # all of it once more
    read()

    delivery.refresh_from_db()
    assert delivery.state == S.READ
    assert errors() == []
    assert delivery.message.sent_at is not None
    assert [line.text for line in said()] == ["Halo", "Selamat pagi, Kak"]
    assert "our own message" in ended("ignored")
    assert IntakeItem.objects.filter(state="waiting").count() == 0


def test_a_watermark_counts_for_all_up_to_then_and_for_nothing_later(answer, provider):
    answer("one")
    answer("two")
    until = provider.taken[-1]["at"]
    MessageDelivery.objects.update(ended_at=clock.now() - timedelta(seconds=30))
    provider.post(provider.hook(provider.echo_of(provider.taken[0]), provider.echo_of(provider.taken[1])))
    read()
    later = answer("three")
    MessageDelivery.objects.filter(pk=later.pk).update(ended_at=clock.now() + timedelta(seconds=30))

    tell(
        provider,
        payloads.read(DANA, provider.owner, stamp(), until),
        payloads.delivery(DANA, provider.owner, stamp(), until, []),
    )

    assert states() == [S.READ, S.READ, S.SENT]


def test_a_late_arrival_does_not_take_back_that_it_was_read(answer, provider):
    answer()
    (taken,) = provider.taken
    until, mid = taken["at"], taken["mid"]

    tell(provider, payloads.read(DANA, provider.owner, stamp(), until + 1))
    tell(provider, payloads.delivery(DANA, provider.owner, stamp(), until, [mid]))

    assert states() == [S.READ]
    assert "report that says nothing new" in ended("ignored")


def test_nobody_reads_what_went_to_another(answer, provider, say):
    answer()
    tell(provider, say("Hi", by=ELI), payloads.read(ELI, provider.owner, stamp(), stamp()))

    assert states() == [S.SENT]
    assert ended("ignored") == ["report on a message that is not ours"]


def test_a_report_that_comes_before_the_answer_waits_for_it(answer, provider):
    delivery = answer(send=False)
    MessageDelivery.objects.update(state=S.SENDING, claim="t", claimed_until=clock.now() + timedelta(minutes=2))
    tell(provider, payloads.delivery(DANA, provider.owner, stamp(), stamp(), ["m_early"]))
    assert IntakeItem.objects.filter(state="waiting").count() == 1

    MessageDelivery.objects.update(state=S.SENT, external_id="messenger:m_early", ended_at=clock.now())
    read(at=clock.now() + timedelta(seconds=3))

    delivery.refresh_from_db()
    assert delivery.state == S.DELIVERED
    assert IntakeItem.objects.filter(state="waiting").count() == 0


def test_an_echo_that_comes_before_the_answer_makes_no_second_message(answer, provider):
    delivery = answer(send=False)
    MessageDelivery.objects.update(state=S.SENDING, claim="t", claimed_until=clock.now() + timedelta(minutes=2))
    echo = payloads.echo(
        provider.owner, DANA, stamp(), "m_early", text=delivery.message.text, metadata=f"{delivery.public_id}/1/1"
    )
    tell(provider, echo)
    assert IntakeItem.objects.filter(state="waiting").count() == 1
    assert len(said()) == 2

    MessageDelivery.objects.update(state=S.SENT, external_id="messenger:m_early", ended_at=clock.now())
    read(at=clock.now() + timedelta(seconds=3))

    assert len(said()) == 2


@BOTH
def test_a_message_nobody_knew_about_is_found_by_its_echo(answer, provider, channel):
    """The connection breaks after it was handed over: nothing is sent twice, and the echo says that it went out."""
    provider.faults.append(Fault(cut="after", path="/messages"))
    delivery = answer()
    assert (delivery.state, delivery.is_uncertain) == (S.FAILED, True)
    assert len(provider.taken) == 1

    provider.report()
    read()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.is_uncertain, delivery.error) == (S.READ, False, "")
    assert delivery.external_id == f"{channel}:{provider.taken[0]['mid']}"
    assert len(said()) == 2
    sending.send_due(at=clock.now() + timedelta(hours=1))
    assert len(provider.taken) == 1


def test_of_several_parts_the_echo_of_one_says_no_more_than_that(answer, provider):
    provider.faults.append(Fault(cut="after", path="/messages"))
    delivery = answer("Satu foto", [File("a.png", "image/png", PNG)])
    assert delivery.is_uncertain

    provider.report()
    read()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.is_uncertain) == (S.FAILED, True)
    assert delivery.headers["parts"] == {"1": f"messenger:{provider.taken[0]['mid']}"}
    assert len(said()) == 2


# What was written past Ramah


@BOTH
def test_what_was_written_elsewhere_stands_in_the_thread_and_counts_as_answered(conversation, provider, channel):
    echo = payloads.echo(provider.owner, DANA, stamp(5), "m_phone", text="From the phone")
    tell(provider, echo, echo)

    line = said()[-1]
    assert (line.conversation, line.author, line.agent_id) == (conversation, "agent", None)
    assert (line.text, line.author_name, line.detail["elsewhere"]) == ("From the phone", "Toko Laut", True)
    assert (line.delivery.state, line.delivery.external_id) == (S.SENT, f"{channel}:m_phone")
    conversation.refresh_from_db()
    assert (conversation.preview, conversation.is_unread) == ("From the phone", False)
    assert len(said()) == 2
    sending.send_due(at=clock.now() + timedelta(hours=1))
    assert provider.taken == []


def test_it_is_read_reacted_to_and_answered_like_any_other(conversation, provider, say):
    tell(provider, say("Yes, that one", reply_to={"mid": "m_phone"}))  # before what it answers
    tell(provider, payloads.echo(provider.owner, DANA, stamp(5), "m_phone", text="This one?"))
    tell(
        provider,
        payloads.read(DANA, provider.owner, stamp(), stamp()),
        payloads.reaction(DANA, provider.owner, stamp(), "m_phone"),
        say("Sure", reply_to={"mid": "m_phone"}),
    )

    line = Message.objects.get(text="This one?")
    assert line.delivery.state == S.READ
    assert [one["emoji"] for one in line.detail["reactions"]] == ["❤️"]
    assert Message.objects.get(text="Sure").answers == line


def test_what_the_page_took_back_elsewhere_is_not_shown_as_said(conversation, provider):
    tell(provider, payloads.echo(provider.owner, DANA, stamp(), "m_gone", is_deleted=True))

    assert len(said()) == 1
    assert ended("ignored") == ["echo: the page took a message back past Ramah"]


def test_a_file_that_was_sent_elsewhere_is_fetched(conversation, provider):
    url = provider.add_file(PNG, "image/png")
    tell(provider, payloads.echo(provider.owner, DANA, stamp(), "m_p", attachments=[payloads.attachment("image", url)]))
    fetching.fetch_due(at=clock.now())

    assert said()[-1].attachments.get().size == len(PNG)


def test_a_conversation_that_was_begun_elsewhere_is_one(connected, provider, say):
    tell(provider, payloads.echo(provider.owner, ELI, stamp(9), "m_hi", text="You asked under our post"))
    assert Conversation.objects.get().status == "resolved"

    tell(provider, say("Yes!", by=ELI))

    conversation = Conversation.objects.get()
    assert conversation.status == "open"
    assert [line.author for line in said()] == ["agent", "customer"]


def test_the_same_words_of_somebody_else_are_not_taken_for_what_is_uncertain(answer, provider):
    provider.faults.append(Fault(cut="before", path="/messages"))
    delivery = answer("Halo, Kak")
    assert delivery.is_uncertain

    tell(provider, payloads.echo(provider.owner, DANA, stamp(), "m_o", text="Something else"))

    delivery.refresh_from_db()
    assert delivery.is_uncertain
    assert [line.text for line in said()] == ["Halo", "Halo, Kak", "Something else"]
