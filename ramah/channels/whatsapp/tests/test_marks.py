"""What customers do to messages: react, edit, take back, say STOP."""

from datetime import timedelta

import pytest

from ramah.channels.models import IntakeItem
from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.tests.providers import ended, read
from ramah.channels.whatsapp.tests.conftest import DANA, ELI, text, wamid
from ramah.conversations.models import Message, MessageDelivery
from ramah.customers.commands import decide_consent
from ramah.customers.models import Consent, ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(take):
    """A message that stands already, as it was posted."""
    first = text("It is blu", ago=60)
    take(first)
    return first


def now():
    return int(clock.now().timestamp())


def reactions():
    return [one["emoji"] for one in Message.objects.get(kind="message").detail.get("reactions", [])]


def test_a_reaction_comes_changes_and_goes(take, first):
    for place, emoji in enumerate(("👍", "❤️", "")):
        take(payloads.reaction(DANA, wamid(), now() - 30 + place, first["id"], emoji))
        assert reactions() == ([emoji] if emoji else [])
    assert ended("accepted") == [""] * 4


def test_a_redelivered_reaction_and_an_older_one_change_nothing(take, first):
    reaction = payloads.reaction(DANA, wamid(), now() - 10, first["id"], "👍")
    take(reaction)
    take(reaction)
    take(payloads.reaction(DANA, wamid(), now() - 20, first["id"], "😡"))

    assert reactions() == ["👍"]
    assert ended("duplicate") == ["the same was read before"]


def test_an_edit_keeps_what_stood_there(take, first):
    take(payloads.edit(DANA, wamid(), now() - 10, first["id"], "It is blue"))
    take(payloads.edit(DANA, wamid(), now() - 20, first["id"], "It is bluu"))

    message = Message.objects.get(kind="message")
    assert (message.text, message.detail["earlier"][0]["text"]) == ("It is blue", "It is blu")
    assert message.edited_at is not None
    assert message.conversation.preview == "It is blue"


def test_a_message_that_is_taken_back_is_shown_so(take, first):
    take(payloads.revoke(DANA, wamid(), now(), first["id"]))

    message = Message.objects.get(kind="message")
    assert message.deleted_at is not None
    assert message.text == "It is blu"


def test_nobody_edits_or_takes_back_what_another_one_wrote(take, first):
    take(text("I am Eli", number=ELI))
    take(
        payloads.edit(ELI, wamid(), now(), first["id"], "Send it to me"),
        payloads.revoke(ELI, wamid(), now(), first["id"]),
    )

    message = Message.objects.get(text="It is blu")
    assert (message.edited_at, message.deleted_at) == (None, None)


def test_what_comes_before_its_message_waits_for_it(take, account):
    late = text("Late", ago=20)
    take(
        payloads.revoke(DANA, wamid(), now(), late["id"]), payloads.reaction(DANA, wamid(), now() - 9, late["id"], "👍")
    )
    assert IntakeItem.objects.filter(state="waiting").count() == 2
    take(late)

    read(at=clock.now() + timedelta(seconds=5))

    message = Message.objects.get(kind="message")
    assert message.deleted_at is not None
    assert reactions() == ["👍"]
    assert IntakeItem.objects.filter(state="accepted").count() == 3


def test_what_never_finds_its_message_ends_with_the_reason(take, account):
    take(payloads.reaction(DANA, wamid(), now(), "wamid.none", "👍"))
    for minutes in (1, 3, 6, 20, 40):
        read(at=clock.now() + timedelta(minutes=minutes))

    assert ended("ignored") == ["reaction of a message that is not known"]


@pytest.mark.parametrize(
    ("word", "language", "confirmed"),
    [("STOP", "", 1), (" stop. ", "", 1), ("Berhenti", "id", 1), ("СТОП!", "uk", 1), ("Stop it, I want blue", "", 0)],
)
def test_stop_is_honored_and_confirmed_once(take, first, word, language, confirmed):
    point = ContactPoint.objects.select_related("customer").get()
    decide_consent(
        actor=SYSTEM, customer=point.customer, purpose="news", granted=True, source="account", at=clock.now()
    )

    take(text(word))
    take(text(word))

    point.refresh_from_db()
    deliveries = MessageDelivery.objects.filter(message__author="system")
    assert deliveries.count() == confirmed
    assert (point.opted_out_at is not None) == bool(confirmed)
    assert Consent.objects.order_by("-id").first().granted != bool(confirmed)
    if language:
        assert deliveries.get().message.language == language
    if confirmed:
        assert deliveries.get().recipients == ["+6281234567890"]
    assert Message.objects.filter(kind="message", author="customer").count() == 3


def test_start_takes_it_up_again_and_a_new_stop_is_confirmed_anew(take, first):
    for word in ("STOP", "START", "STOP"):
        take(text(word))

    assert ContactPoint.objects.get().opted_out_at is not None
    assert MessageDelivery.objects.filter(message__author="system").count() == 2
    assert Consent.objects.count() == 0  # nothing had been granted


def test_stopping_marketing_in_whatsapp_itself_counts_too(provider, take, first):
    for value, is_out in (("stop", True), ("resume", False)):
        wish = {"wa_id": DANA, "category": "marketing_messages", "value": value, "timestamp": now()}
        fields = payloads.value_of(phone_number_id=provider.phone_number_id, user_preferences=[wish])
        provider.post(payloads.hook(fields, business_id="1", field="user_preferences"))
        read()
        assert (ContactPoint.objects.get().opted_out_at is not None) == is_out
