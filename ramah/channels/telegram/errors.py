"""Telegram's errors in plain words, and what follows from each: try later, refused, or nobody knows.

An error is JSON with `error_code`, `description` and perhaps `parameters`; the descriptions are not a promise of Telegram's, so
only few are looked into. https://core.telegram.org/bots/api#making-requests
"""

from datetime import timedelta

from django.utils.translation import gettext as _

from ramah.channels.telegram.members import blocked_words
from ramah.channels.telegram.updates import number_in
from ramah.kernel.providers.contract import Refused, SendingError, TryLater, Uncertain
from ramah.kernel.providers.http import LONGEST_PAUSE, Answered
from ramah.kernel.providers.json import Object, text_in

_WRONG_TOKEN = timedelta(minutes=5)
_DEFAULT_PAUSE = timedelta(seconds=30)
# Telegram does not take the file as what it was sent as; as a document it does.
_WRONG_FORM = ("photo_", "image_process", "voice_messages_forbidden", "sticker_", "video_", "wrong type of the")


class Blocked(Refused):
    """The customer has blocked the bot, or their account is gone."""


class WrongForm(Refused):
    """The file is not taken as a photo, voice message or the like."""


def failure_of(answered: Answered, *, changes: bool) -> SendingError:
    """What an answer that is not a success means. `changes`: something was to be sent."""
    found = answered.json()
    code = int(number_in(found, "error_code") or 0) if found.get("ok") is False else 0
    told = text_in(found, "description", most=300)
    if code == 429 or answered.status == 429:
        return TryLater(_("Too many messages at once; they go out more slowly."), _pause(found, answered))
    if code in (401, 404) or answered.status in (401, 404):
        return TryLater(_("Telegram does not know the token of the bot; put in the right one."), _WRONG_TOKEN)
    if code == 403:
        return _forbidden(told)
    if code == 413 or answered.status == 413:
        return Refused(_("The file is larger than Telegram takes."))
    if code == 400:
        return _bad_request(told)
    if code == 409:
        return TryLater(_("Telegram says that something else uses this bot: %(reason)s") % {"reason": told})
    return _by_status(answered, told, changes=changes)


def _pause(found: Object, answered: Answered) -> timedelta:
    seconds = number_in(found, "parameters", "retry_after")
    if not seconds or int(seconds) < 0:
        return answered.pause or _DEFAULT_PAUSE
    return min(timedelta(seconds=min(int(seconds), 10**6) + 1), LONGEST_PAUSE)


def _forbidden(told: str) -> SendingError:
    lowered = told.lower()
    if "blocked" in lowered:
        return Blocked(blocked_words())
    if "deactivated" in lowered:
        return Blocked(_("The customer’s account on Telegram is gone."))
    if "initiate" in lowered:
        return Refused(_("The customer has not opened the chat with this bot yet; only they can."))
    return Refused(_("Telegram does not let the bot write to this customer: %(reason)s") % {"reason": told})


def _bad_request(told: str) -> SendingError:
    lowered = told.lower()
    if "chat not found" in lowered:
        return Refused(_("The customer has not opened the chat with this bot yet; only they can."))
    if "file is too big" in lowered:
        return Refused(_("Telegram gives bots no file of more than 20 MB."))
    if any(part in lowered for part in _WRONG_FORM):
        return WrongForm(_("Telegram did not take the file: %(reason)s") % {"reason": told})
    return Refused(_("Telegram did not take the message: %(reason)s") % {"reason": told or _("no reason given")})


def _by_status(answered: Answered, told: str, *, changes: bool) -> SendingError:
    status = answered.status
    if 300 <= status < 400:  # the address of the settings leads somewhere else
        return TryLater(_("The address of the API leads somewhere else."), _WRONG_TOKEN)
    if status == 503:
        return TryLater(_("Telegram is not available at the moment."), answered.pause)
    if status >= 500:  # it may have been taken before something went wrong
        words = _("Something went wrong at Telegram (%(status)s).") % {"status": status}
        return Uncertain(words) if changes else TryLater(words)
    words = _("Telegram gave an answer that makes no sense (%(status)s).") % {"status": status}
    if 200 <= status < 300:
        return Uncertain(words) if changes else TryLater(words)
    return Refused(f"{words} {told}".strip())
