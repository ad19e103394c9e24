"""Twilio signs what it posts: https://www.twilio.com/docs/usage/security#validating-requests"""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from ramah.channels.models import ChannelAccount
from ramah.kernel.providers.contract import NotSigned, Posted, Unreadable

MOST_FIELDS = 500


def fields_of(body: bytes) -> list[tuple[str, str]]:
    """The form that was posted. Raises `Unreadable`."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Unreadable("no form") from error


def signature_of(url: str, fields: list[tuple[str, str]], token: str) -> str:
    """The signature of a request: over the whole address and the sorted fields."""
    told = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), told.encode(), hashlib.sha1).digest()).decode()


def public_url(url: str) -> str:
    """The address as Twilio knows it: behind a proxy we see another host and scheme than it called."""
    parts = urlsplit(url)
    return f"{settings.BASE_URL}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def check_signature(posted: Posted, account: ChannelAccount) -> None:
    """Raise `NotSigned` unless the account's auth token has signed the request; without a token nobody is known."""
    token, given = account.secret("auth_token"), posted.headers.get("x-twilio-signature", "")
    if not token or not given:
        raise NotSigned
    try:
        expected = signature_of(public_url(posted.url), fields_of(posted.body), token)
    except (Unreadable, UnicodeError) as error:
        raise NotSigned from error
    if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise NotSigned
