"""What customers have got and read of our messages: by their ids, or by a time up to which all counts."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from ramah.channels.commands import NotYet, Outcome
from ramah.channels.messenger.entries import Entry
from ramah.channels.messenger.payloads import moment_of
from ramah.channels.messenger.platforms import known_as
from ramah.channels.models import IntakeItem
from ramah.conversations.commands import delivering
from ramah.conversations.models import MessageDelivery
from ramah.kernel.providers.json import clean

S = IntakeItem.State
D = MessageDelivery.State
# How long something waits for the message it is about: it may come before that message, or before the answer that says its id.
PAUSES = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
MOST_IDS, MOST_AT_ONCE = 100, 500
# We know when Meta's answer came, which is a moment after the time that Meta gave the message. Its echo says that time exactly.
LATENESS = timedelta(seconds=2)


def read_report(entry: Entry, *, at: datetime) -> Outcome | NotYet:
    """Write down that messages of ours have arrived, or were read."""
    may_wait = entry.item.attempts < len(PAUSES)
    if may_wait and _to(entry).filter(state=D.SENDING).exists():
        return NotYet("report while a message is handed over", PAUSES[entry.item.attempts])
    rows = _meant(entry, at=at)
    if not rows and may_wait and _ids(entry):
        return NotYet("report on a message that is not known yet", PAUSES[entry.item.attempts])
    state = D.READ if entry.kind == "read" else D.DELIVERED
    reported_at = entry.happened_at(at)
    changed = [row for row in rows if delivering.note_reached(row.external_id, state, at=reported_at)]
    if changed:
        return Outcome(S.ACCEPTED, entry.external_id, "", changed[-1].message.conversation, changed[-1].message)
    words = "report that says nothing new" if rows else "report on a message that is not ours"
    return Outcome(S.IGNORED, entry.external_id, reason=words)


def _meant(entry: Entry, *, at: datetime) -> list[MessageDelivery]:
    """The deliveries that it is about, also those that it says nothing new of."""
    rows = MessageDelivery.objects.select_related("message__conversation").filter(inbox=entry.inbox)
    found = {row.pk: row for row in rows.filter(external_id__in=_ids(entry))}
    until = moment_of(entry.part, at=at, name="watermark")
    if entry.kind == "read" and until is None and found:
        until = max(row.message.sent_at or row.ended_at or row.created_at for row in found.values())
    if until is not None:
        sent_before = Q(message__sent_at__lte=until) | Q(message__sent_at=None, ended_at__lte=until + LATENESS)
        before = _to(entry).filter(sent_before, state__in=(D.SENT, D.DELIVERED, D.READ)).order_by("-pk")[:MOST_AT_ONCE]
        found |= {row.pk: row for row in before}
    return sorted(found.values(), key=lambda row: row.pk)


def _ids(entry: Entry) -> list[str]:
    listed = entry.part.get("mids")
    mids = [clean(one)[:230] for one in listed[:MOST_IDS] if isinstance(one, str)] if isinstance(listed, list) else []
    return [known_as(entry.platform, mid) for mid in (*mids, entry.mid) if mid]


def _to(entry: Entry) -> QuerySet[MessageDelivery]:
    """What goes to whoever the report is from, found by their conversations: an index leads there."""
    return MessageDelivery.objects.select_related("message__conversation").filter(
        inbox=entry.inbox,
        message__conversation__customer__contact_points__kind=entry.platform.channel,
        message__conversation__customer__contact_points__value=entry.sender,
        recipients=[entry.sender],
    )
