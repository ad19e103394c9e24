"""What all who talk to providers by HTTP share: what they post, what goes wrong with what we ask, what is to be set.

Whoever adds a kind of provider (a channel, a carrier) says in its own contract what is done with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise as LazyString


class NotSigned(Exception):
    """Whoever posted this has not shown that it is the provider. Nothing was stored."""


class Unreadable(Exception):
    """The provider posted something that is not understood as a whole; nothing was stored."""


class SendingError(Exception):
    """A message was not handed over; the text says why, for people. `of_account`: others of this account fare no better now."""

    of_account = True

    def __init__(self, reason: str, *, of_account: bool | None = None) -> None:
        super().__init__(reason)
        if of_account is not None:
            self.of_account = of_account


class TryLater(SendingError):
    """The provider surely has not got it, and may take it later, after `pause` where it said so."""

    def __init__(self, reason: str, pause: timedelta | None = None, *, of_account: bool | None = None) -> None:
        super().__init__(reason, of_account=of_account)
        self.pause = pause


class Refused(SendingError):
    """The provider will not take it, however often it is asked."""

    of_account = False


class Uncertain(SendingError):
    """The connection broke after the message was handed over: it may have gone out. It is not sent again by itself."""

    of_account = False


@dataclass(frozen=True, slots=True)
class Posted:
    """A request of a provider: header names in lower case, query as it was, the body unread."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider is told, where 200 and "Taken in." is not it: a challenge given back, instructions for a call."""

    body: str = ""
    status: int = 200
    content_type: str = "text/plain"


Raw = tuple[bytes, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the settings page. A secret goes in and is never shown again."""

    name: str
    label: str | LazyString
    help: str | LazyString = ""
    is_secret: bool = False
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried with an account: `reason` empty means that it works.

    `is_elsewhere`: the provider posts to somebody else, and `Kind.connect` would take it over.
    """

    part: str | LazyString
    reason: str = ""
    is_elsewhere: bool = False


def tried(part: str | LazyString, ask: Callable[[], str]) -> Check:
    """What came of asking the provider: the reason that `ask` gives, or that of its `SendingError`."""
    try:
        return Check(part, ask())
    except SendingError as error:
        return Check(part, str(error))
