"""Links that open the chat with a bot and say what it is about: an order, a product. Pure, but for the installation's key.

Telegram hands the payload of `https://t.me/<bot>?start=<payload>` over with the customer's Start: at most 64 letters, digits, `_`
and `-`. Ours is `o12-<signature>`: who guesses the number of an order has no link about it. It proves nothing of the customer.
"""

import base64

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from ramah.channels.models import ChannelAccount

_LETTERS = {"order": "o", "product": "p"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_LONGEST_KEY = 18


class NoSuchLink(Exception):
    """There is no link to that, or the bot's name is not known yet: "Test connection" learns it."""


def start_link(account: ChannelAccount, *, about: str = "") -> str:
    """The address that opens the chat with the account's bot. Raises `NoSuchLink`."""
    username = str(account.settings.get("bot_username") or "")
    if not username:
        raise NoSuchLink
    payload = f"?start={payload_of(about, inbox_key=account.inbox.key)}" if about else ""
    return f"https://t.me/{username}{payload}"


def payload_of(about: str, *, inbox_key: str) -> str:
    """What the link carries for `order:12` or `product:7`. Raises `NoSuchLink`."""
    kind, _colon, key = about.partition(":")
    if kind not in _LETTERS or not _is_key(key):
        raise NoSuchLink
    told = f"{_LETTERS[kind]}{key}"
    return f"{told}-{_signature(told, inbox_key, settings.SECRET_KEY)}"


def about_in(payload: str, *, inbox_key: str) -> str:
    """What a payload is about; empty for one that is not signed by us for this inbox."""
    told, _dash, signature = payload.partition("-")
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    is_signed = any([constant_time_compare(signature, _signature(told, inbox_key, key)) for key in keys])  # noqa: C419 - all, always
    if not is_signed or told[:1] not in _KINDS or not _is_key(told[1:]):
        return ""
    return f"{_KINDS[told[0]]}:{told[1:]}"


def _is_key(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) <= _LONGEST_KEY


def _signature(told: str, inbox_key: str, key: str) -> str:
    digest = salted_hmac("ramah.telegram.start", f"{inbox_key}:{told}", secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
