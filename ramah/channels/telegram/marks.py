"""What customers do to messages: react, edit. The message may be on its way still; then the mark waits for it."""

from datetime import datetime, timedelta

from ramah.channels.commands import NotYet, Outcome
from ramah.channels.models import IntakeItem
from ramah.channels.telegram.content import content_of
from ramah.channels.telegram.people import point_at
from ramah.channels.telegram.updates import REACTION, Update
from ramah.conversations.commands import marking
from ramah.conversations.models import ExternalId
from ramah.kernel.providers.json import objects_in, text_in

S = IntakeItem.State
PAUSES = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
# An emoji of somebody's own making is only a number; paid ones are stars.
_STAND_INS = {"custom_emoji": "✨", "paid": "⭐"}


def emoji_of(reaction: object) -> str:
    """The reactions that now stand there, in one text; empty when they were taken away."""
    found = objects_in(reaction, "new_reaction")[:3]
    return "".join(text_in(one, "emoji", most=8) or _STAND_INS.get(text_in(one, "type", most=20), "") for one in found)


def is_known(update: Update) -> bool:
    """Whether the message that the update is about stands here."""
    return ExternalId.objects.filter(value=update.known_as, is_expected=False).exists()


def read_mark(item: IntakeItem, update: Update, *, at: datetime) -> Outcome | NotYet:
    """Show on the message what was done to it."""
    rows = ExternalId.objects.select_related("message__conversation")
    known = rows.filter(value=update.known_as, is_expected=False).first() if update.known_as else None
    point = point_at(update.chat_id)
    what = "reaction" if update.kind == REACTION else "edit"
    if known is None or point is None:
        if item.attempts < len(PAUSES) and update.known_as:
            return NotYet(f"{what} of a message that is not known yet", PAUSES[item.attempts])
        return Outcome(S.IGNORED, update.event_id, reason=f"{what} of a message that is not known")
    done_at = update.moment(at) or at
    if update.kind == REACTION:
        changed = marking.react(update.known_as, emoji=emoji_of(update.thing), by=point.pk, at=done_at)
    else:
        text = content_of(update.message, language=known.message.conversation.inbox.language).text
        changed = marking.edit_message(update.known_as, text=text, by=point.pk, at=done_at)
    conversation = known.message.conversation
    if not changed:
        return Outcome(S.IGNORED, update.event_id, f"{what} that changes nothing", conversation)
    return Outcome(S.ACCEPTED, update.event_id, "", conversation, known.message)
