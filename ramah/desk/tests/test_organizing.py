"""What agents decide: by plain forms and by htmx, one conversation or many, with a way back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from ramah.conversations.models import Conversation
from ramah.conversations.testing import make_message
from ramah.kernel import clock

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(cast):
    return cast.conversation(subject="Where is it?")


def decide(cast, conversation, name, *, agent=None, headers=None, **fields):
    url = reverse(f"desk_{name}", args=[conversation.public_id])
    return cast.browser(agent or cast.ben).post(url, fields, headers=headers)


def lines(conversation):
    return list(conversation.messages.filter(kind="activity").order_by("id").values_list("activity", flat=True))


def test_taking_on_leaves_a_line(cast, conversation):
    answer = decide(cast, conversation, "take")

    conversation.refresh_from_db()
    assert answer.status_code == 302
    assert conversation.assignee == cast.ben
    page = cast.browser(cast.ben).get(reverse("desk_conversation", args=[conversation.public_id]))
    assert "Ben took it on" in page.content.decode()


@pytest.mark.parametrize("agent", ["ada", ""])
def test_assigning_to_a_colleague_or_nobody(cast, conversation, agent):
    decide(cast, conversation, "take")
    chosen = getattr(cast, agent) if agent else None
    url = reverse("desk_assign", args=[conversation.public_id])

    cast.browser(cast.ben).post(url, {"agent": chosen.public_id if chosen else ""})

    conversation.refresh_from_db()
    assert conversation.assignee == chosen


def test_a_colleague_who_may_not_read_it_cannot_get_it(cast, conversation):
    url = reverse("desk_assign", args=[conversation.public_id])
    answer = cast.browser(cast.ben).post(url, {"agent": cast.cleo.public_id})

    conversation.refresh_from_db()
    assert answer.status_code == 422
    assert conversation.assignee is None


def test_handing_over_to_another_team_goes_back_to_the_list(cast, conversation):
    Conversation.objects.filter(pk=conversation.pk).update(inbox=cast.other_inbox, team=cast.care)

    answer = decide(cast, conversation, "team", team=cast.returns.public_id)

    conversation.refresh_from_db()
    assert conversation.team == cast.returns
    assert answer["Location"] == reverse("desk")


@pytest.mark.parametrize("status", ["resolved", "pending", "spam", "open"])
def test_setting_the_status(cast, conversation, status):
    decide(cast, conversation, "status", status=status)

    conversation.refresh_from_db()
    assert conversation.status == status


def test_an_unknown_status_changes_nothing(cast, conversation):
    decide(cast, conversation, "status", status="deleted")

    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert lines(conversation) == []


def test_resolving_can_be_undone(cast, conversation):
    answer = decide(cast, conversation, "status", status="resolved", after=0, headers=HTMX)

    text = answer.content.decode()
    assert 'id="head"' in text
    assert 'hx-swap-oob="beforeend:#toasts"' in text
    assert '<button type="submit" name="status" value="open">Undo' in text
    decide(cast, conversation, "status", status="open")
    conversation.refresh_from_db()
    assert conversation.status == "open"


def test_htmx_gets_only_lines_it_does_not_have(cast, conversation):
    last = conversation.messages.get().pk

    text = decide(cast, conversation, "take", after=last, headers=HTMX).content.decode()

    assert "Ben took it on" in text
    assert "It should have been here" not in text


@pytest.mark.parametrize(
    ("length", "until"),
    [
        ("hour", datetime(2026, 11, 20, 10, 0, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 11, 21, 2, 0, tzinfo=UTC)),
        ("monday", datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
    ],
)
def test_snoozing_for_usual_lengths_on_the_viewers_clock(cast, conversation, time_machine, length, until):
    time_machine.move_to(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), tick=False)  # a Friday
    browser = cast.browser(cast.ben)
    browser.cookies["ramah_tz"] = "Asia/Jakarta"

    browser.post(reverse("desk_snooze", args=[conversation.public_id]), {"length": length})

    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == ("snoozed", until)


def test_snoozing_until_a_time_of_ones_own(cast, conversation):
    browser = cast.browser(cast.ben)
    browser.cookies["ramah_tz"] = "Asia/Jakarta"
    day = (clock.now() + timedelta(days=3)).date()

    browser.post(reverse("desk_snooze", args=[conversation.public_id]), {"length": "own", "until": f"{day}T08:30"})

    conversation.refresh_from_db()
    assert conversation.snoozed_until == datetime(day.year, day.month, day.day, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("until", ["", "2020-01-01T09:00", "soon"])
def test_snoozing_needs_a_time_to_come(cast, conversation, until):
    answer = decide(cast, conversation, "snooze", length="own", until=until)

    conversation.refresh_from_db()
    assert answer.status_code == 422
    assert conversation.status == "open"


def test_priority_and_tags(cast, conversation):
    decide(cast, conversation, "priority", priority=4)
    decide(cast, conversation, "tags", tags="Delivery, JNE ,, delivery")

    conversation.refresh_from_db()
    assert conversation.priority == 4
    assert sorted(tag.name for tag in conversation.tags.all()) == ["delivery", "jne"]


@pytest.mark.parametrize(("name", "fields"), [("priority", {"priority": "9"}), ("tags", {"tags": "x" * 41})])
def test_what_cannot_be_set_says_so(cast, conversation, name, fields):
    answer = decide(cast, conversation, name, headers=HTMX, **fields)

    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#actions-body"
    assert lines(conversation) == []


def test_merging_moves_everything_and_goes_there(cast, conversation):
    other = cast.conversation(subject="Again", text="Hello?")

    answer = decide(cast, conversation, "merge", into=other.public_id)

    assert answer["Location"] == reverse("desk_conversation", args=[other.public_id])
    assert other.messages.filter(kind="message").count() == 2
    page = cast.browser(cast.ben).get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()
    assert f"Merged into {other.reference}" in page
    assert "reply-text" not in page


def test_conversations_of_two_customers_cannot_become_one(cast, conversation):
    other = cast.conversation(customer=cast.eli)

    decide(cast, conversation, "merge", into=other.public_id)

    assert conversation.messages.count() == 1
    assert other.messages.count() == 1


def test_a_contractor_may_not_merge(cast):
    one = cast.conversation(inbox=cast.other_inbox)
    other = cast.conversation(inbox=cast.other_inbox)

    assert decide(cast, one, "merge", agent=cast.chris, into=other.public_id).status_code == 403
    assert other.messages.count() == 1


def test_splitting_messages_off(cast, conversation):
    second = make_message(conversation, "By the way, an invoice?")
    browser, url = cast.browser(cast.ben), reverse("desk_split", args=[conversation.public_id])
    assert "By the way" in browser.get(url).content.decode()

    answer = browser.post(url, {"messages": [second.public_id], "subject": "Invoice"})

    fresh = Conversation.objects.get(subject="Invoice")
    assert answer["Location"] == reverse("desk_conversation", args=[fresh.public_id])
    assert fresh.messages.get(kind="message").text == "By the way, an invoice?"


def test_a_split_leaves_one_message_behind(cast, conversation):
    only = conversation.messages.get()
    url = reverse("desk_split", args=[conversation.public_id])
    for ticked in ([], [only.public_id], ["nonsense"]):
        assert cast.browser(cast.ben).post(url, {"messages": ticked}).status_code == 422
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({"do": "take"}, lambda c, cast: c.assignee == cast.ben),
        ({"do": "resolve"}, lambda c, cast: c.status == "resolved"),
        ({"do": "snooze", "length": "tomorrow"}, lambda c, cast: c.status == "snoozed"),
        ({"do": "tag", "tag": "Strike"}, lambda c, cast: [t.name for t in c.tags.all()] == ["strike"]),
    ],
)
def test_many_at_once(cast, fields, check):
    chosen = [cast.conversation() for _ in range(3)]
    other = cast.conversation()

    answer = cast.browser(cast.ben).post(reverse("desk_bulk"), {"c": [c.public_id for c in chosen], **fields})

    assert answer.status_code == 302
    for conversation in chosen:
        conversation.refresh_from_db()
        assert check(conversation, cast)
    other.refresh_from_db()
    assert not check(other, cast)


def test_many_has_an_end(cast, conversation):
    browser = cast.browser(cast.ben)
    browser.post(reverse("desk_bulk"), {"do": "resolve", "c": [conversation.public_id, *map(str, range(50))]})
    browser.post(reverse("desk_bulk"), {"do": "resolve"})
    browser.post(reverse("desk_bulk"), {"do": "delete", "c": [conversation.public_id]})

    conversation.refresh_from_db()
    assert conversation.status == "open"


def test_looking_makes_it_read(cast, conversation):
    browser = cast.browser(cast.ben)
    browser.get(reverse("desk_conversation", args=[conversation.public_id]))
    conversation.refresh_from_db()
    assert conversation.is_unread  # a page that is fetched is not yet a page that is looked at

    assert browser.post(reverse("desk_seen", args=[conversation.public_id])).status_code == 204

    conversation.refresh_from_db()
    assert not conversation.is_unread


def test_a_page_catches_up(cast, conversation):
    first = conversation.messages.get()
    reply = make_message(conversation, "On its way.", agent=cast.ben)
    url = reverse("desk_lines", args=[conversation.public_id])

    text = cast.browser(cast.ben).get(url, {"after": first.pk, "watch": reply.public_id}, headers=HTMX).content.decode()

    assert "On its way." in text
    assert "It should have been here" not in text
    assert f'id="delivery-{reply.public_id}"' in text
    assert 'id="head" hx-swap-oob="true"' in text


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 30])
def test_a_page_that_asks_nonsense_gets_no_lines(cast, conversation, after):
    url = reverse("desk_lines", args=[conversation.public_id])

    answer = cast.browser(cast.ben).get(url, {"after": after}, headers=HTMX)

    assert answer.status_code == 200
    assert "beforeend:#lines" not in answer.content.decode()


def test_earlier_lines_come_on_request(cast, conversation):
    for number in range(60):
        make_message(conversation, f"line {number}.")
    browser, url = cast.browser(cast.ben), reverse("desk_conversation", args=[conversation.public_id])
    page = browser.get(url).content.decode()
    assert "line 59." in page
    assert "line 5." not in page
    before = conversation.messages.order_by("-id")[49].pk

    part = browser.get(url, {"before": before}, headers=HTMX).content.decode()
    whole = browser.get(url, {"before": before}).content.decode()

    for text in (part, whole):
        assert "line 5." in text
        assert "line 59." not in text
    assert "Go to the newest message" in whole


def test_a_list_goes_on(cast):
    for number in range(30):
        cast.conversation(subject=f"Question {number}.", at=clock.now() - timedelta(minutes=number))
    browser = cast.browser(cast.ben)
    page = browser.get(reverse("desk_view", args=["open"]), {"sort": "newest"})
    cursor = page.context["next_cursor"]
    assert page.content.decode().count("conv-row") == 25

    rest = browser.get(reverse("desk_view", args=["open"]), {"sort": "newest", "cursor": cursor}, headers=HTMX)
    wrong = browser.get(reverse("desk_view", args=["open"]), {"sort": "oldest", "cursor": cursor}, headers=HTMX)

    assert rest.content.decode().count("conv-row") == 5
    assert wrong.status_code == 400


def test_a_list_can_be_narrowed(cast):
    one = cast.conversation(subject="Tagged")
    cast.conversation(subject="Plain")
    browser = cast.browser(cast.ben)
    browser.post(reverse("desk_tags", args=[one.public_id]), {"tags": "strike"})

    by_tag = browser.get(reverse("desk_view", args=["open"]), {"tag": "strike"}).content.decode()
    by_inbox = browser.get(reverse("desk_view", args=["open"]), {"inbox": "returns"}).content.decode()

    assert "Tagged" in by_tag
    assert "Plain" not in by_tag
    assert "Tagged" not in by_inbox


@pytest.mark.parametrize("words", ["R-{pk}", "r-{pk}", "#{pk}", "{pk}"])
def test_a_case_number_opens_its_conversation(cast, conversation, words):
    answer = cast.browser(cast.ben).get(reverse("desk_search"), {"q": words.format(pk=conversation.pk)})

    assert answer["Location"] == reverse("desk_conversation", args=[conversation.public_id])


@pytest.mark.parametrize("words", ["dana@mail.example", "DANA@mail.example", "Dan", "dana"])
def test_a_customer_is_found_by_address_and_name(cast, conversation, words):
    assert "Where is it?" in cast.browser(cast.ben).get(reverse("desk_search"), {"q": words}).content.decode()


@pytest.mark.parametrize("words", ["R-999999", "nobody@mail.example", "Zz", "%", "_", "x" * 300, "R-" + "9" * 40])
def test_what_is_not_there_is_not_found(cast, conversation, words):
    answer = cast.browser(cast.ben).get(reverse("desk_search"), {"q": words})

    assert answer.status_code == 200
    assert "Where is it?" not in answer.content.decode()
