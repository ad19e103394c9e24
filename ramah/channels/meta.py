"""What all channels of Meta have in common: who posts, the token by which we ask, and what errors of the Graph API mean.

It signs the raw body with the secret of the app, and asks once by GET if we listen.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.channels.models import ChannelAccount
from ramah.kernel.providers.contract import Answer, NotSigned, Posted, Refused, SendingError, TryLater, Uncertain
from ramah.kernel.providers.http import Answered
from ramah.kernel.providers.json import text_in

API_URL = "https://graph.facebook.com/v24.0"
TOO_MUCH = gettext_lazy("Too many messages at once; they go out more slowly.")
NO_ACCESS = gettext_lazy("The access token does not let us in; check it and its permissions.")
_PREFIX = b"sha256="
_UNTIL_PUT_RIGHT = timedelta(minutes=5)


def check_signature(posted: Posted, secret: str) -> None:
    """Raise `NotSigned` unless `X-Hub-Signature-256` is that of the body under `secret`; without a secret nobody is known."""
    given = posted.headers.get("x-hub-signature-256", "").strip().encode(errors="replace")
    if not secret or not given.startswith(_PREFIX):
        raise NotSigned
    expected = _PREFIX + hmac.new(secret.encode(), posted.body, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(given.lower(), expected):
        raise NotSigned


def greet(posted: Posted, account: ChannelAccount) -> Answer | None:
    """Give the challenge back to whoever knows the verify token. Raises `NotSigned`."""
    if posted.method != "GET" or posted.query.get("hub.mode") != "subscribe":
        return None
    token = account.secret("verify_token").encode()
    if not token or not hmac.compare_digest(posted.query.get("hub.verify_token", "").encode(errors="replace"), token):
        raise NotSigned
    return Answer(posted.query.get("hub.challenge", "")[:200])


def token_of(account: ChannelAccount) -> str:
    """The account's access token. Raises `Refused` where it could not be sent in a header."""
    token = account.secret("access_token").strip()
    if not token.isascii() or not token.isprintable():
        raise Refused("access token", of_account=True)
    return token


def checked(answered: Answered, failure_of: Callable[..., SendingError], *, changes: bool) -> dict[str, Any]:
    """The object that was answered. Raises what `failure_of` makes of an error; `changes`: something was to be sent."""
    found = answered.json()
    if not answered.is_ok or "error" in found:
        raise failure_of(answered, changes=changes)
    return found


def code_in(error: Mapping[str, object], name: str = "code") -> int:
    """A code in an error; -1 where there is none."""
    digits = text_in(error, name, most=12)
    return int(digits) if digits.isdecimal() else -1


@dataclass(frozen=True, slots=True)
class Codes:
    """What error codes mean on one channel, called `name`.

    `ours` are of the account until somebody has put it right: what is to be sent waits meanwhile. `pauses` say how long to wait
    after too much was asked; with those in `away` something is wrong at Meta.
    """

    name: str
    ours: Collection[int]
    away: Collection[int]
    pauses: Mapping[int, timedelta]

    def failure(self, answered: Answered, code: int, words: str, *, of_account: bool = True) -> SendingError:
        """What an error with this code means; `of_account`: too much was asked by the account, not of one customer."""
        if code in self.pauses or answered.status == 429:
            pause = answered.pause or self.pauses.get(code, timedelta(minutes=1))
            return TryLater(words, pause, of_account=of_account)
        if code in self.away or answered.status >= 500:
            return TryLater(words, answered.pause)
        if code in self.ours or answered.status in (401, 403):
            return TryLater(words, _UNTIL_PUT_RIGHT)
        return Refused(words)

    def failure_by_status(self, answered: Answered, *, changes: bool) -> SendingError:
        """What an answer means that is neither a success nor an error of the API. `changes`: something was to be sent."""
        status, of = answered.status, {"name": self.name, "status": answered.status}
        if status == 429:
            return TryLater(str(TOO_MUCH), answered.pause or timedelta(minutes=1))
        if status == 503:
            return TryLater(_("%(name)s is not available at the moment.") % of, answered.pause)
        if status in (401, 403):
            return TryLater(str(NO_ACCESS), _UNTIL_PUT_RIGHT)
        words = _("%(name)s gave an answer that makes no sense (%(status)s).") % of
        if status >= 500 or 200 <= status < 300:  # a machine in between may have said so after the message was taken
            return Uncertain(words) if changes else TryLater(words)
        if status in (404, 405) or 300 <= status < 400:  # the address of the settings leads somewhere else
            return TryLater(words, _UNTIL_PUT_RIGHT)
        return Refused(words)
