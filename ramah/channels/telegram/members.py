"""Customers who block the bot, or let it in again."""

from datetime import datetime

from django.utils.translation import gettext as _

from ramah.channels.commands import Outcome
from ramah.channels.models import IntakeItem
from ramah.channels.telegram.people import clear_blocked, flag_blocked, point_at
from ramah.channels.telegram.updates import Update
from ramah.kernel.providers.json import text_in

S = IntakeItem.State


def blocked_words() -> str:
    """Why nothing can be sent, for people."""
    return _("The customer has blocked the bot on Telegram.")


def read_member(update: Update, *, at: datetime) -> Outcome:
    """Note whether they can be written to."""
    status = text_in(update.thing, "new_chat_member", "status", most=20)
    moment = update.moment(at) or at
    point = point_at(update.chat_id)
    if point is None:
        return Outcome(S.IGNORED, update.event_id, reason="of nobody who is known")
    if status == "kicked":
        flag_blocked(update.chat_id, reason=blocked_words(), at=moment)
        return Outcome(S.IGNORED, update.event_id, reason="noted: the customer has blocked the bot")
    if status == "member":
        clear_blocked(point, at=moment)
        return Outcome(S.IGNORED, update.event_id, reason="noted: the customer lets the bot write")
    return Outcome(S.IGNORED, update.event_id, reason=f"the bot is {status or 'of no status'} in the chat")
