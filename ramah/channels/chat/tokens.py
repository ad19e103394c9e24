"""What a browser shows to be known again, and what a shop signs to say who is signed in. Pure: no database, no clock.

An identity token is `<payload>.<signature>`: the payload is JSON `{"id", "email", "name", "exp"}` in base64url, the signature
HMAC-SHA256 over that text in hexadecimal digits, with the secret of the inbox. `exp` is in Unix seconds. Ramah's own pages sign
with a key that is derived from the installation's.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

LONGEST_IDENTITY = 4096
# A page that was open for long comes back with the token it was made with: good to go on with, not to begin with.
STALE_SECONDS = 86_400


class BadIdentity(Exception):
    """The token is not signed for this inbox, ran out, or says nothing that is understood."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is signed in at the page that shows the chat. `is_own`: at the shop itself; then `ref` is the customer's public id."""

    ref: str
    email: str
    name: str
    is_own: bool
    is_stale: bool = False


def new_token() -> str:
    """What a browser keeps to come back with: 32 random bytes."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Under which a token is looked up; it is never stored itself."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def sign_identity(claims: dict[str, Any], *, secret: str) -> str:
    """The token that says so."""
    payload = base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{payload}.{_signature(payload, secret)}"


def own_secret(inbox_key: str) -> str:
    """What the shop's own pages sign with, for one inbox."""
    return _own_secret(inbox_key, settings.SECRET_KEY)


def read_identity(token: str, *, inbox_key: str, secret: str, now: float) -> Identity:
    """Who it says is signed in, at Unix time `now`; `secret` is the inbox's own, may be empty. Raises `BadIdentity`."""
    if len(token) > LONGEST_IDENTITY or not token.isascii():
        raise BadIdentity("shape")
    payload, _dot, signature = token.partition(".")
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    is_own = any([_is_signed(payload, signature, _own_secret(inbox_key, key)) for key in keys])  # noqa: C419 - all, always
    is_foreign = bool(secret) and _is_signed(payload, signature, secret)
    if not (is_own or is_foreign):
        raise BadIdentity("signature")
    claims = _claims(payload)
    ref, exp = claims.get("id"), claims.get("exp")
    if not isinstance(ref, str | int) or isinstance(ref, bool) or not str(ref) or len(str(ref)) > 64:
        raise BadIdentity("id")
    if not isinstance(exp, int | float) or isinstance(exp, bool) or now > exp + STALE_SECONDS:
        raise BadIdentity("exp")
    return Identity(
        ref=str(ref),
        email=str(claims.get("email") or "")[:254],
        name=" ".join(str(claims.get("name") or "").split())[:160],
        is_own=is_own,
        is_stale=now > exp,
    )


def _claims(payload: str) -> dict[str, Any]:
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise BadIdentity("payload") from error
    if not isinstance(claims, dict):
        raise BadIdentity("payload")
    return claims


def _own_secret(inbox_key: str, key: str) -> str:
    return salted_hmac("ramah.chat.identity", inbox_key, secret=key, algorithm="sha256").hexdigest()


def _is_signed(payload: str, signature: str, secret: str) -> bool:
    return constant_time_compare(signature, _signature(payload, secret))


def _signature(payload: str, secret: str) -> str:
    return hmac.new(secret.encode(), payload.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
