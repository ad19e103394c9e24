"""Approved templates in the browser: in the settings of the inbox, and at the desk when a free answer may not go."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.channels.commands import process_waiting
from ramah.channels.models import WhatsAppTemplate
from ramah.channels.simulators.server import Fault
from ramah.channels.simulators.whatsapp import error
from ramah.channels.whatsapp.templates import sync_templates
from ramah.channels.whatsapp.tests.conftest import text
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_conversation, make_inbox, make_message
from ramah.customers.models import ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
VALUES = {"body.1": "Dana", "body.2": "R-1042"}


@pytest.fixture
def care(inbox):
    care = make_team("Care")
    inbox.teams.add(care)
    return care


@pytest.fixture
def ben(care):
    return client_of(make_agent(name="Ben", teams=[care]))


@pytest.fixture
def ada(db):
    return client_of(make_agent(name="Ada", role="owner"))


@pytest.fixture
def synced(connected):
    sync_templates(actor=SYSTEM, account=connected, at=clock.now())
    return connected


@pytest.fixture
def conversation(connected, provider):
    """Dana wrote 25 hours ago."""
    provider.post(provider.hook(text("Where is my order?", ago=25 * 3600)))
    process_waiting(at=clock.now())
    return Conversation.objects.get()


def template(name="order_shipped", language="en_US"):
    return WhatsAppTemplate.objects.get(name=name, language=language)


def at_desk(conversation):
    return reverse("desk_conversation", args=[conversation.public_id])


def choices(conversation):
    return reverse("channels-templates", args=[conversation.public_id])


def of(conversation, name="order_shipped", language="en_US"):
    url = reverse("channels-template", args=[conversation.public_id])
    return f"{url}?template={template(name, language).pk}"


def settings_of(inbox):
    return reverse("channels-inbox-templates", args=[inbox.public_id])


def page(response, status=200):
    assert response.status_code == status
    return response.content.decode()


# In the settings


def test_an_inbox_without_templates_says_how_to_get_some(ada, connected):
    shown = page(ada.get(settings_of(connected.inbox)))

    assert "No template yet" in shown
    assert "Fetch templates" in shown


def test_fetching_shows_each_with_state_language_and_obstacle(ada, connected):
    url = settings_of(connected.inbox)

    answer = ada.post(f"{url}fetch/")

    assert (answer.status_code, answer["Location"]) == (302, url)
    shown = page(ada.get(url))
    assert "6 templates were fetched." in shown
    for words in (
        "order_shipped",
        "English (en_US)",
        "Indonesian (id)",
        "Approved",
        "In review",
        "cannot be added here",
    ):
        assert words in shown


def test_what_whatsapp_refuses_is_said(ada, connected, provider):
    provider.faults.append(Fault(reply=error(190, "Token has expired", 401), path="message_templates"))

    shown = page(ada.post(f"{settings_of(connected.inbox)}fetch/", follow=True))

    assert "(190)" in shown
    assert WhatsAppTemplate.objects.count() == 0


def test_many_are_shown_page_by_page(ada, connected):
    WhatsAppTemplate.objects.bulk_create(
        WhatsAppTemplate(inbox=connected.inbox, name=f"t{n:03}", language="id", body="Halo", synced_at=clock.now())
        for n in range(30)
    )
    url = settings_of(connected.inbox)

    first = page(ada.get(url))
    rest = page(ada.get(re.search(r'hx-get="([^"]+cursor=[^"]+)"', first)[1], headers=HTMX))

    assert [name in first for name in ("t000", "t024", "t025")] == [True, True, False]
    assert [name in rest for name in ("t024", "t025", "t029", "<html")] == [False, True, True, False]
    assert page(ada.get(f"{url}?cursor=forged"), 400)


def test_agents_set_nothing_up_and_other_channels_have_no_templates(ada, ben, connected):
    mail = make_inbox("mail")
    for browser, inbox, statuses in ((ben, connected.inbox, (403, 403)), (ada, mail, (302, 404))):
        asked = browser.get(settings_of(inbox)), browser.post(f"{settings_of(inbox)}fetch/")
        assert tuple(answer.status_code for answer in asked) == statuses
    assert WhatsAppTemplate.objects.count() == 0


# At the desk


def test_the_desk_says_why_and_leads_to_the_templates(ben, conversation, synced):
    shown = page(ben.get(at_desk(conversation)))

    assert "for 24 hours after the customer’s last message" in shown
    assert f'href="{choices(conversation)}"' in shown


def test_conversations_of_other_channels_lead_to_none(ben, care):
    mail = make_conversation(make_inbox("mail", teams=[care]))

    assert "templates/" not in page(ben.get(at_desk(mail)))
    assert ben.get(choices(mail))["Location"] == at_desk(mail)
    assert ben.get(reverse("channels-template", args=[mail.public_id]))["Location"] == choices(mail)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_only_those_that_can_go_are_offered_the_customers_language_first(ben, conversation, synced, headers):
    for language, first, then in (("id", "id", "en_US"), ("uk", "en_US", "id")):
        Conversation.objects.update(language=language)
        shown = page(ben.get(choices(conversation), headers=headers))

        assert ("<html" in shown, "ended on" in shown) == (not headers, True)
        assert not [name for name in ("with_a_picture", "not_yet") if name in shown]
        places = [shown.index(f'href="{of(conversation, language=one)}"') for one in (first, then)]
        assert places == sorted(places)


def test_they_are_searched_by_name_and_text(ben, conversation, synced):
    found = page(ben.get(choices(conversation), {"q": "SHIPPED"}, headers=HTMX))
    nothing = page(ben.get(choices(conversation), {"q": "<b>"}, headers=HTMX))

    assert ("order_shipped" in found, "back_to_you" in found) == (True, False)
    assert "No template has these words" in nothing
    assert "<b>&" not in nothing
    assert 'value="&lt;b&gt;"' in nothing


def test_without_templates_who_may_is_led_to_where_they_are_fetched(ada, ben, conversation):
    led, told = (page(browser.get(choices(conversation))) for browser in (ada, ben))

    assert "No approved template" in led
    assert "No approved template" in told
    assert settings_of(conversation.inbox) in led
    assert settings_of(conversation.inbox) not in told


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_preview_is_filled_in(ben, conversation, synced, headers):
    blank = page(ben.get(of(conversation), headers=headers))
    shown = page(ben.post(of(conversation), {"preview": "1", "body.1": "<i>Dana", "body.2": ""}, headers=headers))

    assert "Hi {{1}}, your order {{2}} is on its way." in blank
    assert "For example: R-1042" in blank
    assert "Hi &lt;i&gt;Dana, your order {{2}} is on its way." in shown
    assert ("<form" in shown) == (not headers)
    assert MessageDelivery.objects.count() == 0


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_it_is_sent_and_stands_in_the_thread(ben, conversation, synced, headers):
    answer = ben.post(of(conversation), {**VALUES, "client_id": "c1"}, headers=headers)
    ben.post(of(conversation), {**VALUES, "client_id": "c1"}, headers=headers)

    told = (answer.status_code, answer["HX-Redirect" if headers else "Location"])
    assert told == (200 if headers else 302, at_desk(conversation))
    message = Message.objects.get(author="agent")
    assert message.text == "Hi Dana, your order R-1042 is on its way.\n\nToko Laut"
    assert message.delivery.headers["template"]["values"] == VALUES
    assert "Approved template order_shipped (en_US)" in page(ben.get(at_desk(conversation)))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_empty_is_named_and_the_rest_kept(ben, conversation, synced, headers):
    shown = page(ben.post(of(conversation), {"body.1": "Dana", "body.2": " "}, headers=headers), 422)

    assert "Fill in what is empty." in shown
    assert 'name="body.1" value="Dana"' in shown
    assert shown.count('aria-invalid="true"') == 1
    assert MessageDelivery.objects.count() == 0


def test_buttons_and_named_variables_are_asked_for(ben, conversation, synced):
    shown = page(ben.get(of(conversation, "back_to_you")))

    for words in ("Heading: {{topic}}", "Text: {{first_name}}", "End of the link behind “See the order”", "Tell me"):
        assert words in shown


def test_marketing_is_kept_from_who_said_stop(ben, conversation, synced):
    ContactPoint.objects.update(opted_out_at=clock.now())

    assert "wants no marketing" in page(ben.post(of(conversation, "autumn_sale"), {}), 422)
    assert MessageDelivery.objects.count() == 0


def test_what_was_said_meanwhile_is_read_first(ben, conversation, synced):
    seen = conversation.messages.get().pk
    newest = make_message(conversation, "Never mind", at=clock.now() - timedelta(hours=25))

    shown = page(ben.post(of(conversation), {**VALUES, "seen": str(seen)}), 422)

    assert "Something was said meanwhile" in shown
    assert f'name="seen" value="{newest.pk}"' in shown
    assert ben.post(of(conversation), {**VALUES, "seen": str(newest.pk)}).status_code == 302


@pytest.mark.parametrize("key", [0, 10**17, 10**30, "x", "²"])
def test_what_is_no_template_of_this_inbox_is_not_found(ben, conversation, synced, key):
    other = make_inbox("wa-2", channel="whatsapp", address="+628222000000")
    foreign, pending = of(conversation), of(conversation, "not_yet")
    WhatsAppTemplate.objects.filter(name="order_shipped", language="en_US").update(inbox=other)

    for url in (foreign, pending, f"{foreign.partition('?')[0]}?template={key}"):
        assert ben.get(url).status_code == 404
        assert ben.post(url, VALUES).status_code == 404
    assert MessageDelivery.objects.count() == 0


def test_only_who_may_open_the_conversation_and_answer_it_gets_there(conversation, synced):
    chris = client_of(make_agent(name="Chris", role="contractor", teams=[make_team("Returns")]))

    for url in (choices(conversation), of(conversation)):
        assert chris.get(url).status_code == 404
    assert chris.post(of(conversation), VALUES).status_code == 404
    assert MessageDelivery.objects.count() == 0


def test_a_merged_conversation_is_answered_elsewhere(ben, conversation, synced):
    Conversation.objects.filter(pk=conversation.pk).update(merged_into=make_conversation(conversation.inbox))

    assert ben.get(choices(conversation))["Location"] == at_desk(conversation)
    assert ben.post(of(conversation), VALUES)["Location"] == choices(conversation)
    assert MessageDelivery.objects.count() == 0
