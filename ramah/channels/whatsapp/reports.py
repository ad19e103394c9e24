"""What WhatsApp reports on messages of ours: sent, delivered, read, failed; late, twice, and sometimes before we know the id.

Each message carries our own name for it, which its reports bring back: so a report finds a message whose id was never heard,
because the connection broke after it was handed over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from ramah.channels.commands import NotYet, Outcome
from ramah.channels.models import IntakeItem
from ramah.channels.whatsapp.errors import words_of
from ramah.conversations.commands import delivering
from ramah.conversations.models import MessageDelivery
from ramah.kernel.providers.json import Object, moment_in, objects_in, text_in

S = IntakeItem.State
STATES = {
    "sent": MessageDelivery.State.SENT,
    "delivered": MessageDelivery.State.DELIVERED,
    "read": MessageDelivery.State.READ,
    "played": MessageDelivery.State.READ,
    "failed": MessageDelivery.State.FAILED,
}
# How long a report waits for the message it is about: it may come before the answer that says its id.
PAUSES = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))


def callback_of(delivery: MessageDelivery, part: int, parts: int) -> str:
    """Our own name for a part of a message, which comes back with its reports."""
    return f"{delivery.public_id}/{part}/{parts}"


@dataclass(frozen=True, slots=True)
class _Callback:
    public_id: str
    part: str  # empty: the last, with which all of it is out


def _callback(status: Object) -> _Callback | None:
    public_id, _slash, rest = text_in(status, "biz_opaque_callback_data", most=100).partition("/")
    part, _slash, parts = rest.partition("/")
    if not public_id or not part.isdecimal() or not parts.isdecimal():
        return None
    return _Callback(public_id, "" if part == parts else part)


def known_as(wamid: str) -> str:
    """The name under which a message of WhatsApp is known here."""
    return f"whatsapp:{wamid}"[:250]


def report_id(status: Object) -> str:
    """The name of a report, by which the same one is known again."""
    return f"{known_as(text_in(status, 'id', most=230))}#{text_in(status, 'status', most=12)}"


def read_report(item: IntakeItem, status: Object, *, at: datetime) -> Outcome | NotYet:
    """Write down what became of a message of ours."""
    wamid, external_id = text_in(status, "id", most=230), report_id(status)
    state = STATES.get(text_in(status, "status", most=40))
    if state is None or not wamid:
        return Outcome(S.IGNORED, external_id, reason=f"status {text_in(status, 'status', most=40)!r} is not read")
    reported_at = moment_in(status, "timestamp", at=at) or at
    delivery = delivering.part_sent_as(known_as(wamid))
    callback = _callback(status)
    if delivery is None and callback is not None:
        delivering.learn_id(callback.public_id, known_as=known_as(wamid), part=callback.part, at=reported_at)
        delivery = delivering.part_sent_as(known_as(wamid))
    if delivery is None:
        if item.attempts < len(PAUSES):
            return NotYet("report on a message that is not known yet", PAUSES[item.attempts])
        return Outcome(S.IGNORED, external_id, reason="report on a message that is not ours")
    errors = objects_in(status, "errors")
    reason = words_of(errors[0]) if errors else _("WhatsApp gave no reason.")
    delivering.note_reached(known_as(wamid), state, at=reported_at, reason=reason)
    return Outcome(S.ACCEPTED, external_id, "", delivery.message.conversation, delivery.message)
