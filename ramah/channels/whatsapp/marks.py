"""What customers do to messages: react, edit, take back. The message may be on its way still; then the mark waits for it."""

from datetime import datetime

from ramah.channels.commands import NotYet, Outcome
from ramah.channels.models import IntakeItem
from ramah.channels.whatsapp.content import content_of
from ramah.channels.whatsapp.people import address_of
from ramah.channels.whatsapp.reports import PAUSES, known_as
from ramah.conversations.commands import marking
from ramah.conversations.models import ExternalId
from ramah.customers.models import ContactPoint
from ramah.kernel.providers.json import Object, moment_in, object_in, text_in

S = IntakeItem.State


def read_mark(item: IntakeItem, message: Object, *, external_id: str, at: datetime) -> Outcome | NotYet:
    """Show on the message what was done to it."""
    kind = text_in(message, "type", most=40)
    about = object_in(message, kind)
    wamid = text_in(about, "message_id", most=230) or text_in(about, "original_message_id", most=230)
    rows = ExternalId.objects.select_related("message__conversation").filter(value=known_as(wamid), is_expected=False)
    known = rows.first()
    point = ContactPoint.objects.filter(kind=ContactPoint.Kind.WHATSAPP, value=address_of(message)).first()
    if known is None or point is None:
        if item.attempts < len(PAUSES):
            return NotYet(f"{kind} of a message that is not known yet", PAUSES[item.attempts])
        return Outcome(S.IGNORED, external_id, reason=f"{kind} of a message that is not known")
    done_at = moment_in(message, "timestamp", at=at) or at
    if kind == "reaction":
        emoji = text_in(about, "emoji", most=16)
        changed = marking.react(known_as(wamid), emoji=emoji, by=point.pk, at=done_at)
    elif kind == "edit":
        text = content_of(object_in(about, "message"), language="en").text
        changed = marking.edit_message(known_as(wamid), text=text, by=point.pk, at=done_at)
    else:
        changed = marking.delete_message(known_as(wamid), by=point.pk, at=done_at)
    conversation = known.message.conversation
    if not changed:
        return Outcome(S.IGNORED, external_id, f"{kind} that changes nothing", conversation)
    return Outcome(S.ACCEPTED, external_id, "", conversation, known.message)
