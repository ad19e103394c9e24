"""Answers to choose from: given with a reply where the channel shows them, and refused in plain words where they do not fit."""

import pytest
from django.urls import reverse

from ramah.accounts.testing import actor_of_agent
from ramah.conversations.commands.outlets import NotPossible, Outlet, register_outlet
from ramah.conversations.commands.replying import BadAnswers, EmptyMessage, post_reply
from ramah.conversations.models import Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint
from ramah.kernel import clock

HTMX = {"HX-Request": "true"}
FIELD = 'name="answers"'


@pytest.fixture
def conversation(cast):
    """Dana writes by a channel that shows answers."""
    register_outlet(Outlet("pigeon", ContactPoint.Kind.EMAIL, has_answers=True))
    return cast.conversation(inbox=make_inbox("loft", channel="pigeon", teams=[cast.care]))


def address(conversation):
    return reverse("desk_conversation", args=[conversation.public_id])


def reply(cast, conversation, answers, headers=None, **fields):
    told = {"kind": "reply", "text": "When may it come?", "answers": answers, **fields}
    return cast.browser(cast.ben).post(f"{address(conversation)}reply/", told, headers=headers)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_they_go_with_the_reply_and_stand_in_the_thread(cast, conversation, headers):
    answer = reply(cast, conversation, [" On  Monday ", "", "Never"], headers)

    assert answer.status_code == (200 if headers else 302)
    delivery = MessageDelivery.objects.get()
    assert delivery.headers["answers"] == delivery.message.detail["answers"] == ["On Monday", "Never"]
    page = cast.browser(cast.ben).get(address(conversation)).content.decode()
    assert '<li class="text">On Monday</li><li class="text">Never</li>' in page


def test_there_are_three_fields_where_the_channel_shows_them_and_none_where_it_does_not(cast, conversation):
    browser = cast.browser(cast.ben)

    assert browser.get(address(conversation)).content.decode().count(FIELD) == 3
    assert FIELD not in browser.get(address(cast.conversation())).content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("answers", [["1", "2", "3", "4"], ["Yes", "yes"], ["x" * 21]])
def test_what_does_not_fit_comes_back_with_the_reason(cast, conversation, answers, headers):
    answer = reply(cast, conversation, answers, headers)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "At most three answers can be chosen from" in page
    assert f'{FIELD} value="{answers[0]}"' in page
    assert page.count(FIELD) == 3
    assert "When may it come?" in page
    assert MessageDelivery.objects.count() == 0


def test_a_channel_without_them_says_so(cast):
    conversation = cast.conversation()

    page = reply(cast, conversation, ["Yes"])

    assert (page.status_code, MessageDelivery.objects.count()) == (422, 0)
    assert "This channel shows no answers to choose from." in page.content.decode()


def test_a_note_has_none(cast, conversation):
    reply(cast, conversation, ["Yes"], kind="note", text="Ask about Monday")

    assert Message.objects.get(kind="note").detail == {}


def test_an_ordinary_reply_stays_as_it_was(cast, conversation):
    reply(cast, conversation, ["", " "])

    delivery = MessageDelivery.objects.get()
    assert (delivery.message.detail, "answers" in delivery.headers) == ({}, False)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"text": " ", "answers": ["Yes"]}, EmptyMessage),
        ({"text": "?", "answers": ["Yes", "Yes"]}, BadAnswers),
        ({"text": "?", "answers": ["y" * 21]}, BadAnswers),
    ],
)
def test_the_command_refuses_the_same(cast, conversation, fields, error):
    with pytest.raises(error):
        post_reply(actor=actor_of_agent(cast.ben), conversation=conversation, at=clock.now(), **fields)

    assert MessageDelivery.objects.count() == 0


def test_the_command_refuses_them_where_the_channel_has_none(cast):
    with pytest.raises(NotPossible):
        post_reply(
            actor=actor_of_agent(cast.ben), conversation=cast.conversation(), text="?", answers=["Yes"], at=clock.now()
        )

    assert MessageDelivery.objects.count() == 0
