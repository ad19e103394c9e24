"""What a caller hears and is asked, step by step: a table of turns, without provider and database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ramah.channels.phone import flow
from ramah.channels.phone import turns as t
from ramah.channels.phone.flow import Heard, MenuLine, Setup, Situation, next_turn
from ramah.channels.phone.numbers import number_of, said_number
from ramah.channels.phone.questions import proven
from ramah.channels.phone.slots import callback_slots
from ramah.channels.phone.states import state_of
from ramah.promises.queries import Schedule, due

WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
JAKARTA = Schedule.from_json({"timezone": "Asia/Jakarta", "hours": WEEK, "holidays": ["2026-03-19"]})
NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # Monday 12:00 WIB
NIGHT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # Monday 22:00 WIB
DANA = "+6281234567890"
MENU = (MenuLine("1", "id", "orders"), MenuLine("2", "en"))
SHOP = Setup(shop="Toko Laut", number="+622130001000", language="id", schedule=JAKARTA)


def turn(step, setup=SHOP, now=None, **heard):
    return next_turn(Heard(step, "CA1", **{"caller": DANA, **heard}), setup, now or Situation(NOON))


def said(turn):
    return [line.text for line in turn.lines if isinstance(line, t.Say)]


def test_without_a_menu_the_caller_waits_at_once():
    assert turn("incoming").then == t.Enqueue("CA1", t.Step("wait", {"l": "id", "r": "0"}), t.Step("left", {"l": "id"}))


def test_each_line_of_the_menu_is_said_in_its_own_language():
    heard = turn("incoming", Setup(**{**_fields(SHOP), "menu": MENU}))

    assert [line.language for line in heard.lines] == ["id", "id", "en"]
    assert isinstance(heard.then, t.Ask)
    assert heard.then.then == t.Step("menu", {"n": "1"})


@pytest.mark.parametrize(
    ("digits", "tries", "then"),
    [
        ("1", "1", t.Step("left", {"l": "id", "k": "1"})),
        ("2", "1", t.Step("left", {"l": "en", "k": "2"})),
        ("9", "2", t.Step("left", {"l": "id"})),
        ("", "2", t.Step("left", {"l": "id"})),
    ],
)
def test_the_menu_leads_into_the_queue_with_language_and_key(digits, tries, then):
    setup = Setup(**{**_fields(SHOP), "menu": MENU})

    assert turn("menu", setup, digits=digits, state={"n": tries}).then.left == then


def test_a_wrong_key_hears_the_menu_once_more():
    then = turn("menu", Setup(**{**_fields(SHOP), "menu": MENU}), digits="7", state={"n": "1"}).then

    assert then.then == t.Step("menu", {"n": "2"})


def test_that_it_is_recorded_is_said_before_anybody_listens():
    setup = Setup(**{**_fields(SHOP), "is_recorded": True, "consent_texts": {"id": "Direkam."}})

    assert said(turn("incoming", setup))[-1] == "Direkam."
    assert turn("agent", setup, Situation(NOON, standing=flow.MINE, queue="CA1")).then.recording is not None


@pytest.mark.parametrize(("when_closed", "kind"), [("callback", t.Ask), ("voicemail", t.Record)])
def test_out_of_hours_there_is_what_the_shop_chose(when_closed, kind):
    opens = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    heard = turn("incoming", Setup(**{**_fields(SHOP), "when_closed": when_closed}), Situation(NIGHT, False, opens))

    assert isinstance(heard.then, kind)
    assert "08.00 WIB" in said(heard)[1]


def test_a_calendar_that_is_never_open_takes_a_message():
    never = Setup(**{**_fields(SHOP), "schedule": Schedule.from_json({"timezone": "Asia/Jakarta"})})

    assert isinstance(turn("incoming", never, Situation(NIGHT, False, None)).then, t.Record)


@pytest.mark.parametrize(
    ("now", "digits", "step", "then"),
    [
        (Situation(NOON, place=3), "", "wait", t.Ask),
        (Situation(NOON), "", "wait", t.Ask),
        (Situation(NOON, gave_up=True), "", "wait", t.Leave),
        (Situation(NOON), "1", "wait-key", t.Leave),
        (Situation(NOON), "5", "wait-key", t.Go),
    ],
)
def test_the_queue_goes_round_until_it_is_left(now, digits, step, then):
    assert isinstance(turn(step, now=now, digits=digits, state={"l": "en", "r": "3"}).then, then)


def test_the_place_is_said_and_only_while_it_is_known():
    english = {"state": {"l": "en", "r": "0"}}

    assert (
        said(turn("wait", now=Situation(NOON, place=3), **english))[0] == "Please hold. There are 2 callers before you."
    )
    assert said(turn("wait", now=Situation(NOON), **english))[0] == "Please hold. Somebody will be with you."


@pytest.mark.parametrize(
    ("result", "kind"),
    [("hangup", t.HangUp), ("bridged", t.HangUp), ("leave", t.Ask), ("queue-full", t.Ask), ("system-error", t.Ask)],
)
def test_whoever_leaves_the_queue_without_an_agent_is_asked_for_a_number(result, kind):
    assert isinstance(turn("left", result=result, state={"l": "en"}).then, kind)


@pytest.mark.parametrize(
    ("heard", "number"),
    [
        ({"digits": "1"}, DANA),
        ({"digits": "08123456789"}, "+628123456789"),
        ({"speech": "nol, it is 0812 345 6789"}, "+628123456789"),
        ({"digits": "12"}, ""),
        ({"digits": "1", "caller": ""}, ""),
    ],
)
def test_the_number_is_that_of_the_call_or_typed_or_said(heard, number):
    asked = Heard("number", "CA1", **{"caller": DANA, **heard})

    assert flow.callback_number_of(asked, SHOP) == number


def test_who_names_no_number_twice_leaves_a_message():
    assert isinstance(turn("number", digits="", state={"n": "1"}).then, t.Ask)
    assert isinstance(turn("number", digits="", state={"n": "2"}).then, t.Record)
    assert isinstance(turn("number", digits="2", state={"n": "1"}).then, t.Record)


def test_the_time_that_was_heard_is_the_one_that_is_promised():
    asked = turn("number", digits="1", state={"l": "en", "n": "1"}).then.then
    first, second, third = callback_slots(JAKARTA, NOON)
    late = Situation(NOON + timedelta(hours=3))  # whoever listens for hours still gets what was said

    promised = turn("time", now=late, digits="2", state=asked.state)

    assert flow.chosen_slot(Heard("time", "CA1", asked.state, digits="2")) == second
    assert "by tomorrow" in said(promised)[0] or "by Tuesday" in said(promised)[0]
    assert isinstance(promised.then, t.HangUp)
    assert flow.chosen_slot(Heard("time", "CA1", asked.state, digits="7")) is None
    assert flow.chosen_slot(Heard("time", "CA1", {**asked.state, "n": "2"})) == first
    assert flow.chosen_slot(Heard("time", "CA1", {**asked.state, "t": "x..9" * 99})) is not third


@pytest.mark.parametrize(
    ("at", "first", "second"),
    [
        (NOON, "2026-03-02T06:00", "2026-03-03T02:00"),
        (NIGHT, "2026-03-03T02:00", "2026-03-04T02:00"),
        (
            datetime(2026, 3, 6, 9, 30, tzinfo=UTC),
            "2026-03-09T01:30",
            "2026-03-10T02:00",
        ),  # half an hour before closing
        (
            datetime(2026, 3, 18, 16, 59, tzinfo=UTC),
            "2026-03-20T02:00",
            "2026-03-23T02:00",
        ),  # midnight before a holiday
    ],
)
def test_times_to_call_back_lie_within_opening_hours(at, first, second):
    slots = callback_slots(JAKARTA, at)

    assert [slot.astimezone(UTC).isoformat()[:16] for slot in slots[:2]] == [first, second]


def test_the_hour_that_is_skipped_in_spring_is_no_hour_to_call_in():
    kyiv = Schedule.from_json({"timezone": "Europe/Kyiv", "hours": {"sun": [["02:00", "06:00"]]}})
    slots = callback_slots(kyiv, datetime(2026, 3, 29, 0, 30, tzinfo=UTC))

    # 02:30 and an hour is 04:30 by the clock on the wall: the one from three to four never was.
    assert slots[0] == due(kyiv, datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 60)
    assert slots[0].astimezone(kyiv.tz).isoformat()[11:16] == "04:30"


@pytest.mark.parametrize(
    ("standing", "digits", "kind"),
    [("offered", "", t.Ask), ("mine", "", t.Connect), ("gone", "", t.HangUp), ("nobody", "", t.HangUp)],
)
def test_an_agent_is_asked_connected_or_told_that_it_is_too_late(standing, digits, kind):
    assert isinstance(turn("agent", now=Situation(NOON, standing=standing, queue="CA9")).then, kind)


def test_an_answering_machine_takes_no_call():
    asked = turn("agent", now=Situation(NOON, standing="offered"), state={"g": "L1"}).then

    assert asked.otherwise == t.Step("agent-done", {"g": "L1"})
    assert isinstance(turn("agent-key", digits="", now=Situation(NOON, standing="offered")).then, t.HangUp)


@pytest.mark.parametrize("step", ["", "nonsense", "../../x", "recording"])
def test_a_step_that_is_not_known_ends_the_call(step):
    assert turn(step).then == t.HangUp()


@pytest.mark.parametrize("state", [{"n": "9" * 50}, {"n": "-1"}, {"r": "٣"}, {"t": "9" * 400, "n": "0"}, {"l": "xx"}])
@pytest.mark.parametrize("step", ["menu", "wait", "number", "wait-key"])
def test_nonsense_in_the_address_breaks_nothing(step, state):
    assert turn(step, state=state)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (DANA, DANA),
        ("anonymous", ""),
        ("+266696687", ""),
        ("Restricted", ""),
        ("", ""),
        ("sip:x@y", ""),
        ("0" * 99, ""),
        ("+62 812-3456-7890", DANA),
    ],
)
def test_numbers_come_in_one_spelling(text, number):
    assert number_of(text) == number


def test_digits_that_are_no_number_are_none():
    assert said_number("123456789012345", "", region="ID") == ""


class Facts:
    direction, agent_id, queued_at, answered_at, ended_at = "in", 7, None, None, None
    voicemail_ref, promise_id, failed_reason = "", None, ""

    def __init__(self, **fields):
        self.__dict__.update(fields)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "ringing"),
        ({"queued_at": NOON}, "queued"),
        ({"queued_at": NOON, "answered_at": NOON}, "in_progress"),
        ({"queued_at": NOON, "answered_at": NOON, "agent_id": None}, "queued"),
        ({"answered_at": NOON, "ended_at": NOON, "agent_id": None}, "ended"),
        ({"answered_at": NOON, "ended_at": NOON, "voicemail_ref": "RE1"}, "ended"),
        ({"queued_at": NOON, "ended_at": NOON}, "missed"),
        ({"ended_at": NOON, "voicemail_ref": "RE1"}, "voicemail"),
        ({"ended_at": NOON, "promise_id": 7}, "ended"),
        ({"ended_at": NOON, "failed_reason": "x"}, "failed"),
    ],
)
def test_the_state_follows_from_what_is_known(facts, state):
    assert state_of(Facts(**facts)) == state


@pytest.mark.parametrize(
    ("answered", "knows_number", "level"),
    [
        ((), False, "anonymous"),
        ((), True, "claimed"),
        (("name",), False, "claimed"),
        (("order",), True, "claimed"),
        (("postal_code", "name"), True, "claimed"),
        (("order", "postal_code"), False, "order_verified"),
        (("signed_in", "'; drop"), False, "anonymous"),
    ],
)
def test_what_answers_prove(answered, knows_number, level):
    assert proven(answered, knows_number=knows_number) == level


def _fields(setup):
    return {name: getattr(setup, name) for name in setup.__slots__}


def test_holidays_are_days_off():
    assert JAKARTA.hours_on(date(2026, 3, 19)) == ()
