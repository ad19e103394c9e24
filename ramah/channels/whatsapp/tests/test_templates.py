"""Approved templates: fetched in pages, filled in, sent when free answers may not go; and the 24 hours themselves."""

from datetime import timedelta

import pytest

from ramah.channels import sending
from ramah.channels.kinds import kind_of
from ramah.channels.models import ChannelAccount, WhatsAppTemplate
from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.simulators.server import Fault
from ramah.channels.simulators.whatsapp import error
from ramah.channels.tests.providers import errors, read
from ramah.channels.whatsapp.templates import (
    MissingValues,
    TemplateNotUsable,
    filled_in,
    send_template,
    sync_templates,
    variable_keys,
)
from ramah.channels.whatsapp.tests.conftest import text
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.commands.replying import ThreadChanged, post_reply
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers.models import ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import NOBODY, SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.providers.contract import TryLater

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def synced(connected):
    sync_templates(actor=SYSTEM, account=connected, at=clock.now())
    return connected


@pytest.fixture
def conversation(connected, provider):
    """Dana wrote an hour ago."""
    provider.post(provider.hook(text("Where is my order?", ago=3600)))
    read()
    return Conversation.objects.get()


def template(name, language="en_US"):
    return WhatsAppTemplate.objects.get(name=name, language=language)


def answer(conversation, *, after, words="Hello"):
    return post_reply(actor=SYSTEM, conversation=conversation, text=words, at=clock.now() + after)


def send(conversation, name, values, *, actor=SYSTEM, language="en_US", after=timedelta(hours=30), **more):
    at = clock.now() + after
    return send_template(
        actor=actor, conversation=conversation, template=template(name, language), values=values, at=at, **more
    )


def test_all_pages_are_fetched(synced, provider):
    assert WhatsAppTemplate.objects.count() == len(provider.templates) == 6
    assert len([asked for asked in provider.asked if asked.path.endswith("message_templates")]) == 3
    shipped = template("order_shipped")
    assert (shipped.category, shipped.status, shipped.footer) == ("UTILITY", "APPROVED", "Toko Laut")
    assert shipped.variables == [
        {"part": "body", "name": "1", "example": "Dana"},
        {"part": "body", "name": "2", "example": "R-1042"},
    ]
    named = template("back_to_you")
    assert variable_keys(named) == ["header.topic", "body.first_name", "button.1"]
    assert named.buttons == ["Tell me", "See the order"]
    assert {one.name for one in WhatsAppTemplate.objects.all() if not one.can_be_sent} == {"with_a_picture", "not_yet"}
    assert AuditEntry.objects.filter(action="whatsapp.sync_templates").count() == 1


def test_fetching_again_changes_and_removes_and_keeps_the_keys(synced, provider):
    key = template("order_shipped").pk
    provider.templates[0] = {**provider.templates[0], "status": "PAUSED"}
    del provider.templates[3]

    assert sync_templates(actor=SYSTEM, account=synced, at=clock.now()) == 5

    assert (template("order_shipped").pk, template("order_shipped").status) == (key, "PAUSED")
    assert not WhatsAppTemplate.objects.filter(name="autumn_sale").exists()


def test_an_error_in_the_middle_leaves_all_as_it_was(synced, provider):
    provider.templates.clear()
    provider.faults.append(Fault(reply=error(4, "Too many calls", 400), path="message_templates"))

    with pytest.raises(TryLater):
        sync_templates(actor=SYSTEM, account=synced, at=clock.now())

    assert WhatsAppTemplate.objects.count() == 6


def test_who_may_not_set_up_inboxes_may_not_fetch(connected, provider):
    with pytest.raises(PermissionDenied):
        sync_templates(actor=NOBODY, account=connected, at=clock.now())

    assert provider.asked == []


def test_strange_templates_do_no_harm(connected, provider):
    provider.templates[:] = [
        {"name": "a", "language": "id"},
        {"name": "b", "language": "id", "components": [{"type": "BODY", "text": "{{x}} {{2}} {{ 1 }}", "example": 7}]},
        {"name": "c", "language": "id", "components": ["BODY", {"type": "CAROUSEL"}], "status": "APPROVED"},
        {"name": "", "language": "id"},
        {"language": "id"},
        7,
    ]

    assert sync_templates(actor=SYSTEM, account=connected, at=clock.now()) == 3

    assert variable_keys(template("b", "id")) == ["body.x", "body.2", "body.1"]
    assert template("c", "id").obstacle == "parts"


def test_within_24_hours_a_free_answer_goes(conversation):
    assert answer(conversation, after=timedelta(hours=22, minutes=59)).delivery.state == "queued"


@pytest.mark.parametrize("after", [timedelta(hours=23, minutes=1), timedelta(days=30)])
def test_after_24_hours_it_does_not_and_the_words_say_what_does(conversation, after):
    with pytest.raises(NotPossible) as refused:
        answer(conversation, after=after)

    assert "Send an approved template" in str(refused.value.words)
    assert MessageDelivery.objects.count() == 0


def test_the_customers_next_message_opens_it_again(conversation, provider):
    provider.post(provider.hook(text("Hello?")))
    read()

    answer(conversation, after=timedelta(hours=23))


def test_what_they_wrote_by_mail_does_not_open_it(conversation):
    other = make_conversation(make_inbox("mail"), customer=conversation.customer, at=clock.now() + timedelta(hours=23))
    assert other.customer_id == conversation.customer_id

    with pytest.raises(NotPossible):
        answer(conversation, after=timedelta(hours=24))


def test_an_approved_template_goes_after_24_hours(conversation, synced, provider):
    provider.last_said.clear()
    message = send(conversation, "order_shipped", {"body.1": "Dana", "body.2": "R-1042"})
    sending.send_due(at=clock.now() + timedelta(days=3))

    assert message.text == "Hi Dana, your order R-1042 is on its way.\n\nToko Laut"
    assert message.detail["template"]["name"] == "order_shipped"
    message.delivery.refresh_from_db()
    assert (message.delivery.state, message.delivery.error) == ("sent", "")
    assert provider.taken[0]["template"] == {
        "name": "order_shipped",
        "language": {"code": "en_US"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Dana"}, {"type": "text", "text": "R-1042"}]}
        ],
    }


def test_named_variables_headers_and_buttons_are_filled_in(conversation, synced, provider):
    values = {"header.topic": "your  order\n", "body.first_name": "Dana", "button.1": "R-1042"}
    message = send(conversation, "back_to_you", values)
    sending.send_due(at=clock.now() + timedelta(days=3))

    assert message.text.startswith("About your order\n\nHello Dana,")
    assert provider.taken[0]["template"]["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "your order", "parameter_name": "topic"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Dana", "parameter_name": "first_name"}]},
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "R-1042"}]},
    ]


def test_a_preview_leaves_what_is_not_filled_in_yet(synced):
    assert filled_in(template("order_shipped", "id"), {"body.2": "R-7"}) == (
        "Halo Kak {{1}}, pesanan R-7 sedang dalam perjalanan."
    )


def test_values_that_are_missing_send_nothing(conversation, synced):
    with pytest.raises(MissingValues) as missing:
        send(conversation, "order_shipped", {"body.1": " ", "body.3": "x"})

    assert missing.value.keys == ["body.1", "body.2"]
    assert MessageDelivery.objects.count() == 0


@pytest.mark.parametrize("name", ["not_yet", "with_a_picture"])
def test_what_whatsapp_or_we_cannot_send_is_not_sent(conversation, synced, name):
    with pytest.raises(TemplateNotUsable):
        send(conversation, name, {})

    assert MessageDelivery.objects.count() == 0


def test_marketing_does_not_go_to_who_said_stop_but_an_answer_does(conversation, synced, provider):
    send(conversation, "autumn_sale", {})
    provider.post(provider.hook(text("STOP")))
    read()
    assert ContactPoint.objects.get().opted_out_at is not None
    before = MessageDelivery.objects.count()

    with pytest.raises(NotPossible):
        send(conversation, "autumn_sale", {})

    assert MessageDelivery.objects.count() == before
    send(conversation, "order_shipped", {"body.1": "Dana", "body.2": "R-1042"})


def test_a_template_of_another_inbox_is_not_sent(conversation, synced):
    WhatsAppTemplate.objects.update(inbox=make_inbox("wa-2", channel="whatsapp", address="+628222000000"))

    with pytest.raises(NotPossible):
        send(conversation, "autumn_sale", {})


def test_a_second_try_sends_it_once_and_a_changed_thread_not_at_all(conversation, synced):
    first = send(conversation, "autumn_sale", {}, client_id="c1")
    assert send(conversation, "autumn_sale", {}, client_id="c1") == first

    said = Message.objects.filter(author="customer").get()
    with pytest.raises(ThreadChanged):
        send(conversation, "autumn_sale", {}, seen=said.pk)
    assert MessageDelivery.objects.count() == 1


def test_who_may_not_answer_may_not_send_one(conversation, synced):
    with pytest.raises(PermissionDenied):
        send(conversation, "autumn_sale", {}, actor=NOBODY)


def test_news_of_a_templates_status_are_followed(synced, provider):
    news = {
        "event": "PAUSED",
        "message_template_id": 594425479261596,
        "message_template_name": "order_shipped",
        "message_template_language": "en_US",
    }
    provider.post(payloads.hook(news, business_id="1", field="message_template_status_update"))
    read()

    assert errors() == []
    assert (template("order_shipped").status, template("order_shipped", "id").status) == ("PAUSED", "APPROVED")


def test_the_account_is_tried_part_by_part(connected, provider):
    checks = {str(check.part): check.reason for check in kind_of("whatsapp").check(connected)}
    assert checks == {"Phone number": "", "Templates": "", "Webhook": "", "App secret": "", "Verify token": ""}

    connected.credentials = {"access_token": "old"}
    checks = {str(check.part): check.reason for check in kind_of("whatsapp").check(connected)}
    assert all(checks.values())
    assert "(190)" in checks["Phone number"]
    assert ChannelAccount.objects.get().state == "new"
