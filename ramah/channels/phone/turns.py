"""What a provider is told to do next in a call: what is said, and then one thing. Values only; folders of providers spell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Say:
    """Words in a language."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Play:
    """Music or a recording at an address."""

    url: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    seconds: int


Line = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Step:
    """Where the call goes on: the name of the step, and all that it must know. It stands in the address that is asked next, so
    that an answer needs nothing of what the caller did before from us."""

    name: str
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """Listen for keys (and words, with `speech`) while the lines are said; after silence the call goes on at `otherwise`."""

    then: Step
    otherwise: Step
    most_keys: int = 1
    seconds: int = 6
    speech: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Go:
    """On to another step."""

    step: Step


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Wait: `wait` is asked again and again meanwhile, `left` when the waiting is over."""

    queue: str
    wait: Step
    left: Step


@dataclass(frozen=True, slots=True)
class Leave:
    """Stop waiting; the call goes on where `Enqueue.left` said."""


@dataclass(frozen=True, slots=True)
class Record:
    """Take a message; `done` comes when it was spoken, `recording` and `transcript` once they are there."""

    done: Step
    recording: Step
    transcript: Step
    most_seconds: int = 180
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Connect:
    """Give the agent who listens whoever waits in `queue`. `recording`: the call is recorded, and told there."""

    queue: str
    done: Step
    recording: Step | None = None


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring a number for the agent who listens. `status` hears how it goes; `announce` is played to whoever answers."""

    number: str
    caller_id: str
    done: Step
    status: Step
    recording: Step | None = None
    announce: Step | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """The end."""


Then = Ask | Go | Enqueue | Leave | Record | Connect | Dial | HangUp


@dataclass(frozen=True, slots=True)
class Turn:
    """What is said, and what is done then."""

    lines: tuple[Line, ...]
    then: Then
