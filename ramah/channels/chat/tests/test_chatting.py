"""A visitor's page and an agent, over a real socket: what is said arrives, once, in order, and is kept."""

import time

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent, make_team
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.testing import Page, make_chat_inbox
from ramah.channels.models import IntakeItem
from ramah.channels.queries import intake_sum
from ramah.conversations.commands.replying import add_note, post_reply
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.kernel import clock
from ramah.kernel.nudges import nudge
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def reply(conversation, text, agent):
    return post_reply(actor=actor_of_agent(agent), conversation=conversation, text=text, at=clock.now())


def test_a_visitor_writes_and_is_answered(server):
    team = make_team()
    inbox, ben = make_chat_inbox("web", teams=[team]), make_agent(name="Ben Bakri", teams=[team])
    page = Page(server, "web", language="id", page={"url": "https://shop.example/p/1", "title": "Shirt"}).arrive()

    acked = page.say("Halo <b>semua</b>", "client-00001")

    assert acked["line"]["from"] == "me"
    assert (acked["line"]["text"], acked["line"]["client_id"]) == ("Halo <b>semua</b>", "client-00001")
    conversation = Conversation.objects.get()
    message = Message.objects.get(author="customer")
    assert message.pk == acked["line"]["id"]
    assert message.detail["page"] == {"url": "https://shop.example/p/1", "title": "Shirt"}
    assert (conversation.inbox, conversation.language) == (inbox, "id")
    assert message.contact_point.kind == "visitor"
    assert message.contact_point.proof == "anonymous"
    item = IntakeItem.objects.get()
    assert (item.state, item.message, item.conversation) == ("accepted", message, conversation)
    assert b"Halo" in bytes(item.raw)
    assert intake_sum().closes

    add_note(actor=actor_of_agent(ben), conversation=conversation, text="A secret", at=clock.now())
    answered = reply(conversation, "Hello!", ben)
    line = page.until_line("Hello!")
    assert (line["id"], line["from"], line["name"]) == (answered.pk, "agent", "Ben")
    assert MessageDelivery.objects.get(message=answered).state == "sent"
    assert not any("secret" in line["text"] for line in page.lines.values())
    page.close()


def test_the_same_words_again_are_the_same_line(server):
    make_chat_inbox("web")
    page = Page(server, "web").arrive()

    first = page.say("Once", "client-00001")
    again = page.say("Once", "client-00001")
    other = page.say("Other words", "client-00001")

    assert again["line"] == first["line"]
    assert other["line"]["id"] != first["line"]["id"]
    assert list(Message.objects.filter(author="customer").values_list("text", flat=True)) == ["Once", "Other words"]
    assert sorted(IntakeItem.objects.values_list("state", flat=True)) == ["accepted", "accepted", "duplicate"]
    assert intake_sum().closes
    assert Conversation.objects.count() == 1
    page.close()


def test_whoever_comes_back_gets_what_they_missed(server):
    team = make_team()
    make_chat_inbox("web", teams=[team])
    ben = make_agent(teams=[team])
    page = Page(server, "web").arrive()
    page.say("First")
    conversation = Conversation.objects.get()
    page.close()
    for number in range(3):
        reply(conversation, f"Answer {number}", ben)

    page.arrive()

    texts = [line["text"] for key, line in sorted(page.lines.items())]
    assert texts == ["First", "Answer 0", "Answer 1", "Answer 2"]
    late = Page(server, "web", token=page.token).arrive()
    assert [line["text"] for line in late.frames[0]["lines"]] == texts
    reply(conversation, "To both", ben)
    assert page.until_line("To both") == late.until_line("To both")
    for one in (page, late):
        one.close()


def test_more_than_a_page_of_lines_comes_in_parts(server):
    team = make_team()
    make_chat_inbox("web", teams=[team])
    ben = make_agent(teams=[team])
    page = Page(server, "web").arrive()
    page.say("First")
    page.close()
    conversation = Conversation.objects.get()
    for number in range(203):
        Message.objects.create(
            conversation=conversation,
            kind="message",
            author="agent",
            agent=ben,
            text=f"n{number}",
            created_at=clock.now(),
        )

    page.lines.clear()
    page.newest = 0
    page.arrive()
    assert page.frames[-1]["more"]
    assert len(page.lines) == 200
    page.send(type="hello", token=page.token, after=page.newest)
    page.until_line("n202")
    assert [line["text"] for _key, line in sorted(page.lines.items())] == ["First", *(f"n{n}" for n in range(203))]
    page.close()


def test_own_lines_and_answers_cross_without_loss_or_double(server, settings):
    settings.CHAT_LIMITS = {"say": [(1000, 1)]}
    team = make_team()
    make_chat_inbox("web", teams=[team])
    ben = make_agent(teams=[team])
    page, other = Page(server, "web").arrive(), None
    page.say("First")
    conversation = Conversation.objects.get()
    other = Page(server, "web", token=page.token).arrive()
    for number in range(15):
        page.send(type="say", id=f"crossing-{number:03}", text=f"mine {number}")
        if number % 3 == 0:
            reply(conversation, f"yours {number}", ben)

    for one in (page, other):
        one.until_line("mine 14")
        one.until_line("yours 12")
    time.sleep(0.3)
    for one in (page, other):
        one.quiet()
        expected = Message.objects.filter(kind="message").order_by("pk").values_list("pk", "text")
        assert [(key, line["text"]) for key, line in sorted(one.lines.items())] == list(expected)
    mine = [line["text"] for _key, line in sorted(page.lines.items()) if line["text"].startswith("mine")]
    assert mine == [f"mine {number}" for number in range(15)]
    for one in (page, other):
        one.close()


def test_a_second_page_of_the_same_visitor_learns_of_the_first_word(server):
    make_chat_inbox("web")
    page = Page(server, "web").arrive()
    other = Page(server, "web", token=page.token).arrive()

    page.say("Here")

    assert other.until_line("Here")["from"] == "me"
    for one in (page, other):
        one.close()


def test_read_marks_and_typing_go_both_ways(server):
    team = make_team()
    make_chat_inbox("web", teams=[team])
    ben = make_agent(teams=[team])
    page = Page(server, "web").arrive()
    page.say("Hello")
    conversation = Conversation.objects.get()
    answered = reply(conversation, "Yes?", ben)
    page.until_line("Yes?")

    page.send(type="read", upto=answered.pk)

    until(lambda: MessageDelivery.objects.get(message=answered).state == "read")
    assert ChatVisitor.objects.get().read_id == answered.pk

    nudge(f"chat:{conversation.pk}", {"kind": "typing", "by": "agent", "name": "Ben Bakri"})
    assert page.until("typing")["name"] == "Ben"
    nudge(f"chat:{conversation.pk}", {"kind": "read", "by": "agent", "upto": 7})
    assert page.until("read")["upto"] == 7
    page.close()


def test_presence_of_the_visitor_is_noted(server):
    make_chat_inbox("web")
    page = Page(server, "web").arrive()
    visitor = ChatVisitor.objects.get()
    assert visitor.is_connected
    assert visitor.address == "127.0.0.1"
    assert page.token not in str(vars(visitor))
    page.close()
    until(lambda: not ChatVisitor.objects.get().is_connected)
