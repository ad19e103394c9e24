"""The course of a call, as a state machine: what is said and asked next. Pure; no database, no clock, no provider.

All that a caller has decided so far travels in the address of the next step (`Step.state`), which the provider's signature
covers. So a turn is right whether or not what happened before was read already, and the same request twice gets the same answer.

    incoming -> menu -> wait .. wait -> left -> number -> time        (an agent takes the call: `left` is the end)
           \\-> number -> time  or  voicemail -> voicemail-done        (out of hours)
    agent -> agent-key -> agent-done          out -> out-done          handed -> wait .. (given to a colleague while they speak)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from ramah.channels.phone import turns as t
from ramah.channels.phone import words
from ramah.channels.phone.numbers import region_of_number, said_number
from ramah.channels.phone.slots import callback_slots
from ramah.promises.queries import ALWAYS_OPEN, Schedule

MOST_TRIES = 2
WAIT_PAUSE = 20
MOST_DIGITS = 16
# How a wait ends that an agent has ended: they speak, or the call was taken elsewhere. The provider's words, as Twilio has them.
CONNECTED = ("bridged", "redirected", "redirected-from-bridged")
NOBODY, OFFERED, MINE, GONE = "nobody", "offered", "mine", "gone"


@dataclass(frozen=True, slots=True)
class MenuLine:
    """A key of the menu: the language and skill (or team, by public id) that it stands for, and the words of its line."""

    key: str
    language: str
    skill: str = ""
    team: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """How an inbox takes calls. Texts by language; `number` is that of the shop."""

    shop: str
    number: str
    language: str = "en"
    schedule: Schedule = ALWAYS_OPEN
    greetings: Mapping[str, str] = field(default_factory=dict)
    closed_texts: Mapping[str, str] = field(default_factory=dict)
    consent_texts: Mapping[str, str] = field(default_factory=dict)
    menu: tuple[MenuLine, ...] = ()
    when_closed: str = "callback"
    music_url: str = ""
    is_recorded: bool = False
    offers_callback: bool = True

    @property
    def zone(self) -> tzinfo:
        return self.schedule.tz


@dataclass(frozen=True, slots=True)
class Heard:
    """What a request of the provider says: in which step, what was typed or spoken, how what was tried has ended (`result`)."""

    step: str
    call: str
    state: Mapping[str, str] = field(default_factory=dict)
    caller: str = ""
    digits: str = ""
    speech: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What else counts at this moment: opening hours follow from `at`; the rest is as far as it is known here.

    `place`: that in the queue; `gave_up`: nobody was free in time; `is_handed_over`: another agent shall take the call. For the
    phone of an agent: how it stands with the call they are rung for (`standing`), its queue and the customer's number and name.
    """

    at: datetime
    is_open: bool = True
    opens: datetime | None = None
    place: int | None = None
    gave_up: bool = False
    is_handed_over: bool = False
    standing: str = NOBODY
    queue: str = ""
    name: str = ""
    number: str = ""


def next_turn(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    """What is said and done next. A step that is not known ends the call."""
    step = _STEPS.get(heard.step)
    return step(heard, setup, now) if step else t.Turn((), t.HangUp())


def language_of(heard: Heard, setup: Setup) -> str:
    """The language of the call so far."""
    return heard.state.get("l") or setup.language


def menu_line(setup: Setup, key: str) -> MenuLine | None:
    """What a key of the menu stands for."""
    return next((line for line in setup.menu if key and line.key == key), None)


def chosen_slot(heard: Heard) -> datetime | None:
    """The time at which the caller wants to be called, in the step `time`; None while it is not clear.

    The times stand in the address as they were said, so the one that was heard is the one that is promised.
    """
    slots = [int(one) for one in heard.state.get("t", "").split(".") if one.isascii() and one.isdecimal()][:9]
    tries = _tries(heard)
    if heard.digits.isdecimal() and 0 < int(heard.digits[:1]) <= len(slots):
        return datetime.fromtimestamp(slots[int(heard.digits[:1]) - 1], tz=UTC)
    return datetime.fromtimestamp(slots[0], tz=UTC) if slots and tries >= MOST_TRIES else None


def _incoming(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    language = setup.language
    said = setup.greetings.get(language) or words.greeting(setup.shop, language)
    if not now.is_open:
        return _closed(heard, setup, now, said)
    if not setup.menu:
        return _enqueue(heard, setup, language, "", said=(t.Say(said, language),))
    return t.Turn((t.Say(said, language), *_menu_lines(setup)), _menu_ask({}, setup))


def _menu_lines(setup: Setup) -> list[t.Line]:
    return [t.Say(line.says or words.language_choice(line.key, line.language), line.language) for line in setup.menu]


def _menu_ask(state: Mapping[str, str], setup: Setup) -> t.Ask:
    again = {**state, "n": str(_number(state.get("n", "")) + 1)}
    return t.Ask(t.Step("menu", again), t.Step("menu", again), language=setup.language)


def _menu(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    line = menu_line(setup, heard.digits)
    if line is not None:
        return _enqueue(heard, setup, line.language, line.key)
    if _tries(heard) < MOST_TRIES:
        return t.Turn(tuple(_menu_lines(setup)), _menu_ask({"n": heard.state.get("n", "0")}, setup))
    return _enqueue(heard, setup, setup.language, "")  # a phone without keys waits for whoever is there


def _enqueue(heard: Heard, setup: Setup, language: str, key: str, *, said: tuple[t.Line, ...] = ()) -> t.Turn:
    lines = list(said)
    if setup.is_recorded:
        lines.append(t.Say(setup.consent_texts.get(language) or words.consent(language), language))
    return t.Turn(tuple(lines), _queue(heard, {"l": language, **({"k": key} if key else {})}))


def _queue(heard: Heard, state: Mapping[str, str]) -> t.Enqueue:
    return t.Enqueue(heard.call, t.Step("wait", {**state, "r": "0"}), t.Step("left", state))


def _handed(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    """The call was taken from the agent who has handed it over: the customer waits for the other."""
    language = language_of(heard, setup)
    return t.Turn((t.Say(words.handed(language), language),), _queue(heard, {"l": language}))


def _wait(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    if now.gave_up:
        return t.Turn((), t.Leave())
    language = language_of(heard, setup)
    lines: list[t.Line] = [t.Say(words.place(now.place, language), language)]
    if setup.offers_callback:
        lines.append(t.Say(words.callback_instead(language), language))
    lines.append(t.Play(setup.music_url) if setup.music_url else t.Pause(WAIT_PAUSE))
    state = dict(heard.state)
    again = t.Step("wait", {**state, "r": str(min(_number(state.get("r", "")) + 1, 9999))})
    return t.Turn(tuple(lines), t.Ask(t.Step("wait-key", state), again, seconds=3, language=language))


def _wait_key(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    if now.gave_up or (heard.digits == "1" and setup.offers_callback):
        return t.Turn((), t.Leave())
    return t.Turn((), t.Go(t.Step("wait", {**heard.state, "r": str(_number(heard.state.get("r", "")) + 1)})))


def _left(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    if (
        heard.result == "bridged" and now.is_handed_over
    ):  # the agent put the phone down before the provider took the call
        return _handed(heard, setup, now)
    if heard.result == "hangup" or heard.result in CONNECTED:
        return t.Turn((), t.HangUp())
    return _instead(heard, setup, now, ())


def _instead(heard: Heard, setup: Setup, now: Situation, said: tuple[t.Line, ...]) -> t.Turn:
    """What there is instead of an agent."""
    if setup.offers_callback:
        return _ask_number(heard, setup, now, said)
    return _take_message(heard, setup, said)


def _closed(heard: Heard, setup: Setup, now: Situation, greeting: str) -> t.Turn:
    language = setup.language
    told = setup.closed_texts.get(language) or words.closed(now.opens, setup.zone, language, now=now.at)
    said = (t.Say(greeting, language), t.Say(told, language))
    if setup.when_closed == "callback":
        return _ask_number(heard, setup, now, said)
    return _take_message(heard, setup, said)


def _ask_number(heard: Heard, setup: Setup, now: Situation, said: tuple[t.Line, ...]) -> t.Turn:
    language, tries = language_of(heard, setup), _tries(heard) if heard.step == "number" else 0
    if not callback_slots(setup.schedule, now.at):
        return _take_message(heard, setup, said)
    asked = t.Say(words.callback_number(language, knows_number=bool(heard.caller)), language)
    step = t.Step("number", {"l": language, "n": str(tries + 1)})
    ask = t.Ask(step, step, most_keys=MOST_DIGITS, seconds=8, speech=True, language=language)
    return t.Turn((*said, asked), ask)


def callback_number_of(heard: Heard, setup: Setup) -> str:
    """The number that was chosen in the step `number`; empty where none was."""
    if heard.digits == "1":
        return heard.caller
    region = region_of_number(heard.caller) or region_of_number(setup.number)
    return said_number(heard.digits, heard.speech, region=region)


def _choose_number(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    language = language_of(heard, setup)
    if heard.digits == "2":
        return _take_message(heard, setup, ())
    number = callback_number_of(heard, setup)
    slots = callback_slots(setup.schedule, now.at)
    if number and slots:
        state = {"l": language, "p": number, "t": ".".join(str(int(slot.timestamp())) for slot in slots), "n": "0"}
        return _ask_time(state, slots, setup, now)
    if _tries(heard) >= MOST_TRIES:
        return _take_message(heard, setup, ())
    return _ask_number(heard, setup, now, (t.Say(words.not_understood(language), language),))


def _ask_time(state: Mapping[str, str], slots: list[datetime], setup: Setup, now: Situation) -> t.Turn:
    language = state["l"]
    step = t.Step("time", {**state, "n": str(_number(state.get("n", "")) + 1)})
    lines = (t.Say(words.callback_times(slots, setup.zone, language, now=now.at), language),)
    return t.Turn(lines, t.Ask(step, step, language=language))


def _choose_time(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    language, slot = language_of(heard, setup), chosen_slot(heard)
    if slot is not None:
        said = words.callback_promised(slot, setup.zone, language, now=now.at)
        return t.Turn((t.Say(said, language),), t.HangUp())
    slots = [datetime.fromtimestamp(int(one), tz=UTC) for one in heard.state.get("t", "").split(".") if one.isdecimal()]
    if not slots:
        return _take_message(heard, setup, ())
    return _ask_time({**heard.state, "l": language}, slots, setup, now)


def _take_message(heard: Heard, setup: Setup, said: tuple[t.Line, ...]) -> t.Turn:
    language = language_of(heard, setup)
    lines = (*said, t.Say(words.voicemail(language), language))
    state = {"l": language}
    record = t.Record(
        t.Step("voicemail-done", state), t.Step("voicemail", state), t.Step("transcript", state), language=language
    )
    return t.Turn(lines, record)


def _message_taken(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    language = language_of(heard, setup)
    return t.Turn((t.Say(words.goodbye(language), language),), t.HangUp())


def _agent(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    if now.standing == MINE:
        return _connect(heard, setup, now)
    if now.standing != OFFERED:
        return t.Turn((t.Say(words.gone(setup.language), setup.language),), t.HangUp())
    step = t.Step("agent-key", heard.state)
    said = t.Say(words.offered(now.name or now.number, setup.language), setup.language)
    # Silence is an answering machine, or a pocket: nobody has taken the call.
    return t.Turn((said,), t.Ask(step, t.Step("agent-done", heard.state), seconds=8, language=setup.language))


def _agent_key(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    if heard.digits != "1":
        return t.Turn((), t.HangUp())
    return _agent(heard, setup, now if now.standing == MINE else replace(now, standing=GONE))


def _connect(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    recording = t.Step("recording", heard.state) if setup.is_recorded else None
    return t.Turn((), t.Connect(now.queue, t.Step("agent-done", heard.state), recording))


def _out(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    if now.standing != MINE or not now.number:
        return t.Turn((t.Say(words.gone(setup.language), setup.language),), t.HangUp())
    state = heard.state
    dial = t.Dial(
        now.number,
        setup.number,
        t.Step("out-done", state),
        t.Step("out-status", state),
        t.Step("recording", state) if setup.is_recorded else None,
        t.Step("announce", state) if setup.is_recorded else None,
    )
    return t.Turn((t.Say(words.connecting(setup.language), setup.language),), dial)


def _out_done(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    if heard.result in ("completed", "answered"):
        return t.Turn((), t.HangUp())
    return t.Turn((t.Say(words.not_reached(setup.language), setup.language),), t.HangUp())


def _announce(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    language = language_of(heard, setup)
    return t.Turn((t.Say(setup.consent_texts.get(language) or words.consent(language), language),), t.HangUp())


def _tries(heard: Heard) -> int:
    return _number(heard.state.get("n", ""))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _end(heard: Heard, setup: Setup, now: Situation) -> t.Turn:
    return t.Turn((), t.HangUp())


_STEPS: dict[str, Callable[[Heard, Setup, Situation], t.Turn]] = {
    "incoming": _incoming,
    "menu": _menu,
    "wait": _wait,
    "wait-key": _wait_key,
    "left": _left,
    "handed": _handed,
    "number": _choose_number,
    "time": _choose_time,
    "voicemail-done": _message_taken,
    "agent": _agent,
    "agent-key": _agent_key,
    "agent-done": _end,
    "out": _out,
    "out-done": _out_done,
    "announce": _announce,
}
# What is only told, and answered by nothing.
TOLD = ("status", "recording", "voicemail", "transcript", "out-status", "leg-status")
