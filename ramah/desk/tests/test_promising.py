"""What is promised when a customer writes, how it is told, and how it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, client_of, make_agent, make_team
from ramah.conversations.commands.organizing import set_status
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import NEVER, Conversation, Inbox, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers import commands as customers
from ramah.desk import policies
from ramah.desk.commands.acknowledging import MOST_IN_A_WHILE
from ramah.desk.commands.setting_policies import give_first_policy
from ramah.desk.models import SLAPolicy
from ramah.desk.sla import Targets, Wanted, promises_after_customer_spoke
from ramah.kernel import clock, outbox
from ramah.kernel.actors import SYSTEM
from ramah.promises.commands import save_calendar, tick
from ramah.promises.models import Promise

FRIDAY = datetime(2026, 3, 6, 9, 50, tzinfo=UTC)  # 16:50 in Jakarta
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
TARGETS = Targets(first_reply=60, next_reply=30, resolution=480, warn_percent=80)


@pytest.mark.parametrize(
    ("opened", "running", "kinds"),
    [
        (True, [], ["first_reply", "resolution"]),
        (False, ["first_reply", "resolution"], []),
        (False, ["resolution"], ["next_reply"]),
        (False, ["next_reply", "resolution"], []),
        (False, [], ["next_reply", "resolution"]),
    ],
)
def test_what_is_promised_follows_from_what_runs(opened, running, kinds):
    wanted = promises_after_customer_spoke(TARGETS, opened=opened, running=running)

    assert [promise.kind for promise in wanted] == kinds


def test_a_target_that_is_not_set_promises_nothing():
    targets = Targets(first_reply=None, next_reply=30, resolution=480, warn_percent=70)

    assert promises_after_customer_spoke(targets, opened=True, running=[]) == [Wanted("resolution", 480, 70)]


@pytest.fixture
def team(db):
    return make_team("Jakarta care")


@pytest.fixture
def inbox(team):
    policies.forget_policies()
    calendar = save_calendar(
        actor=SYSTEM,
        name="Jakarta",
        time_zone="Asia/Jakarta",
        hours={day: [["08:00", "17:00"]] for day in WEEKDAYS},
        at=FRIDAY,
    )
    inbox = make_inbox("support", name="Toko Laut", teams=[team])
    SLAPolicy.objects.create(
        name="Support",
        inbox=inbox,
        calendar=calendar,
        first_reply_minutes=60,
        next_reply_minutes=30,
        resolution_minutes=480,
        created_at=FRIDAY,
    )
    yield inbox
    policies.forget_policies()


def receive(inbox, number=1, *, at=FRIDAY, **changes):
    name = changes.pop("name", "Dewi")
    language = changes.get("language", "en")
    sender = customers.meet_customer(kind="email", value="dewi@mail.example", name=name, language=language, at=at)
    inbound = InboundMessage(
        **{
            "inbox": inbox,
            "sender": sender,
            "external_id": f"<{number}@mail.example>",
            "digest": f"d{number}",
            "subject": "Parcel",
            "text": "Where is it?",
            "references": ("<1@mail.example>",) if number > 1 else (),
            "is_reply": number > 1,
            "language": language,
            **changes,
        }
    )
    with clock.standing_at(at):
        received = receive_message(inbound, at=at)
        outbox.drain()
    received.conversation.refresh_from_db()
    return received.conversation


def promises(conversation, **filters):
    rows = Promise.objects.filter(subject=f"conversation:{conversation.pk}", **filters).order_by("id")
    return {promise.kind: promise for promise in rows}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Hello Dewi,", "R-{id}", "by Monday 08:50 WIB"]),
        ("id", ["Halo", "Dewi", "R-{id}", "Senin", "08.50 WIB"]),
        ("uk", ["Dewi", "R-{id}", "понеділка 08:50 WIB"]),
        ("ms", ["Senin"]),
        ("ja", ["Monday"]),
    ],
)
def test_the_acknowledgement_names_the_case_and_the_promised_time_in_the_customers_language(inbox, language, words):
    conversation = receive(inbox, language=language)

    said = Message.objects.get(conversation=conversation, author="system", kind="message")
    for word in words:
        assert word.format(id=conversation.pk) in said.text
    assert promises(conversation)["first_reply"].due_at == datetime(2026, 3, 9, 1, 50, tzinfo=UTC)
    assert conversation.due_at == datetime(2026, 3, 9, 1, 50, tzinfo=UTC)
    assert conversation.acknowledged_at == FRIDAY
    assert MessageDelivery.objects.get().headers["Auto-Submitted"] == "auto-replied"


EVENING, MORNING = FRIDAY + timedelta(hours=4), FRIDAY - timedelta(hours=1)
CLOSED = {"en": "We are closed until Monday.\n", "id": "Kami tutup sampai Senin."}


@pytest.mark.parametrize(
    ("language", "at", "said"),
    [
        (
            "en",
            EVENING,
            "has the number R-{id}.\nWe are closed until Monday.\nYou will have an answer by Monday 09:00 WIB.",
        ),
        ("ms", EVENING, "Kami tutup sampai Senin.\nAnda akan menerima jawaban"),
        ("uk", EVENING, "R-{id}.\nВи отримаєте відповідь до понеділка 09:00 WIB."),
        ("en", MORNING, "has the number R-{id}.\nYou will have an answer by Friday 16:50 WIB."),
    ],
)
def test_outside_opening_hours_the_inbox_says_so_in_the_customers_language(inbox, language, at, said):
    Inbox.objects.update(offline_texts=CLOSED)

    conversation = receive(inbox, language=language, at=at)

    text = Message.objects.get(conversation=conversation, author="system", kind="message").text
    assert said.format(id=conversation.pk) in text


def test_the_opening_hours_are_those_of_the_inbox_and_without_a_promise_its_text_stands_alone(inbox):
    weekend = save_calendar(
        actor=SYSTEM, name="Weekend", time_zone="Asia/Jakarta", hours={"sat": [["09:00", "12:00"]]}, at=FRIDAY
    )
    Inbox.objects.update(offline_texts=CLOSED, calendar=weekend)
    SLAPolicy.objects.update(first_reply_minutes=None, calendar=None)

    conversation = receive(inbox)

    text = Message.objects.get(conversation=conversation, author="system", kind="message").text
    assert text.split("\n\n")[1].endswith(f"R-{conversation.pk}.\nWe are closed until Monday.")


def test_it_is_acknowledged_once_per_conversation(inbox):
    receive(inbox)

    receive(inbox, 2, at=FRIDAY + timedelta(minutes=5))

    assert MessageDelivery.objects.count() == 1


def test_mail_of_machines_and_spam_is_neither_promised_nor_acknowledged(inbox):
    receive(inbox, is_personal=False)
    receive(inbox, 7, is_spam=True, references=(), is_reply=False)

    assert (Promise.objects.count(), MessageDelivery.objects.count()) == (0, 0)


def test_an_inbox_without_policy_gets_no_promise_but_the_message(db):
    policies.forget_policies()
    conversation = receive(make_inbox("bare"))

    assert (Promise.objects.count(), conversation.messages.count()) == (0, 1)
    assert conversation.due_at == NEVER


def test_an_answer_keeps_the_reply_promise_and_the_next_question_makes_one(inbox, team):
    ben = actor_of_agent(make_agent(name="Ben", teams=[team]))
    conversation = receive(inbox)
    answered_at = FRIDAY + timedelta(minutes=5)

    with clock.standing_at(answered_at + timedelta(seconds=20)):
        post_reply(actor=ben, conversation=conversation, text="Tomorrow", at=answered_at)
        outbox.drain()

    kept = promises(conversation)["first_reply"]
    assert (kept.state, kept.fulfilled_at) == ("kept", answered_at)
    conversation = receive(inbox, 2, at=FRIDAY + timedelta(minutes=7))
    following = promises(conversation, state="open")
    assert set(following) == {"next_reply", "resolution"}
    assert conversation.due_at == following["next_reply"].due_at == datetime(2026, 3, 9, 1, 27, tzinfo=UTC)


def test_the_promises_follow_the_status(inbox, team):
    ben = actor_of_agent(make_agent(name="Ben", teams=[team]))
    conversation = receive(inbox)

    def become(status, at):
        with clock.standing_at(at):
            set_status(actor=ben, conversation=conversation, status=status, at=at)
            outbox.drain()

    become("pending", FRIDAY + timedelta(minutes=1))
    assert promises(conversation)["resolution"].paused_at is not None
    become("open", FRIDAY + timedelta(minutes=3))
    assert promises(conversation)["resolution"].paused_at is None
    become("resolved", FRIDAY + timedelta(minutes=4))
    ended = promises(conversation)
    assert (ended["resolution"].state, ended["first_reply"].state) == ("kept", "withdrawn")
    conversation.refresh_from_db()
    assert conversation.due_at == NEVER


def test_spam_withdraws_what_was_promised(inbox, team):
    ben = actor_of_agent(make_agent(name="Ben", teams=[team]))
    conversation = receive(inbox)

    with clock.standing_at(FRIDAY):
        set_status(actor=ben, conversation=conversation, status=Conversation.Status.SPAM, at=FRIDAY)
        outbox.drain()

    assert {promise.state for promise in promises(conversation).values()} == {"withdrawn"}


def test_a_broken_reply_is_still_owed_until_it_is_given(inbox, team):
    ben = actor_of_agent(make_agent(name="Ben", teams=[team]))
    conversation = receive(inbox)
    late = datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
    tick(at=late)

    conversation = receive(inbox, 2, at=late)
    assert set(promises(conversation)) == {"first_reply", "resolution"}
    assert conversation.due_at == promises(conversation)["first_reply"].due_at

    with clock.standing_at(late):
        post_reply(actor=ben, conversation=conversation, text="Sorry", at=late)
        outbox.drain()
    conversation.refresh_from_db()
    broken = promises(conversation)["first_reply"]
    assert (broken.state, broken.fulfilled_at) == ("broken", late)
    assert conversation.due_at == promises(conversation)["resolution"].due_at


def test_a_customer_is_told_of_so_many_conversations_an_hour_and_no_more(inbox):
    """A machine that hides what it is would otherwise be answered for ever."""
    for number in range(MOST_IN_A_WHILE + 2):
        receive(inbox, 100 + number, references=(), is_reply=False, subject=f"Away {number}")

    assert MessageDelivery.objects.count() == MOST_IN_A_WHILE
    assert Promise.objects.filter(kind="first_reply").count() == MOST_IN_A_WHILE + 2

    receive(inbox, 200, at=FRIDAY + timedelta(hours=1, minutes=1), references=(), is_reply=False, subject="Parcel")
    assert MessageDelivery.objects.count() == MOST_IN_A_WHILE + 1


def test_a_policy_for_every_inbox_goes_by_the_calendar_of_the_inbox(inbox):
    calendar = SLAPolicy.objects.get().calendar
    SLAPolicy.objects.all().delete()
    policies.forget_policies()
    assert give_first_policy(at=FRIDAY).inbox is None
    assert give_first_policy(at=FRIDAY) is None
    inbox.calendar = calendar
    inbox.save()

    conversation = receive(inbox)

    # Four business hours from Friday 16:50 in Jakarta: ten minutes on Friday, the rest from Monday 08:00 on.
    assert promises(conversation)["first_reply"].due_at == datetime(2026, 3, 9, 4, 50, tzinfo=UTC)


def test_what_is_about_to_break_stands_in_a_list_of_its_own(inbox, team):
    ben = make_agent(name="Ben", teams=[team])
    conversation = receive(inbox)
    other = receive(
        inbox, 9, references=(), is_reply=False, subject="Later", at=datetime(2026, 3, 9, 1, 45, tzinfo=UTC)
    )
    warned, broken = datetime(2026, 3, 9, 1, 46, tzinfo=UTC), datetime(2026, 3, 9, 1, 51, tzinfo=UTC)

    def at_risk(at):
        tick(at=at)
        with clock.standing_at(at):
            page = client_of(ben).get("/desk/risk/").content.decode()
        return conversation.public_id in page, other.public_id in page

    assert at_risk(FRIDAY) == (False, False)
    assert at_risk(warned) == (True, False)
    assert at_risk(broken) == (False, False)
