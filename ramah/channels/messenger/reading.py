"""Items of Messenger and Instagram become messages, marks on messages, and states of deliveries; or end with the reason why not.

1. Messages of the batch are stored together, in the order of their times. Their files are only noted (`channels.fetching` brings
   them), as are the names of those who are new (`profiles`).
2. Then what speaks of messages: reactions, edits, deletions, echoes, reports. What it speaks of may come later; then it waits.
"""

from collections.abc import Sequence
from datetime import datetime

from ramah.channels.commands import NotYet, Outcome
from ramah.channels.content import Content
from ramah.channels.messenger import echoes, marks, others, profiles, reports
from ramah.channels.messenger.content import content_of, content_of_postback
from ramah.channels.messenger.entries import Entry, entries_of
from ramah.channels.messenger.payloads import moment_of
from ramah.channels.messenger.platforms import known_as
from ramah.channels.models import IntakeItem
from ramah.channels.opting import is_opting_word
from ramah.channels.reading import accepted_before, follow_up, spoken_language
from ramah.conversations.commands.receiving import InboundMessage, receive_messages
from ramah.conversations.models import Inbox
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint, Proof
from ramah.kernel.providers.json import digest_of, text_in

S = IntakeItem.State


def read_items(items: Sequence[IntakeItem], at: datetime) -> list[Outcome | NotYet]:
    """Read stored items. Raises whatever went wrong: the intake then reads them one by one."""
    entries = entries_of(items)
    said = sorted((entry for entry in entries if entry.is_message), key=lambda entry: entry.happened_at(at))
    outcomes: dict[int, Outcome | NotYet] = _store_messages(said, at=at)
    rest = [entry for entry in entries if not entry.is_message]
    seen = accepted_before([(entry.item.inbox_id, entry.external_id) for entry in rest])
    for entry in rest:
        if (entry.item.inbox_id, entry.external_id) in seen:
            outcomes[entry.item.pk] = Outcome(S.DUPLICATE, entry.external_id, "the same was read before")
            continue
        outcome = _read_other(entry, at=at)
        outcomes[entry.item.pk] = outcome
        if isinstance(outcome, Outcome) and outcome.state == S.ACCEPTED:
            seen.add((entry.item.inbox_id, entry.external_id))
    return [outcomes[item.pk] for item in items]


def _read_other(entry: Entry, *, at: datetime) -> Outcome | NotYet:
    if entry.inbox is None:
        return others.read_rest(entry, at=at)
    if entry.kind in marks.KINDS:
        return marks.read_mark(entry, at=at)
    if entry.kind in ("read", "delivery"):
        return reports.read_report(entry, at=at)
    if entry.kind == "echo":
        return echoes.read_echo(entry, at=at)
    return others.read_rest(entry, at=at)


def _store_messages(entries: Sequence[Entry], *, at: datetime) -> dict[int, Outcome | NotYet]:
    if not entries:
        return {}
    placed = [(entry, entry.inbox) for entry in entries if entry.inbox is not None]
    contents = [_content(entry, inbox) for entry, inbox in placed]
    strangers = [_stranger(entry, content) for (entry, _inbox), content in zip(placed, contents, strict=True)]
    points = customers.meet_customers(strangers, at=at)
    names = profiles.names_of(points)
    inbounds = [
        _inbound(entry, inbox, content, point, name=names.get(point.pk, ""), language=stranger.language, at=at)
        for (entry, inbox), content, point, stranger in zip(placed, contents, points, strangers, strict=True)
    ]
    received = receive_messages(inbounds, at=at)
    said = [(inbox, content, one) for (_entry, inbox), content, one in zip(placed, contents, received, strict=True)]
    follow_up(said, at=at)
    nameless = ((point, inbox) for point, (_entry, inbox) in zip(points, placed, strict=True) if point.pk not in names)
    profiles.ask_for(nameless, at=at)
    return {entry.item.pk: Outcome.of(one) for (entry, _inbox), one in zip(placed, received, strict=True)}


def _content(entry: Entry, inbox: Inbox) -> Content:
    if entry.kind == "postback":
        return content_of_postback(entry.part)
    return content_of(entry.part, name=entry.platform.name, language=inbox.language)


def _stranger(entry: Entry, content: Content) -> customers.Stranger:
    # Meta vouches for the account, but anybody may have one under any name: it proves nothing of who they are.
    language = "" if entry.kind == "postback" else spoken_language(content.text)
    return customers.Stranger(entry.platform.channel, entry.sender, language=language, proof=Proof.CLAIMED)


def _inbound(
    entry: Entry, inbox: Inbox, content: Content, point: ContactPoint, *, name: str, language: str, at: datetime
) -> InboundMessage:
    replies_to = text_in(entry.part, "reply_to", "mid", most=230)
    known = known_as(entry.platform, replies_to) if replies_to else ""
    return InboundMessage(
        inbox=inbox,
        sender=point,
        external_id=entry.external_id,
        digest=digest_of(entry.sender, entry.kind, entry.mid, text_in(entry.event, "timestamp", most=20)),
        text=content.text,
        gist=content.gist,
        language=language or point.customer.language,
        author_name=name,
        sent_at=moment_of(entry.event, at=at),
        references=[known] if known else [],
        answers=known,
        continues=True,
        is_personal=not is_opting_word(content.text),
        detail=dict(content.detail),
    )
