"""Unasked messages by WhatsApp: free words within the 24 hours, then the approved template of their kind, links spelled last."""

from datetime import timedelta

import pytest

from ramah.channels import sending
from ramah.channels.models import WhatsAppTemplate
from ramah.channels.tests.providers import read, send_all
from ramah.channels.whatsapp.tests.conftest import text
from ramah.channels.whatsapp.tests.test_outgoing import taken
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import announce_to, make_inbox
from ramah.customers.commands import opt_out
from ramah.customers.models import ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageDelivery.State
PAGE, SIGNED = "http://localhost:8000/track/01jq/", "http://localhost:8000/track/choose/01jq:s1gned/"
VALUES = {"name": "Dana", "new_date": "Monday,\n 9 March", "link": PAGE}
BODY = "Hi {{name}}, your parcel comes on {{new_date}}."


@pytest.fixture(autouse=True)
def at_home(settings):
    settings.BASE_URL = "http://localhost:8000"


@pytest.fixture
def dana(connected, provider):
    """Dana wrote 30 hours ago."""
    provider.post(provider.hook(text("Halo", ago=30 * 3600)))
    read()
    return ContactPoint.objects.get()


@pytest.fixture
def template(inbox, provider):
    """Let WhatsApp have approved a template, known here too."""

    def template(body=BODY, *, name="ramah_at_risk", language="en_US", variables=("name", "new_date"), **fields):
        parts = [{"type": "BODY", "text": body}]
        provider.templates.append({"name": name, "language": language, "status": "APPROVED", "components": parts})
        return WhatsAppTemplate.objects.create(
            inbox=inbox,
            name=name,
            language=language,
            body=body,
            variables=[{"part": "body", "name": one, "example": ""} for one in variables],
            **{"category": "UTILITY", "status": "APPROVED", "synced_at": clock.now(), **fields},
        )

    return template


def announce(inbox, point, **fields):
    return announce_to(inbox, point, f"Your parcel is late: {PAGE}", **{"values": VALUES, **fields})


def refused(inbox, point, **fields):
    with pytest.raises(NotPossible) as why:
        announce(inbox, point, **fields)
    assert Message.objects.filter(author="system").count() == 0
    return str(why.value.words)


def test_within_24_hours_it_goes_in_free_words_with_the_link_spelled(inbox, dana, provider):
    provider.post(provider.hook(text("Are you there?")))
    read()

    message = announce(inbox, dana, sealed={PAGE: SIGNED})
    send_all()

    assert message.text == f"Your parcel is late: {PAGE}"
    assert taken(provider) == [
        {"type": "text", "text": {"body": f"Your parcel is late: {SIGNED}", "preview_url": False}}
    ]
    message.delivery.refresh_from_db()
    assert message.delivery.state == S.SENT


def test_what_will_be_handed_over_after_24_hours_is_judged_by_then(inbox, dana, template, provider):
    provider.post(provider.hook(text("Are you there?")))
    read()
    template()

    message = announce(inbox, dana, at=clock.now() + timedelta(hours=25))

    assert message.detail["template"]["name"] == "ramah_at_risk"


def test_after_24_hours_the_template_of_its_kind_goes(inbox, dana, template, provider):
    row = template(buttons=["Choose"], footer="Toko Laut")
    row.variables.append({"part": "button", "name": "0", "example": ""})
    row.save()

    message = announce(inbox, dana, sealed={PAGE: SIGNED})
    send_all()

    assert message.text == "Hi Dana, your parcel comes on Monday, 9 March.\n\nToko Laut"
    assert (message.html, message.conversation) == ("", Conversation.objects.get())
    (sent,) = taken(provider)
    assert sent == {
        "type": "template",
        "template": {
            "name": "ramah_at_risk",
            "language": {"code": "en_US"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "Dana", "parameter_name": "name"},
                        {"type": "text", "text": "Monday, 9 March", "parameter_name": "new_date"},
                    ],
                },
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "track/choose/01jq:s1gned/"}],
                },
            ],
        },
    }
    message.refresh_from_db()
    assert "s1gned" not in message.text + str(message.delivery.headers) + str(message.detail["template"])


def test_numbered_places_are_filled_in_order(inbox, dana, template, provider):
    template("{{1}}: {{2}}. See {{3}}", variables=("1", "2", "3"))

    assert announce(inbox, dana).text == f"Dana: Monday, 9 March. See {PAGE}"


@pytest.mark.parametrize(
    ("language", "chosen"), [("en", "en_GB"), ("en-US", "en_US"), ("en-au", "en_GB"), ("id", "id"), ("uk", None)]
)
def test_the_template_speaks_the_language_of_the_customer(inbox, dana, template, language, chosen):
    for one in ("en_US", "en_GB", "id", "ide"):
        template(language=one)

    if chosen is None:
        words = "WhatsApp has approved no template ramah_at_risk in the customer’s language."
        assert refused(inbox, dana, language=language) == words
    else:
        assert announce(inbox, dana, language=language).detail["template"]["language"] == chosen


@pytest.mark.parametrize("change", [{"status": "PAUSED"}, {"obstacle": "media"}, {"name": "ramah_late"}])
def test_a_template_that_cannot_be_sent_is_none(inbox, dana, template, change):
    template(**change)

    assert refused(inbox, dana).startswith("WhatsApp has approved no template")


def test_a_template_of_another_inbox_is_none(dana, template, inbox):
    template()
    WhatsAppTemplate.objects.update(inbox=make_inbox(channel="whatsapp"))

    assert refused(inbox, dana).startswith("WhatsApp has approved no template")


def test_without_a_language_none_is_guessed(inbox, dana, template):
    template()

    assert refused(inbox, dana, language="").startswith("WhatsApp has approved no template")


@pytest.mark.parametrize("values", [{"name": "Dana"}, {"name": "Dana", "new_date": " \n"}])
def test_a_place_for_which_nothing_is_known_stays_unsaid(inbox, dana, template, values):
    template()

    assert refused(inbox, dana, values=values) == (
        "Nothing is known for these places of the template ramah_at_risk: body.new_date."
    )


def test_a_promotion_goes_by_a_template_for_marketing_only(inbox, dana, template):
    row = template()
    words = "The template ramah_at_risk is not approved for marketing."
    assert refused(inbox, dana, is_promotion=True) == words

    row.category = "MARKETING"
    row.save()
    assert announce(inbox, dana, is_promotion=True).detail["template"]["name"] == "ramah_at_risk"


def test_marketing_does_not_go_to_those_who_want_none(inbox, dana, template):
    template(category="MARKETING")
    stale = ContactPoint.objects.get()
    opt_out(contact_point=dana, source="test", at=clock.now())

    assert refused(inbox, dana, is_promotion=True) == "The customer wants nothing but answers here."
    assert refused(inbox, stale, is_promotion=True) == "The customer wants no marketing messages here."


@pytest.mark.parametrize("is_paused", [True, None])
def test_an_account_that_sends_nothing_takes_none(inbox, dana, template, connected, is_paused):
    template()
    if is_paused is None:
        connected.delete()
    else:
        connected.is_paused = is_paused
        connected.save()

    assert refused(inbox, dana) == "Toko Laut sends nothing at the moment."


def test_to_whom_nobody_has_written_yet_a_template_goes_too(inbox, dana, template, provider):
    template()
    eli = ContactPoint.objects.create(
        customer=dana.customer, kind="whatsapp", value="+380501234567", created_at=clock.now()
    )

    announce(inbox, eli)
    send_all()

    assert provider.taken[0]["to"] == "+380501234567"


def test_at_night_it_waits_and_does_not_keep_answers_waiting(inbox, dana, template, provider, time_machine):
    now = clock.now().replace(hour=21, minute=30) + timedelta(days=1)
    time_machine.move_to(now)
    provider.post(provider.hook(text("Are you there?")))
    read()
    hold = {"from": "21:00", "to": "06:00", "zone": "UTC"}
    message = announce(inbox, dana, hold=hold)
    MessageDelivery.objects.update(next_attempt_at=now)  # as a backlog would have it
    conversation = Conversation.objects.get()
    assert message.conversation == conversation

    assert sending.send_due(at=clock.now()) == 1
    answer = post_reply(actor=SYSTEM, conversation=conversation, text="Yes, I am.", at=clock.now())
    send_all()

    morning = (now + timedelta(days=1)).replace(hour=6, minute=0, second=0, microsecond=0)
    message.delivery.refresh_from_db()
    answer.delivery.refresh_from_db()
    assert (message.delivery.state, message.delivery.next_attempt_at) == (S.QUEUED, morning)
    assert answer.delivery.state == S.SENT
    time_machine.move_to(morning)
    send_all()
    message.delivery.refresh_from_db()
    assert message.delivery.state == S.SENT
    assert len(provider.taken) == 2
