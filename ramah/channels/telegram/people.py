"""Who writes by Telegram: an account that somebody calls their own. It proves nothing but itself; a number of their own does.

The address is the number of the private chat, which is that of the account. Whoever has blocked the bot gets nothing more.
"""

import re
from contextlib import suppress
from datetime import datetime

from ramah.channels.telegram.updates import Update
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint, Proof
from ramah.kernel.actors import SYSTEM
from ramah.kernel.providers.json import Object, text_in

KIND = ContactPoint.Kind.TELEGRAM
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{2,4})?")


def name_of(user: Object) -> str:
    """How they call themselves."""
    names = (text_in(user, part, most=80).strip() for part in ("first_name", "last_name"))
    return " ".join(name for name in names if name)[:160]


def language_of(user: Object) -> str:
    """The language of their app; empty where it does not say."""
    code = text_in(user, "language_code", most=8).lower()
    return code if _LANGUAGE.fullmatch(code) else ""


def stranger_of(update: Update, *, language: str) -> customers.Stranger:
    """Who did it, as customers are met: a name that is given is claimed, without one they are nobody."""
    name = name_of(update.sender)
    proof = Proof.CLAIMED if name else Proof.ANONYMOUS
    return customers.Stranger(KIND, update.chat_id, name, language or language_of(update.sender), proof)


def point_at(chat_id: str) -> ContactPoint | None:
    """The contact point of a chat, with its customer, where they are known."""
    return ContactPoint.objects.select_related("customer").filter(kind=KIND, value=chat_id).first()


def flag_blocked(chat_id: str, *, reason: str, at: datetime) -> None:
    """Nothing gets through to them any more."""
    customers.flag_bounced(kind=KIND, value=chat_id, reason=reason, at=at)


def clear_blocked(point: ContactPoint, *, at: datetime) -> bool:
    """They can be written to again: they have spoken at `at`, or let the bot in. False: they always could."""
    if point.bounced_at is None or point.bounced_at > at:
        return False
    customers.clear_bounce(actor=SYSTEM, point=point, at=at)
    point.bounced_at, point.bounce_reason = None, ""
    return True


def verify_phone(point: ContactPoint, number: str, *, at: datetime) -> None:
    """Telegram says that the number is theirs, if it is one. Whether another customer who has it is the same person is for an
    agent to say."""
    with suppress(customers.NotAnAddress):
        value = customers.normalized(ContactPoint.Kind.PHONE, number if number.startswith("+") else f"+{number}")
        customers.note_own_number(point=point, number=value, at=at)
