"""Reply tokens: how an answer finds its conversation again. Pure: no database, no clock.

A reply token stands in the address that customers answer to (`support+<token>@shop.example`). It is signed, so that nobody can
write into a conversation by counting numbers, and spelled in lower-case letters and digits, since mail systems change case.
"""

import re
from collections.abc import Iterable

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_MAC = 16  # characters of 5 bits: 80 bits
_TOKEN = re.compile(rf"[{_ALPHABET}]{{1,13}}[{_ALPHABET}]{{{_MAC}}}")


def make_reply_token(conversation_id: int) -> str:
    """The token of a conversation: [0-9a-z] only, 17 to 29 characters, the same every time."""
    number = _number(conversation_id)
    return number + _mac(number, settings.SECRET_KEY)


def read_reply_token(text: str) -> int | None:
    """The conversation that a token made under any known key stands for; None for everything else."""
    token = text.strip().lower()
    if not _TOKEN.fullmatch(token):
        return None
    number, mac = token[:-_MAC], token[-_MAC:]
    return _value(number) if _signed(number, mac) else None


def conversation_of_addresses(addresses: Iterable[str]) -> int | None:
    """The conversation of the first address that carries a genuine token (`local+<token>@domain`)."""
    for address in addresses:
        local = address.rpartition("@")[0]
        _, plus, detail = local.rpartition("+")
        conversation_id = read_reply_token(detail) if plus else None
        if conversation_id is not None:
            return conversation_id
    return None


def reply_address(address: str, conversation_id: int) -> str:
    """`address` with the token of the conversation in it."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{make_reply_token(conversation_id)}@{domain}"


def _signed(number: str, mac: str) -> bool:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any([constant_time_compare(mac, _mac(number, key)) for key in keys])  # noqa: C419 - all keys, always


def _mac(number: str, key: str) -> str:
    digest = salted_hmac("ramah.mail.reply", number, secret=key, algorithm="sha256").digest()
    value = int.from_bytes(digest, "big")
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in range(_MAC))


def _number(value: int) -> str:
    digits = ""
    while value or not digits:
        value, rest = divmod(value, 32)
        digits = _ALPHABET[rest] + digits
    return digits


def _value(number: str) -> int:
    value = 0
    for digit in number:
        value = value * 32 + _ALPHABET.index(digit)
    return value
