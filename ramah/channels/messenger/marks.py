"""What customers do to messages: react, edit, take back. The message may be on its way still; then the mark waits for it."""

from datetime import datetime

from ramah.channels.commands import NotYet, Outcome
from ramah.channels.messenger.entries import Entry
from ramah.channels.messenger.platforms import known_as
from ramah.channels.messenger.reports import PAUSES
from ramah.channels.models import IntakeItem
from ramah.conversations.commands import marking
from ramah.conversations.models import ExternalId
from ramah.customers.models import ContactPoint
from ramah.kernel.providers.json import text_in

S = IntakeItem.State
KINDS = ("reaction", "message_edit", "unsend")
# By the words that Instagram uses where it names no emoji.
EMOJI = {
    "angry": "😠",
    "dislike": "👎",
    "laugh": "😆",
    "like": "👍",
    "love": "❤️",
    "sad": "😢",
    "smile": "😄",
    "wow": "😮",
}


def read_mark(entry: Entry, *, at: datetime) -> Outcome | NotYet:
    """Show on the message what was done to it."""
    name = known_as(entry.platform, entry.mid)
    rows = ExternalId.objects.select_related("message__conversation").filter(value=name, is_expected=False)
    known = rows.first() if entry.mid else None
    point = ContactPoint.objects.filter(kind=entry.platform.channel, value=entry.sender).first()
    if known is None or point is None:
        if entry.mid and entry.sender and entry.item.attempts < len(PAUSES):
            return NotYet(f"{entry.kind} of a message that is not known yet", PAUSES[entry.item.attempts])
        return Outcome(S.IGNORED, entry.external_id, reason=f"{entry.kind} of a message that is not known")
    conversation = known.message.conversation
    if not _marked(entry, name, by=point.pk, at=entry.happened_at(at)):
        return Outcome(S.IGNORED, entry.external_id, f"{entry.kind} that changes nothing", conversation)
    return Outcome(S.ACCEPTED, entry.external_id, "", conversation, known.message)


def _marked(entry: Entry, name: str, *, by: int, at: datetime) -> bool:
    if entry.kind == "reaction":
        return marking.react(name, emoji=_emoji(entry), by=by, at=at)
    if entry.kind == "message_edit":
        return marking.edit_message(name, text=text_in(entry.part, "text"), by=by, at=at)
    return marking.delete_message(name, by=by, at=at)


def _emoji(entry: Entry) -> str:
    if text_in(entry.part, "action", most=20) == "unreact":
        return ""
    word = text_in(entry.part, "reaction", most=20)
    return text_in(entry.part, "emoji", most=16) or EMOJI.get(word, "🙂")
