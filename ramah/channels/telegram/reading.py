"""Updates of Telegram become messages, marks on messages, and notes on who can be written to; or end with the reason why not.

1. All go in the order of their times, and within a second of their numbers: a batch may hold them shuffled.
2. Who came by a link of ours is noted; the first words afterwards begin a conversation about what the link was about.
3. Messages are stored together. Their files are only noted: `channels.fetching` brings them.
4. Then whatever speaks of messages: reactions, edits. What they speak of may come later; then they wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ramah.channels.commands import NotYet, Outcome
from ramah.channels.content import Content
from ramah.channels.models import IntakeItem
from ramah.channels.opting import is_opting_word
from ramah.channels.reading import accepted_before, follow_up, spoken_language
from ramah.channels.telegram import marks, members, starts
from ramah.channels.telegram.content import content_of, content_of_press, own_phone_in, service_of
from ramah.channels.telegram.payloads import started_with
from ramah.channels.telegram.people import clear_blocked, name_of, stranger_of, verify_phone
from ramah.channels.telegram.updates import (
    EDIT,
    MEMBER,
    MESSAGE,
    PRESS,
    Update,
    known_as,
    number_in,
    update_of,
    why_not_read,
)
from ramah.conversations.commands.receiving import InboundMessage, receive_messages
from ramah.conversations.models import Message
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint
from ramah.kernel.providers.json import digest_of, object_in, read_json, text_in

S = IntakeItem.State


@dataclass(frozen=True, slots=True)
class _Entry:
    """An item as it was read: `why_not` says why nothing comes of it."""

    item: IntakeItem
    update: Update
    why_not: str

    @property
    def is_said(self) -> bool:
        """Whether the customer says something by it."""
        if self.why_not:
            return False
        if self.update.kind == PRESS:
            return bool(text_in(self.update.thing, "data", most=64))
        if self.update.kind == EDIT:  # what it corrects never came: then this is all that there is of it
            waited = self.item.attempts >= len(marks.PAUSES) and not marks.is_known(self.update)
            return waited and bool(self.update.known_as) and not _is_moving(self.update)
        is_message = self.update.kind == MESSAGE and bool(self.update.known_as)
        return is_message and not service_of(self.update.thing) and started_with(self.update) is None

    @property
    def external_id(self) -> str:
        """The name of the message that it is, or of the event."""
        return self.update.known_as if self.update.kind in (MESSAGE, EDIT) else self.update.event_id

    @property
    def name(self) -> tuple[int, str]:
        """By which the same update is known again."""
        return (self.item.inbox_id, self.update.event_id)


def read_items(items: Sequence[IntakeItem], at: datetime) -> list[Outcome | NotYet]:
    """Read stored items. Raises whatever went wrong: the intake then reads them one by one."""
    entries = [_entry(item) for item in items]
    entries.sort(key=lambda entry: (entry.update.moment(at) or at, int(entry.update.message_id or 0)))
    said = [entry for entry in entries if entry.is_said]
    rest = [entry for entry in entries if not entry.is_said]
    opened = [entry for entry in rest if not entry.why_not and started_with(entry.update) is not None]
    outcomes: dict[int, Outcome | NotYet] = {entry.item.pk: _read_start(entry, at=at) for entry in opened}
    outcomes |= _store_messages(said, at=at)
    seen = accepted_before([entry.name for entry in rest])
    for entry in entries:
        if entry.item.pk not in outcomes:
            outcomes[entry.item.pk] = _read_other(entry, seen, at=at)
    return [outcomes[item.pk] for item in items]


def _entry(item: IntakeItem) -> _Entry:
    update = update_of(read_json(bytes(item.raw)), bot=str(item.envelope.get("bot") or ""))
    return _Entry(item, update, why_not_read(update))


def _read_start(entry: _Entry, *, at: datetime) -> Outcome:
    """They have pressed Start, and said nothing yet; `payloads.answer_hook` has greeted them."""
    update, inbox = entry.update, entry.item.inbox
    reason = starts.note_start(update, inbox, payload=started_with(update) or "", at=at)
    return Outcome(S.IGNORED, update.event_id, reason=reason)


def _store_messages(entries: Sequence[_Entry], *, at: datetime) -> dict[int, Outcome | NotYet]:
    if not entries:
        return {}
    contents = [_content(entry) for entry in entries]
    languages = [spoken_language(content.text) for content in contents]
    strangers = [stranger_of(entry.update, language=told) for entry, told in zip(entries, languages, strict=True)]
    points = customers.meet_customers(strangers, at=at)
    begun = starts.Starts([(entry.item.inbox, point) for entry, point in zip(entries, points, strict=True)])
    inbounds = []
    for entry, content, point, language in zip(entries, contents, points, languages, strict=True):
        about = begun.take(entry.item.inbox, point, said_at=entry.update.moment(at) or at)
        inbounds.append(_inbound(entry, content, point, language=language, about=about, at=at))
    received = receive_messages(inbounds, at=at)
    for entry, one in zip(entries, received, strict=True):
        if not one.duplicate:
            _learn(entry, one.message, at=at)
    said = zip(entries, contents, received, strict=True)
    follow_up([(entry.item.inbox, content, one) for entry, content, one in said], at=at)
    # Of several corrections of a message that never came, the first is the message, and the others correct it.
    read = [
        (entry, one)
        for entry, one in zip(entries, received, strict=True)
        if not (one.duplicate and entry.update.kind == EDIT)
    ]
    return {entry.item.pk: Outcome.of(one) for entry, one in read}


def _content(entry: _Entry) -> Content:
    if entry.update.kind == PRESS:
        return content_of_press(entry.update.thing)
    return content_of(entry.update.thing, language=entry.item.inbox.language)


def _learn(entry: _Entry, message: Message, *, at: datetime) -> None:
    """What a new message says of whoever wrote it."""
    point = message.contact_point
    if point is None:
        return
    clear_blocked(point, at=entry.update.moment(at) or at)
    if phone := own_phone_in(entry.update.thing):
        verify_phone(point, phone, at=at)


def _inbound(
    entry: _Entry, content: Content, point: ContactPoint, *, language: str, about: str, at: datetime
) -> InboundMessage:
    update = entry.update
    answers = _answered(update)
    detail = dict(content.detail)
    if username := text_in(update.sender, "username", most=40):
        detail["username"] = username
    if update.kind == EDIT:
        detail["edited"] = True
    continues = not about or starts.goes_on_about(about, entry.item.inbox, point)
    return InboundMessage(
        inbox=entry.item.inbox,
        sender=point,
        external_id=entry.external_id,
        digest=_digest(update),
        text=content.text,
        gist=content.gist,
        language=language or point.customer.language,
        author_name=name_of(update.sender),
        sent_at=update.moment(at),
        references=[answers] if answers else [],
        answers=answers,
        about=about,
        continues=continues,
        is_personal=not is_opting_word(content.text),
        detail=detail,
    )


def _answered(update: Update) -> str:
    """The message that it answers: the one whose button was pressed, or the one that is named."""
    if update.kind == PRESS:
        return update.known_as
    return known_as(update.bot, update.chat_id, number_in(update.thing, "reply_to_message", "message_id"))


def _digest(update: Update) -> str:
    """Also the same once it was edited, or its sender is called otherwise."""
    is_press = update.kind == PRESS
    told = text_in(update.thing, "id" if is_press else "date", most=64)
    return digest_of(PRESS if is_press else MESSAGE, update.chat_id, update.message_id, told)


def _read_other(entry: _Entry, seen: set[tuple[int, str]], *, at: datetime) -> Outcome | NotYet:
    update = entry.update
    if entry.why_not:
        return Outcome(S.IGNORED, update.event_id, reason=entry.why_not)
    if entry.name in seen:
        return Outcome(S.DUPLICATE, update.event_id, "the same was read before")
    if update.kind == MEMBER:
        return members.read_member(update, at=at)
    if update.kind == PRESS:
        return Outcome(S.IGNORED, update.event_id, reason="a button that says nothing")
    if update.kind == MESSAGE:
        service = service_of(update.thing)
        reason = f"no message, but Telegram's own: {service}" if service else "it does not say which message it is"
        return Outcome(S.IGNORED, update.event_id, reason=reason)
    if _is_moving(update):
        return Outcome(
            S.IGNORED, update.event_id, reason="a place that moves on; where it was first stands in the thread"
        )
    outcome = marks.read_mark(entry.item, update, at=at)
    if isinstance(outcome, Outcome) and outcome.state == S.ACCEPTED:
        seen.add(entry.name)
    return outcome


def _is_moving(update: Update) -> bool:
    return update.kind == EDIT and bool(object_in(update.thing, "location"))
