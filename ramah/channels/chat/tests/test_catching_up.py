"""What a page was not told at once, it is told soon: nudges that got lost, a database that was away, a hello that failed."""

import pytest
from django.db import OperationalError

from ramah.accounts.models import Team
from ramah.accounts.testing import actor_of_agent, make_agent, make_team
from ramah.channels.chat import answering, consumers, wire
from ramah.channels.chat.testing import Page, make_chat_inbox
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Conversation
from ramah.kernel import clock, nudges

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(server):
    make_chat_inbox("web", teams=[make_team("Care")])
    page = Page(server, "web").arrive()
    assert page.say("Is anybody there?")["type"] == "ack"
    yield page
    page.close()


def answer(text):
    ben = make_agent(name="Ben", teams=[Team.objects.get()])
    return post_reply(actor=actor_of_agent(ben), conversation=Conversation.objects.get(), text=text, at=clock.now())


def test_a_lost_nudge_is_made_good_by_the_next_heartbeat(page, monkeypatch):
    monkeypatch.setattr(nudges._post, "send", lambda topic, payload: None)
    answer("Yes.")
    assert not any(frame["type"] == "lines" and frame["lines"] for frame in page.quiet())

    page.send(type="ping")

    assert page.until_line("Yes.")["from"] == "agent"


def test_lines_that_could_not_be_read_are_read_again(page, monkeypatch):
    monkeypatch.setattr(wire, "AGAIN_SECONDS", 0.05)
    failed, read = [], consumers.thread_after

    def away_once(*args, **kwargs):
        if not failed:
            failed.append(1)
            raise OperationalError("the database is away")
        return read(*args, **kwargs)

    monkeypatch.setattr(consumers, "thread_after", away_once)
    answer("Yes.")

    assert page.until_line("Yes.")["from"] == "agent"
    assert failed


def test_a_hello_that_fails_ends_the_line_so_that_the_page_comes_back(page, server, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(answering, "meet", away)
        other = Page(server, "web", token=page.token).open()
        assert other.until_closed() == 1013

    assert Page(server, "web", token=page.token).arrive().until_line("Is anybody there?")


def test_a_page_that_does_too_much_at_once_still_hears_what_others_say(page, monkeypatch):
    with monkeypatch.context() as busy:
        busy.setattr(wire, "MOST_BESIDE", -1)
        assert page.say("One more")["why"] == "too_fast"

    answer("Yes.")

    assert page.until_line("Yes.")["from"] == "agent"
