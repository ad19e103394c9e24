"""What the page itself has sent, as Meta tells of it: our own messages, or what was written past Ramah.

Our own are known by their id. Where the answer with that id was never heard they are known by what we call them, which Messenger
brings back, or else by their words: so a message of which nobody knew whether it went out is found.
"""

from datetime import datetime, timedelta

from ramah.channels.commands import NotYet, Outcome
from ramah.channels.messenger.content import content_of
from ramah.channels.messenger.entries import Entry
from ramah.channels.messenger.reports import PAUSES
from ramah.channels.models import IntakeItem
from ramah.channels.reading import note_files
from ramah.conversations.commands import delivering
from ramah.conversations.commands.elsewhere import SaidElsewhere, store_said_elsewhere
from ramah.conversations.commands.sealing import unsealed
from ramah.conversations.models import ExternalId, Message, MessageDelivery
from ramah.customers import commands as customers
from ramah.kernel.providers.json import text_in

S = IntakeItem.State
D = MessageDelivery.State
OURS = "our own message"
# So long after it went out or not, a message can be found by its words.
RECENT = timedelta(hours=1)


def read_echo(entry: Entry, *, at: datetime) -> Outcome | NotYet:
    """Learn of our own message what its echo says; show one that was written past Ramah."""
    if entry.inbox is None or not entry.mid or not entry.recipient:
        return Outcome(S.IGNORED, entry.external_id, reason="echo: it does not say of what, or to whom")
    if entry.part.get("is_deleted") is True:
        return Outcome(S.IGNORED, entry.external_id, reason="echo: the page took a message back past Ramah")
    sent_at = entry.happened_at(at)
    rows = ExternalId.objects.select_related("message__conversation").filter(value=entry.external_id, is_expected=False)
    known = rows.first()
    if known is None and (delivery := _by_our_name(entry) or _by_its_words(entry, at=at)) is not None:
        if delivery.state in (D.QUEUED, D.SENDING) and entry.item.attempts < len(PAUSES):
            return NotYet("echo of a message that is being handed over", PAUSES[entry.item.attempts])
        delivering.learn_id(delivery.public_id, known_as=entry.external_id, part=_part_of(entry), at=sent_at)
        known = rows.first()
        if known is None:
            return Outcome(S.IGNORED, entry.external_id, OURS, delivery.message.conversation)
    if known is not None:
        _note_time(known.message, sent_at)
        return Outcome(S.IGNORED, entry.external_id, OURS, known.message.conversation)
    return _show(entry, sent_at, at=at)


def _note_time(message: Message, sent_at: datetime) -> None:
    """When Meta says that it went out: reports count from that time."""
    if message.author != Message.Author.CUSTOMER and (message.sent_at is None or message.sent_at < sent_at):
        Message.objects.filter(pk=message.pk).update(sent_at=sent_at)


def _callback(entry: Entry) -> list[str]:
    """Our own name for it: public id, part, parts; nothing where it has none of ours."""
    pieces = text_in(entry.part, "metadata", most=100).split("/")
    is_ours = len(pieces) == 3 and pieces[1].isdecimal() and pieces[2].isdecimal()
    return pieces if is_ours else []


def _by_our_name(entry: Entry) -> MessageDelivery | None:
    if not (callback := _callback(entry)):
        return None
    rows = MessageDelivery.objects.select_related("message__conversation")
    return rows.filter(public_id=callback[0], inbox=entry.inbox).first()


def _part_of(entry: Entry) -> str:
    """Which part of a message it is; empty: the last, with which all of it is out."""
    callback = _callback(entry)
    return callback[1] if callback and callback[1] != callback[2] else ""


def _by_its_words(entry: Entry, *, at: datetime) -> MessageDelivery | None:
    """What is on its way to them, or may have gone out, with the same words or where only a file can tell."""
    rows = MessageDelivery.objects.select_related("message__conversation").filter(
        inbox=entry.inbox,
        message__conversation__customer__contact_points__kind=entry.platform.channel,
        message__conversation__customer__contact_points__value=entry.recipient,
        state__in=(D.SENDING, D.FAILED),
    )
    text = text_in(entry.part, "text").strip()
    for row in rows.order_by("pk"):
        is_open = row.state == D.SENDING or (
            row.is_uncertain and row.ended_at is not None and at - row.ended_at < RECENT
        )
        ours = unsealed(row.message, row.message.text)
        same = ours.strip() == text
        if is_open and (same if row.state == D.FAILED else same or not text or text in ours):
            return row
    return None


def _show(entry: Entry, sent_at: datetime, *, at: datetime) -> Outcome:
    assert entry.inbox is not None  # noqa: S101 - the caller has looked
    content = content_of(entry.part, name=entry.platform.name, language=entry.inbox.language)
    point = customers.meet_customer(kind=entry.platform.channel, value=entry.recipient, at=at)
    said = SaidElsewhere(
        inbox=entry.inbox,
        recipient=point,
        external_id=entry.external_id,
        text=content.text,
        gist=content.gist,
        sent_at=sent_at,
        detail=content.detail,
    )
    received = store_said_elsewhere(said, at=at)
    note_files([(entry.inbox, content, received)], at=at)
    return Outcome.of(received)
