"""WhatsApp's error codes in plain words, and what follows from each: try later, refused, or nobody knows.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.channels.meta import NO_ACCESS, TOO_MUCH, Codes, code_in
from ramah.kernel.providers.contract import SendingError
from ramah.kernel.providers.http import Answered
from ramah.kernel.providers.json import object_in, text_in

WORDS: dict[int, str | LazyString] = {
    100: gettext_lazy("WhatsApp did not understand the message."),
    368: gettext_lazy("WhatsApp has blocked this account for a while because of its rules."),
    130403: gettext_lazy("The customer has blocked this shop on WhatsApp."),
    130429: TOO_MUCH,
    130472: gettext_lazy("WhatsApp holds this marketing message back: the customer is part of an experiment."),
    130497: gettext_lazy("This account may not write to customers in that country."),
    131000: gettext_lazy("Something went wrong at WhatsApp."),
    131005: gettext_lazy("The access token may not do this; check its permissions."),
    131008: gettext_lazy("WhatsApp misses a part of the message."),
    131009: gettext_lazy("WhatsApp did not understand a part of the message."),
    131016: gettext_lazy("WhatsApp is not available at the moment."),
    131021: gettext_lazy("The message is addressed to this shop’s own number."),
    131026: gettext_lazy(
        "It cannot be delivered: the number is not on WhatsApp, or its app is too old. Write by another channel."
    ),
    131030: gettext_lazy("The number is not among those that a test account may write to."),
    131031: gettext_lazy("WhatsApp has locked this account; the WhatsApp Manager says why."),
    131037: gettext_lazy("The display name of this number has not been approved yet."),
    131042: gettext_lazy("WhatsApp misses a means of payment for this account."),
    131045: gettext_lazy("This number is not registered at WhatsApp yet."),
    131047: gettext_lazy(
        "More than 24 hours have passed since the customer’s last message. "
        "Send an approved template, or write by another channel."
    ),
    131048: gettext_lazy("WhatsApp limits this number, because customers have blocked it or reported it as spam."),
    131049: gettext_lazy("WhatsApp has not delivered this marketing message, to spare the customer further ones."),
    131050: gettext_lazy("The customer wants no marketing messages from this shop."),
    131051: gettext_lazy("WhatsApp does not take messages of this kind."),
    131052: gettext_lazy("WhatsApp could not give out the file."),
    131053: gettext_lazy("WhatsApp did not take the file: its type or size is not allowed there."),
    131056: gettext_lazy("Too many messages to this customer in a short time; the next one goes out a little later."),
    131057: gettext_lazy("This account is being worked on at WhatsApp."),
    132000: gettext_lazy("The number of values does not fit the template."),
    132001: gettext_lazy("The template does not exist in this language, or is not approved."),
    132005: gettext_lazy("The text of the template with its values is too long."),
    132007: gettext_lazy("The template goes against WhatsApp’s rules."),
    132012: gettext_lazy("A value does not fit the template."),
    132015: gettext_lazy("The template is paused, because customers did not like it."),
    132016: gettext_lazy("The template was disabled, because customers did not like it."),
    133010: gettext_lazy("This number is not registered at WhatsApp yet."),
    190: gettext_lazy("The access token has expired or is wrong; put in a new one."),
}
_CODES = Codes(
    "WhatsApp",
    ours=frozenset({0, 3, 10, 33, 190, 368, *range(200, 300), 131005, 131031, 131037, 131042, 131045, 133010}),
    away=frozenset({1, 2, 131000, 131016, 131057, 133004}),
    pauses={
        4: timedelta(minutes=5),
        80007: timedelta(minutes=5),
        80008: timedelta(minutes=5),
        130429: timedelta(seconds=30),
        131048: timedelta(hours=1),
        131056: timedelta(seconds=10),
    },
)
_ONE_CUSTOMER = frozenset({131056})


def words_of(error: Mapping[str, object]) -> str:
    """An error of an answer or a status, for people: our words where the code is known, else WhatsApp's, with the code."""
    code = code_in(error)
    details = text_in(error, "error_data", "details", most=300)
    theirs = details or text_in(error, "message", most=300) or text_in(error, "title", most=300)
    ours = str(WORDS.get(code, "")) or (str(NO_ACCESS) if code in _CODES.ours else "")
    words = ours or theirs or _("no reason given")
    return f"{words} ({code})"


def failure_of(answered: Answered, *, changes: bool) -> SendingError:
    """What an answer that is not a success means."""
    error = object_in(answered.json(), "error")
    if not error:
        return _CODES.failure_by_status(answered, changes=changes)
    code = code_in(error)
    return _CODES.failure(answered, code, words_of(error), of_account=code not in _ONE_CUSTOMER)
