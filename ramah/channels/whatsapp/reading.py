"""Items of WhatsApp become messages, marks on messages, and states of deliveries; or end with the reason why not.

1. Messages of the batch are stored together, in their order. Their files are only noted: `channels.fetching` brings them.
2. Then whatever speaks of messages: reactions, edits, deletions, reports. What they speak of may come later; then they wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ramah.channels.commands import NotYet, Outcome, accounts
from ramah.channels.content import Content
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.opting import is_opting_word
from ramah.channels.reading import accepted_before, follow_up, spoken_language
from ramah.channels.whatsapp import marks, others, reports
from ramah.channels.whatsapp.content import content_of
from ramah.channels.whatsapp.people import address_of
from ramah.conversations.commands.receiving import InboundMessage, receive_messages
from ramah.conversations.models import Inbox
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint, Proof
from ramah.kernel.providers.json import Object, digest_of, moment_in, object_in, read_json, text_in

S = IntakeItem.State
# Messages that say something about another one, or that the customer has not written.
_MARKS = ("reaction", "edit", "revoke")
_NOT_SAID = ("system", "request_welcome")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An item as it was read."""

    item: IntakeItem
    kind: str
    said: Object
    thing: Object
    inbox: Inbox

    @property
    def type(self) -> str:
        return text_in(self.thing, "type", most=40)

    @property
    def is_message(self) -> bool:
        return self.kind == "message" and self.type not in (*_MARKS, *_NOT_SAID) and bool(address_of(self.thing))

    @property
    def external_id(self) -> str:
        if self.kind == "status":
            return reports.report_id(self.thing)
        wamid = text_in(self.thing, "id", most=230)
        return reports.known_as(wamid) if wamid else self.item.external_id

    @property
    def name(self) -> tuple[int, str]:
        """By which the same item is known again."""
        return (self.item.inbox_id, self.external_id)


def read_items(items: Sequence[IntakeItem], at: datetime) -> list[Outcome | NotYet]:
    """Read stored items. Raises whatever went wrong: the intake then reads them one by one."""
    inboxes = _Inboxes(items)
    entries = [_entry(item, inboxes) for item in items]
    seen = accepted_before([entry.name for entry in entries if not entry.is_message])
    outcomes: dict[int, Outcome | NotYet] = _store_messages([entry for entry in entries if entry.is_message], at=at)
    for entry in entries:
        if entry.is_message:
            continue
        if entry.name in seen:
            outcomes[entry.item.pk] = Outcome(S.DUPLICATE, entry.external_id, "the same was read before")
            continue
        outcome = _read_other(entry, at=at)
        outcomes[entry.item.pk] = outcome
        if isinstance(outcome, Outcome) and outcome.state == S.ACCEPTED:
            seen.add(entry.name)
    return [outcomes[item.pk] for item in items]


def _entry(item: IntakeItem, inboxes: "_Inboxes") -> _Entry:
    said = object_in({"said": read_json(bytes(item.raw))}, "said")
    phone_number_id = text_in(said, "metadata", "phone_number_id", most=60)
    return _Entry(
        item, text_in(said, "kind", most=20), said, object_in(said, "item"), inboxes.of(item.inbox, phone_number_id)
    )


class _Inboxes:
    """Which inbox an item is for. An app at Meta has one address for all of its numbers, so it may come by another's."""

    def __init__(self, items: Sequence[IntakeItem]) -> None:
        rows = ChannelAccount.objects.filter(inbox__channel="whatsapp").select_related("inbox")
        self._accounts = list(rows)
        self._by_inbox = {account.inbox_id: account for account in self._accounts}

    def of(self, inbox: Inbox, phone_number_id: str) -> Inbox:
        own = self._by_inbox.get(inbox.pk)
        if own is None or not phone_number_id or own.settings.get("phone_number_id") == phone_number_id:
            return inbox
        for account in self._accounts:
            # Only where the same secret has signed it: an account has no say in another one's messages.
            same_app = account.secret("app_secret") == own.secret("app_secret")
            if same_app and account.settings.get("phone_number_id") == phone_number_id:
                return account.inbox
        return inbox


def _store_messages(entries: Sequence[_Entry], *, at: datetime) -> dict[int, Outcome | NotYet]:
    if not entries:
        return {}
    contents = [content_of(entry.thing, language=entry.inbox.language) for entry in entries]
    strangers = [_stranger(entry, content) for entry, content in zip(entries, contents, strict=True)]
    points = customers.meet_customers(strangers, at=at)
    inbounds = [
        _inbound(entry, content, point, language=stranger.language, at=at)
        for entry, content, point, stranger in zip(entries, contents, points, strangers, strict=True)
    ]
    received = receive_messages(inbounds, at=at)
    follow_up(
        [(entry.inbox, content, one) for entry, content, one in zip(entries, contents, received, strict=True)], at=at
    )
    return {entry.item.pk: Outcome.of(one) for entry, one in zip(entries, received, strict=True)}


def _stranger(entry: _Entry, content: Content) -> customers.Stranger:
    contact = object_in(entry.said, "contact")
    return customers.Stranger(
        ContactPoint.Kind.WHATSAPP,
        address_of(entry.thing),
        text_in(contact, "profile", "name", most=160).strip(),
        spoken_language(content.text),
        Proof.CHANNEL_VERIFIED,
    )


def _inbound(entry: _Entry, content: Content, point: ContactPoint, *, language: str, at: datetime) -> InboundMessage:
    contact, message = object_in(entry.said, "contact"), entry.thing
    replies_to = text_in(message, "context", "id", most=230)
    known = reports.known_as(replies_to) if replies_to else ""
    detail = dict(content.detail)
    if user_id := text_in(message, "from_user_id", most=150) or text_in(contact, "user_id", most=150):
        detail["user_id"] = user_id  # what WhatsApp knows them by once they hide their number
    return InboundMessage(
        inbox=entry.inbox,
        sender=point,
        external_id=entry.external_id,
        digest=digest_of(*(text_in(message, name) for name in ("from", "id", "type", "timestamp"))),
        text=content.text,
        gist=content.gist,
        language=language or point.customer.language,
        author_name=text_in(contact, "profile", "name", most=160).strip(),
        sent_at=moment_in(message, "timestamp", at=at),
        references=[known] if known else [],
        answers=known,
        continues=True,
        is_personal=not is_opting_word(content.text),
        detail=detail,
    )


def _read_other(entry: _Entry, *, at: datetime) -> Outcome | NotYet:
    if entry.kind == "status":
        return reports.read_report(entry.item, entry.thing, at=at)
    if entry.kind == "message" and entry.type in _MARKS:
        return marks.read_mark(entry.item, entry.thing, external_id=entry.external_id, at=at)
    if entry.kind == "error":
        reason = others.words_of_error(entry.thing)
        account = ChannelAccount.objects.filter(inbox=entry.inbox).first()
        if account is not None:
            accounts.note_failure(account, reason=reason, at=at)
        return Outcome(S.IGNORED, entry.external_id, reason=f"error: {reason}")
    return others.read_rest(
        entry.said, kind=entry.kind, thing=entry.thing, external_id=entry.external_id, inbox=entry.inbox, at=at
    )
