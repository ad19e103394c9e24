"""Meta's error codes in plain words, and what follows from each: try later, refused, or nobody knows.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
"""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.channels.meta import NO_ACCESS, TOO_MUCH, Codes, code_in
from ramah.kernel.providers.contract import Refused, SendingError
from ramah.kernel.providers.http import Answered
from ramah.kernel.providers.json import object_in, text_in

_CLOSED = gettext_lazy("It is too long since the customer’s last message for an answer here. Write by another channel.")
_GONE = gettext_lazy(
    "The customer cannot be reached: they have blocked this shop, closed their account, or do not want the message. "
    "Write by another channel."
)
_UNKNOWN = gettext_lazy("This page has no customer with that id.")
_AWAY = gettext_lazy("Meta is not available at the moment.")
_NO_FILE = gettext_lazy("Meta did not take the file: its type or size is not allowed there.")

# By code, where the subcode says no more.
WORDS: dict[int, str | LazyString] = {
    1: gettext_lazy("Something went wrong at Meta."),
    2: _AWAY,
    4: TOO_MUCH,
    17: TOO_MUCH,
    32: TOO_MUCH,
    100: gettext_lazy("Meta did not understand the message."),
    190: gettext_lazy("The access token has expired or is wrong; put in a new one."),
    230: gettext_lazy("The access token may not send messages; check its permissions."),
    368: gettext_lazy("Meta has blocked this page for a while because of its rules."),
    551: _GONE,
    613: TOO_MUCH,
    1200: _AWAY,
    1545041: _GONE,
    2018278: _CLOSED,
    80006: TOO_MUCH,
}
# By subcode, whatever the code.
SUBWORDS: dict[int, str | LazyString] = {
    1545041: _GONE,
    1893063: gettext_lazy("Meta limits this page, because what it sends bothers customers."),
    2018001: _UNKNOWN,
    2018007: _NO_FILE,
    2018008: _NO_FILE,
    2018047: _NO_FILE,
    2018065: _CLOSED,
    2018108: _GONE,
    2018109: gettext_lazy("Meta did not take the file: it is too large."),
    2018278: _CLOSED,
    2018300: _GONE,
    2534001: gettext_lazy("The customer has deleted the conversation. Write by another channel."),
    2534014: _UNKNOWN,
    2534022: _CLOSED,
}
_CODES = Codes(
    "Meta",
    ours=frozenset({0, 3, 10, 33, 190, *range(200, 300), 368}),
    away=frozenset({1, 2, 1200}),
    pauses={
        4: timedelta(minutes=5),
        17: timedelta(minutes=5),
        32: timedelta(minutes=5),
        613: timedelta(minutes=1),
        80006: timedelta(minutes=5),
    },
)
# Concerns one customer or one message, also where the code alone would concern the account.
_ONE_MESSAGE = frozenset(SUBWORDS) - {1893063}


def words_of(error: Mapping[str, object]) -> str:
    """An error for people: our words where the code is known, else Meta's, with code and subcode."""
    code, subcode = code_in(error), code_in(error, "error_subcode")
    theirs = text_in(error, "error_user_msg", most=300) or text_in(error, "message", most=300)
    words = (
        str(SUBWORDS.get(subcode, "")) or str(WORDS.get(code, "")) or (str(NO_ACCESS) if code in _CODES.ours else "")
    )
    reason = words or theirs or _("no reason given")
    return f"{reason} ({code}{f'/{subcode}' if subcode > 0 else ''})"


def failure_of(answered: Answered, *, changes: bool) -> SendingError:
    """What an answer that is not a success means."""
    error = object_in(answered.json(), "error")
    if not error:
        return _CODES.failure_by_status(answered, changes=changes)
    code, words = code_in(error), words_of(error)
    if code_in(error, "error_subcode") in _ONE_MESSAGE or code in (551, 1545041, 2018278):
        return Refused(words)
    return _CODES.failure(answered, code, words)
