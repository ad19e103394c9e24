"""Pages cost what they may cost, however much there is: at most eight queries, each of them counted here."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from ramah.conversations.testing import make_attachment, make_conversation, make_message
from ramah.customers.testing import make_customer
from ramah.desk.commands import queueing
from ramah.kernel import clock
from ramah.promises.models import Promise

MOST_QUERIES = 8


@pytest.fixture
def busy(cast):
    """A full page of conversations, the newest with ten messages, files, tags and promises."""
    at = clock.now()
    for number in range(30):
        customer = make_customer(f"Customer {number}", email=f"c{number}@mail.example")
        conversation = make_conversation(
            cast.inbox,
            customer=customer,
            assignee=cast.ben,
            at=at - timedelta(minutes=number),
            due_at=at + timedelta(hours=number),
        )
        Promise.objects.create(
            kind="first_reply",
            customer=customer,
            subject=f"conversation:{conversation.pk}",
            minutes=60,
            started_at=at,
            due_at=at + timedelta(hours=number),
            warn_at=at + timedelta(minutes=40),
            created_at=at,
        )
        if number == 0:
            cast.newest = conversation
    for number in range(10):
        agent = cast.ben if number % 2 else None
        message = make_message(cast.newest, "Some words about the parcel. " * 10, agent=agent, full_text="More. " * 80)
        make_attachment(message, "note.txt", b"text", "text/plain")
    return cast


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_a_list_takes_eight_queries(busy, who, django_assert_num_queries):
    browser = busy.browser(getattr(busy, who))
    browser.get(reverse("desk_view", args=["open"]))  # presence is noted once in a while, not now
    cache.clear()  # the figures are counted anew

    with django_assert_num_queries(MOST_QUERIES):
        browser.get(reverse("desk_view", args=["open"]))


@pytest.mark.parametrize(("who", "queries"), [("ada", 8), ("ben", 8)])
def test_a_conversation_takes_eight_queries(busy, who, queries, django_assert_num_queries):
    browser = busy.browser(getattr(busy, who))
    browser.get(reverse("desk"))

    with django_assert_num_queries(queries):
        browser.get(reverse("desk_conversation", args=[busy.newest.public_id]))


def test_a_chat_takes_three_queries_more(cast, chats, django_assert_num_queries):
    """Its wait, where it stands there; who is at the other end; and what messages answer."""
    conversation = chats.waiting()
    first = conversation.messages.get()
    for number in range(20):
        make_message(conversation, f"Line {number}", agent=cast.ben if number % 2 else None, answers=first)
    browser = cast.browser(cast.ben)
    browser.get(reverse("desk"))

    with django_assert_num_queries(MOST_QUERIES + 3):
        browser.get(reverse("desk_conversation", args=[conversation.public_id]))


def test_what_every_page_fetches_takes_six_queries(cast, chats, django_assert_num_queries):
    chats.present(cast.ben, most_chats=9)
    for number in range(5):
        chats.chat(f"C{number}", assignee=cast.ben)
        chats.waiting(f"D{number}")
    queueing.offer_waiting(at=chats.at)
    browser = cast.browser(cast.ben)
    browser.get(reverse("desk"))

    with django_assert_num_queries(6):
        browser.get(reverse("desk_live"))
