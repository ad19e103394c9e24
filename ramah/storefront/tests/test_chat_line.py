"""The shop's pages carry the line of live chat where there is an active chat inbox."""

import pytest

from ramah.channels.queries import chat_inbox_key, forget_inboxes
from ramah.conversations.testing import make_inbox

pytestmark = pytest.mark.django_db


def test_without_a_chat_inbox_there_is_no_line(client):
    make_inbox("support")
    make_inbox("closed", channel="chat", address="chat:closed", is_active=False)
    assert "/chat/widget.js" not in client.get("/").content.decode()


def test_the_oldest_active_chat_inbox_is_on_every_page_in_the_language_of_the_page(client):
    make_inbox("closed", channel="chat", address="chat:closed", is_active=False)
    make_inbox("shop", channel="chat", address="chat:shop")
    make_inbox("other", channel="chat", address="chat:other")
    for path in ("/", "/contact/", "/cart/"):
        page = client.get(path, headers={"accept-language": "uk"}).content.decode()
        assert '<script src="/chat/widget.js" data-inbox="shop" data-language="uk" async></script>' in page


def test_it_costs_no_query_once_it_is_known(django_assert_num_queries, django_capture_on_commit_callbacks):
    assert chat_inbox_key() == ""
    inbox = make_inbox("shop", channel="chat", address="chat:shop")
    with django_assert_num_queries(0):
        assert chat_inbox_key() == ""
    with django_capture_on_commit_callbacks(execute=True):
        forget_inboxes()
    assert chat_inbox_key() == inbox.key
    with django_assert_num_queries(0):
        assert chat_inbox_key() == inbox.key
