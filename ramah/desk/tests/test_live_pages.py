"""The pages on which agents take customers who wait: presence, offers, the queue, the thread of a chat."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ramah.conversations.commands.marking import delete_message, edit_message, react
from ramah.conversations.commands.outlets import NotPossible, Outlet, outlet_of, register_outlet
from ramah.conversations.models import Conversation, ExternalId, Message
from ramah.conversations.testing import make_message
from ramah.customers.models import ContactPoint
from ramah.desk.commands import queueing
from ramah.desk.models import Presence, Waiting
from ramah.desk.queries import LiveSight, register_live_source
from ramah.desk.queries import live as live_sources
from ramah.desk.tests.conftest import enter
from ramah.kernel import clock

HTMX = {"HX-Request": "true"}


def address(name, conversation):
    return reverse(name, args=[conversation.public_id])


def offered(chats, *agents, **fields):
    """A chat that is offered to the first of these agents."""
    chats.present(*agents)
    conversation = chats.waiting(**fields)
    queueing.offer_waiting(at=clock.now())
    return conversation


@pytest.fixture
def sight(monkeypatch):
    """What the channel says of whoever is at the other end."""
    told = {}
    monkeypatch.setattr(live_sources, "_sources", {})
    register_live_source("chat", told.get)
    return told


@pytest.mark.parametrize("chosen", ["online", "away", "offline"])
def test_presence_is_chosen_by_a_plain_form(cast, chats, chosen):
    browser = cast.browser(cast.ben)

    answer = browser.post(reverse("desk_presence"), {"chosen": chosen, "next": "/desk/mine/"})

    assert (answer.status_code, answer.url) == (302, "/desk/mine/")
    assert Presence.objects.get(agent=cast.ben).chosen == chosen
    assert (
        f'data-presence="{chosen}"></span><span class="presence-word">' in browser.get("/desk/live/").content.decode()
    )


@pytest.mark.parametrize("given", [{}, {"chosen": ""}, {"chosen": "asleep"}, {"chosen": "online'--"}])
def test_presence_is_one_of_three_words(cast, given):
    assert cast.browser(cast.ben).post(reverse("desk_presence"), given, headers=HTMX).status_code == 422
    assert not Presence.objects.exists()


def test_nobody_is_sent_elsewhere_by_the_form(cast):
    answer = cast.browser(cast.ben).post(reverse("desk_presence"), {"chosen": "away", "next": "https://evil.example/"})
    assert answer.url == reverse("desk_waiting")


def test_a_page_without_a_socket_says_that_it_is_open(cast, chats):
    chats.present(cast.ben)
    Presence.objects.update(heard_at=clock.now() - timedelta(hours=1))
    browser = cast.browser(cast.ben)

    assert 'data-presence="offline"></span><span class="presence-word">' in browser.get("/desk/live/").content.decode()
    assert 'data-presence="online"></span><span class="presence-word">' in browser.post("/desk/live/").content.decode()


def test_an_offer_is_shown_to_whom_it_is_made_and_to_nobody_else(cast, chats):
    offered(chats, cast.ben, text="<b>Where</b> is it?")

    bens = cast.browser(cast.ben).get("/desk/live/").content.decode()
    adas = cast.browser(cast.ada).get("/desk/live/").content.decode()

    assert "Dana waits for an answer" in bens
    assert "&lt;b&gt;Where&lt;/b&gt; is it?" in bens
    assert re.search(r'data-left="(29|30)" data-of="30"', bens)
    assert "Dana" not in adas


def test_taking_opens_the_conversation(cast, chats):
    conversation = offered(chats, cast.ben)
    browser, url = cast.browser(cast.ben), address("desk_take_offer", conversation)

    here = browser.post(url, headers={**HTMX, "HX-Current-URL": "http://testserver/desk/mine/"})
    elsewhere = browser.post(url, headers={**HTMX, "HX-Current-URL": "http://testserver/desk/settings/"})
    plain = browser.post(url)

    page = address("desk_conversation", conversation)
    assert (here.status_code, page in here.headers["HX-Location"], "#main" in here.headers["HX-Location"]) == (
        200, True, True,
    )  # fmt: skip
    assert elsewhere.headers["HX-Redirect"] == page
    assert (plain.status_code, plain.url) == (302, page)
    conversation.refresh_from_db()
    assert conversation.assignee == cast.ben


@pytest.mark.parametrize("name", ["desk_take_offer", "desk_take"])
def test_who_comes_second_is_told_who_was_faster(cast, chats, name):
    conversation = offered(chats, cast.ben)
    adas = cast.browser(cast.ada)
    page = adas.get(address("desk_conversation", conversation))
    assert page.status_code == 200
    cast.browser(cast.ben).post(address("desk_take_offer", conversation))

    answer = adas.post(address("desk_take_offer", conversation), headers=HTMX)
    plain = adas.post(address("desk_take_offer", conversation), follow=True)

    assert "Ben was faster and has it." in answer.headers["HX-Trigger"]
    assert "Ben was faster and has it." in plain.content.decode()
    conversation.refresh_from_db()
    assert conversation.assignee == cast.ben


@pytest.mark.parametrize("name", ["desk_take_offer", "desk_pass_offer", "desk_visitor"])
def test_one_who_may_not_see_it_finds_nothing(cast, chats, name):
    conversation = offered(chats, cast.ben)
    browser = cast.browser(cast.cleo)

    answer = (browser.get if name == "desk_visitor" else browser.post)(address(name, conversation))

    assert answer.status_code == 404
    assert Waiting.objects.get().state == "offered"
    assert "Dana" not in browser.get(reverse("desk_waiting")).content.decode()


def test_passing_it_on(cast, chats):
    conversation = offered(chats, cast.ben)

    answer = cast.browser(cast.ben).post(address("desk_pass_offer", conversation), headers=HTMX)

    assert "Dana" not in answer.content.decode()
    assert (Waiting.objects.get().state, Waiting.objects.get().passed_by) == ("waiting", [cast.ben.pk])


def test_the_queue_says_who_waits_since_when_and_who_is_asked(cast, chats):
    offered(chats, cast.ben)
    chats.present(cast.ben, most_chats=0)
    chats.waiting("Eli", text="І я чекаю")
    browser = cast.browser(cast.ada)

    page = browser.get(reverse("desk_waiting")).content.decode()
    nav = browser.get(reverse("desk_nav")).content.decode()

    assert page.index("Dana") < page.index("Offered to Ben") < page.index("Eli")
    assert page.count("Take</button>") == 2
    assert re.search(r'Waiting</span><span class="pill" data-tone="accent">2<', nav)


def test_own_chats_show_what_is_unread(cast, chats):
    chats.chat("Dana", assignee=cast.ben, is_unread=True)
    chats.chat("Eli", assignee=cast.ben, is_unread=False)
    cast.conversation(assignee=cast.ben, subject="A mail")

    page = cast.browser(cast.ben).get("/desk/live/").content.decode()

    assert (page.count("data-chat="), page.count("data-unread")) == (2, 1)


class TestThread:
    """The page of a chat."""

    def page(self, cast, conversation, who=None, **more):
        browser = cast.browser(who or cast.ben)
        return browser.get(address("desk_conversation", conversation), more).content.decode()

    def test_it_says_who_is_there_and_on_which_page(self, cast, chats, sight):
        conversation = chats.waiting()
        sight[conversation.pk] = LiveSight(True, "https://shop.example/p/1", "Sarong <i>blue</i>", clock.now())

        page = self.page(cast, conversation)

        assert "Here now" in page
        assert '<a href="https://shop.example/p/1" target="_blank" rel="nofollow noopener noreferrer">' in page
        assert "Sarong &lt;i&gt;blue&lt;/i&gt;" in page
        assert "Waits for an agent since" in page

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x", "<script>"]
    )
    def test_a_page_that_is_no_web_address_is_no_link(self, cast, chats, sight, url):
        conversation = chats.chat()
        sight[conversation.pk] = LiveSight(True, url, "", clock.now())

        page = self.page(cast, conversation)

        assert f'href="{url}' not in page
        assert "<script>alert" not in page

    @pytest.mark.parametrize(
        ("email", "who", "words"),
        [
            ("dana@mail.example", "ben", "Unread answers are mailed to dana@mail.example."),
            ("dana@mail.example", "chris", "Unread answers are mailed to d•••@mail.example."),
            ("", "ben", "Answers are read when they come back."),
        ],
    )
    def test_it_says_what_becomes_of_an_answer_to_one_who_has_left(self, cast, chats, sight, email, who, words):
        agent = getattr(cast, who)
        conversation = chats.chat(assignee=agent)
        sight[conversation.pk] = LiveSight(False, "https://shop.example/", "Shop", clock.now(), email=email)

        page = self.page(cast, conversation, agent)

        assert words in page
        assert "https://shop.example/" not in page

    def test_the_box_says_the_way_and_its_limit(self, cast, chats):
        page = self.page(cast, chats.chat())
        mail = self.page(cast, cast.conversation())

        assert "Send in the chat" in page
        assert 'data-longest="8000"' in page
        assert 'name="cc"' not in page
        assert "data-enter-sends" in page
        assert "Send by e-mail" in mail
        assert "E-mail to dana@mail.example" in mail
        assert 'name="cc"' in mail
        assert "data-enter-sends" not in mail

    def test_addresses_are_masked_for_who_may_not_see_them(self, cast):
        conversation = cast.conversation(assignee=cast.chris, inbox=cast.other_inbox)
        assert "E-mail to d•••@mail.example" in self.page(cast, conversation, cast.chris)

    def test_why_no_answer_can_go_now_is_said_before_and_after(self, cast, chats, monkeypatch):
        def closed(conversation, at):
            raise NotPossible("The 24 hours are over.")

        known = outlet_of("chat")
        register_outlet(Outlet("chat", ContactPoint.Kind.VISITOR, is_read_here=True, check=closed))
        try:
            conversation = chats.chat()
            assert "The 24 hours are over." in self.page(cast, conversation)
            answer = cast.browser(cast.ben).post(
                address("desk_reply", conversation), {"kind": "reply", "text": "Hi"}, headers=HTMX
            )
        finally:
            register_outlet(known)

        assert answer.status_code == 422
        assert "The 24 hours are over." in answer.content.decode()
        assert not Message.objects.filter(text="Hi").exists()

    def test_what_is_too_long_comes_back(self, cast, chats):
        conversation = chats.chat()

        answer = cast.browser(cast.ben).post(
            address("desk_reply", conversation), {"kind": "reply", "text": "x" * 8001}, headers=HTMX
        )

        assert answer.status_code == 422
        assert "at most 8000 characters" in answer.content.decode()
        assert "x" * 8001 in answer.content.decode()

    def test_a_stale_page_sends_nothing_and_shows_what_is_new(self, cast, chats):
        conversation = chats.chat()
        seen = conversation.messages.get().pk
        make_message(conversation, "Never mind, it is here!")

        answer = cast.browser(cast.ben).post(
            address("desk_reply", conversation),
            {"kind": "reply", "text": "It is lost.", "seen": seen, "after": seen},
            headers=HTMX,
        )

        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Something was said meanwhile." in page
        assert "Never mind, it is here!" in page
        assert "It is lost." in page
        assert not Message.objects.filter(text="It is lost.").exists()

    def test_after_a_gap_the_page_gets_everything_it_missed(self, cast, chats):
        conversation = chats.chat()
        first = conversation.messages.get()
        ExternalId.objects.create(message=first, value="one")
        for number in range(3):
            make_message(conversation, f"Line {number}")
        edit_message("one", text="Hello, please?", by=first.contact_point_id, at=clock.now())

        page = cast.browser(cast.ben).get(
            address("desk_lines", conversation), {"after": first.pk, "again": "1"}, headers=HTMX
        ).content.decode()  # fmt: skip

        assert [f"Line {number}" in page for number in range(3)] == [True] * 3
        assert re.search(rf'id="m{first.pk}"[^>]*hx-swap-oob="true"', page)
        assert "Hello, please?" in page

    def test_a_new_line_is_fetched_without_the_head_where_the_page_wants_no_more(self, cast, chats):
        conversation = chats.chat()
        first = conversation.messages.get()
        make_message(conversation, "And one more")
        browser, url = cast.browser(cast.ben), address("desk_lines", conversation)

        with CaptureQueriesContext(connection) as whole:
            page = browser.get(url, {"after": first.pk}, headers=HTMX).content.decode()
        with CaptureQueriesContext(connection) as lean:
            lines = browser.get(url, {"after": first.pk, "only": "lines"}, headers=HTMX).content.decode()

        assert 'id="head"' in page
        assert 'id="head"' not in lines
        assert "And one more" in lines
        assert 'id="last"' in lines
        assert len(lean) <= len(whole) - 3

    def test_what_was_edited_taken_back_or_reacted_to_is_marked(self, cast, chats):
        conversation = chats.chat(text="First words")
        first = conversation.messages.get()
        by = first.contact_point_id
        second = make_message(conversation, "Taken words")
        third = make_message(conversation, "An answer", agent=cast.ben)
        make_message(conversation, "To that: yes", answers=third)
        for key, message in (("one", first), ("two", second), ("three", third)):
            ExternalId.objects.create(message=message, value=key)
        edit_message("one", text="Better <i>words</i>", by=by, at=clock.now())
        delete_message("two", by=by, at=clock.now())
        react("three", emoji="<b>👍", by=by, at=clock.now())

        page = self.page(cast, conversation)
        one = cast.browser(cast.ben).get(address("desk_lines", conversation), {"line": second.pk}, headers=HTMX)

        assert "Better &lt;i&gt;words&lt;/i&gt;" in page
        assert '<p class="text">First words</p>' in page
        assert re.search(rf'id="m{second.pk}"[^>]* data-taken-back', page)
        assert "Taken words" in page
        assert "&lt;b&gt;👍" in page
        assert f'<a class="answers" href="#m{third.pk}"><b>Ben</b> An answer</a>' in page
        assert one.content.decode().count('hx-swap-oob="true" data-taken-back') == 1
        assert "Better" not in one.content.decode()

    def test_looking_at_it_is_told_to_the_visitor_up_to_what_was_seen(self, cast, chats, monkeypatch):
        told = []
        monkeypatch.setattr("ramah.desk.commands.seeing.nudge", lambda topic, payload: told.append((topic, payload)))
        conversation, mail = chats.chat(), cast.conversation()
        first = conversation.messages.get().pk
        newest = make_message(conversation, "And?").pk
        browser = cast.browser(cast.ben)

        for upto in (str(first), str(newest + 99), "", "²", "9" * 40):
            assert browser.post(address("desk_seen", conversation), {"upto": upto}).status_code == 204
        browser.post(address("desk_seen", mail))

        assert {topic for topic, _payload in told} == {f"chat:{conversation.pk}"}
        assert [payload["upto"] for _topic, payload in told] == [first, newest, newest, newest, newest]
        assert not Conversation.objects.get(pk=conversation.pk).is_unread

    def test_handing_over_by_the_form_makes_an_offer(self, cast, chats):
        chats.present(cast.ben, cast.ada)
        conversation = chats.waiting()
        browser = cast.browser(cast.ben)
        browser.post(address("desk_take", conversation))
        assert Waiting.objects.get().state == "taken"

        browser.post(address("desk_assign", conversation), {"agent": cast.ada.public_id})

        wait = Waiting.objects.get()
        assert (wait.state, wait.agent) == ("offered", cast.ada)
        assert "Dana waits for an answer" in cast.browser(cast.ada).get("/desk/live/").content.decode()


def test_a_team_that_was_given_a_conversation_may_take_it_on(cast):
    conversation = cast.conversation(team=cast.returns)

    cast.browser(cast.cleo).post(address("desk_take", conversation))

    conversation.refresh_from_db()
    assert conversation.assignee == cast.cleo


def test_a_mail_that_waits_for_nobody_is_taken_as_ever(cast):
    conversation = cast.conversation()
    enter(conversation, at=clock.now())

    cast.browser(cast.ben).post(address("desk_take", conversation))

    assert Waiting.objects.get().state == "taken"
