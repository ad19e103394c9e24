"""What visitors say, stored many at a time: the raw frame in the intake, the message in its thread, the visitor's row, together.

1. Nothing is acknowledged before the transaction that holds it is committed.
2. The visitor's client id makes saying it again harmless: the same words under the same id are the line that stands already.
3. If a batch fails, each is tried alone. One that fails alone is kept raw in the intake, for the worker and then for a person.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, transaction

from ramah.channels.chat.limits import seconds_to_wait
from ramah.channels.chat.lines import line_of
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.queries import CHANNEL, files_of
from ramah.channels.commands import Outcome, S, register_reader, take_in
from ramah.channels.models import IntakeItem
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.receiving import InboundMessage, Received, receive_messages
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint, Proof
from ramah.kernel import clock
from ramah.kernel.nudges import nudge

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Saying:
    """One message of a visitor, checked in shape. `page` is where they were when they wrote it."""

    visitor_id: int
    inbox_id: int
    visitor_key: str  # the visitor's public id
    client_id: str
    text: str
    at: datetime
    files: Sequence[File] = ()
    page: Mapping[str, str] = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        return f"{CHANNEL}:{self.visitor_key}:{self.client_id}"

    @property
    def digest(self) -> str:
        """Over what was said: another text under the same id is another message."""
        told = hashlib.sha256(self.text.encode("utf-8", "replace"))
        for file in self.files:
            told.update(b"\0" + hashlib.sha256(file.content).digest())
        return told.hexdigest()[:16]

    @property
    def raw(self) -> bytes:
        """The frame as it is kept."""
        frame: dict[str, Any] = {"type": "say", "id": self.client_id, "text": self.text}
        if self.page:
            frame["page"] = dict(self.page)
        if self.files:
            frame["files"] = [
                {"name": f.filename, "size": len(f.content), "sha256": hashlib.sha256(f.content).hexdigest()}
                for f in self.files
            ]
        return json.dumps(frame, ensure_ascii=False).encode("utf-8", "replace")

    @property
    def envelope(self) -> dict[str, object]:
        return {"channel": CHANNEL, "visitor": self.visitor_key}


@dataclass(frozen=True, slots=True)
class Said:
    """What became of it: stored (`line` is null where it could only be kept raw), or refused: `why`, and for how many seconds."""

    line: dict[str, Any] | None = None
    conversation_id: int | None = None
    why: str = ""
    wait: int = 0

    @property
    def message_id(self) -> int:
        return int(self.line["id"]) if self.line else 0


def say(saying: Saying) -> Said:
    """Store one message, now. See `say_all`."""
    return say_all([saying])[0]


def say_all(sayings: Sequence[Saying]) -> list[Said]:
    """Store what these visitors say, in this order, each within the limits. What it then calls stored is committed."""
    waits = [seconds_to_wait("say", saying.visitor_key, at=saying.at) for saying in sayings]
    stored = iter(_store_all([one for one, wait in zip(sayings, waits, strict=True) if not wait]))
    return [Said(why="too_fast", wait=wait) if wait else next(stored) for wait in waits]


def say_from_sockets(sayings: Sequence[Saying]) -> list[Said]:
    """As `say_all`, in a thread that lives longer than its connection to the database."""
    close_old_connections()
    return say_all(sayings)


def _store_all(sayings: Sequence[Saying]) -> list[Said]:
    if not sayings:
        return []
    try:
        with transaction.atomic():
            return [said for said, _received in _store(sayings, at=clock.now())]
    except (OperationalError, InterfaceError):
        _log.warning("the database is away or locked; visitors are asked to send again", exc_info=True)
        return [Said(why="try_again", wait=2)] * len(sayings)
    except Exception:
        if len(sayings) > 1:
            return [said for saying in sayings for said in _store_all([saying])]
        _log.exception("what a visitor said is kept raw")
        return [_keep_raw(sayings[0])]


def _keep_raw(saying: Saying) -> Said:
    try:
        take_in(inbox_id=saying.inbox_id, raws=[(saying.raw, saying.envelope)], at=clock.now())
    except Exception:
        _log.exception("what a visitor said could not be kept")
        return Said(why="try_again", wait=10)
    return Said()


def _store(sayings: Sequence[Saying], *, at: datetime) -> list[tuple[Said, Received | None]]:
    """Message, intake and visitors. Must run in a transaction."""
    visitors = _visitors(sayings)
    here = [saying for saying in sayings if saying.visitor_id in visitors]
    _meet(list(visitors.values()), at=at)
    received = receive_messages(_inbounds(here, visitors), at=at)
    _account(here, received, at=at)
    _move(here, received, visitors)
    told = dict(zip(map(id, here), received, strict=True))
    files = files_of([one.message for saying, one in zip(here, received, strict=True) if saying.files])
    ended: list[tuple[Said, Received | None]] = []
    for saying in sayings:
        one = told.get(id(saying))
        if one is None:
            ended.append((Said(why="forgotten"), None))
            continue
        line = line_of(one.message, visitor_id=saying.visitor_key, files=files.get(one.message.pk, ()))
        ended.append((Said({**line, "client_id": saying.client_id}, one.conversation.pk), one))
    return ended


def _visitors(sayings: Sequence[Saying]) -> dict[int, ChatVisitor]:
    rows = ChatVisitor.objects.select_for_update(of=("self",)).select_related("inbox", "contact_point")
    return {row.pk: row for row in rows.filter(pk__in={one.visitor_id for one in sayings}).order_by("pk")}


def _meet(visitors: Sequence[ChatVisitor], *, at: datetime) -> None:
    """Each visitor has a contact point from the first word on."""
    new = [visitor for visitor in visitors if visitor.contact_point is None]
    strangers = [
        customers.Stranger(
            ContactPoint.Kind.VISITOR,
            visitor.public_id,
            visitor.name,
            visitor.language,
            Proof.CLAIMED if visitor.name else Proof.ANONYMOUS,
        )
        for visitor in new
    ]
    for visitor, point in zip(new, customers.meet_customers(strangers, at=at) if new else [], strict=True):
        visitor.contact_point = point
        ChatVisitor.objects.filter(pk=visitor.pk).update(contact_point=point)


def _inbounds(sayings: Sequence[Saying], visitors: Mapping[int, ChatVisitor]) -> list[InboundMessage]:
    inbounds, before = [], dict[int, str]()
    for saying in sayings:
        visitor = visitors[saying.visitor_id]
        if visitor.contact_point is None:
            raise AssertionError("met above")
        opens = visitor.conversation_id is None
        detail: dict[str, object] = {"channel": CHANNEL, "client_id": saying.client_id}
        if opens and saying.visitor_id not in before and saying.page:
            detail["page"] = dict(saying.page)
        inbounds.append(
            InboundMessage(
                inbox=visitor.inbox,
                sender=visitor.contact_point,
                external_id=saying.external_id,
                digest=saying.digest,
                text=saying.text,
                gist=", ".join(file.filename for file in saying.files)[:160],
                language=visitor.language,
                author_name=visitor.name,
                thread=visitor.conversation_id,
                # Two first words in one batch: the second goes where the first went.
                references=[before[saying.visitor_id]] if opens and saying.visitor_id in before else (),
                files=saying.files,
                detail=detail,
            )
        )
        before[saying.visitor_id] = saying.external_id
    return inbounds


def _account(sayings: Sequence[Saying], received: Sequence[Received], *, at: datetime) -> None:
    """The intake knows each of them, ended."""
    IntakeItem.objects.bulk_create(
        [
            IntakeItem(
                inbox_id=saying.inbox_id,
                external_id=one.external_id,
                raw=saying.raw,
                envelope=saying.envelope,
                state=S.DUPLICATE if one.duplicate else S.ACCEPTED,
                reason=f"the same message is in {one.conversation.reference}" if one.duplicate else "",
                conversation=one.conversation,
                message=one.message,
                ended_at=at,
                created_at=at,
            )
            for saying, one in zip(sayings, received, strict=True)
        ]
    )


def _move(sayings: Sequence[Saying], received: Sequence[Received], visitors: Mapping[int, ChatVisitor]) -> None:
    """Each visitor is in the conversation where their newest words went; their other pages hear of it."""
    for saying, one in zip(sayings, received, strict=True):
        visitor = visitors[saying.visitor_id]
        if not one.duplicate and visitor.conversation_id != one.conversation.pk:
            visitor.conversation_id = one.conversation.pk
            ChatVisitor.objects.filter(pk=visitor.pk).update(conversation=one.conversation)
            nudge(f"visitor:{visitor.pk}", {"conversation": one.conversation.pk})


def read_said(items: Sequence[IntakeItem], at: datetime) -> list[Outcome]:
    """Read what could only be kept raw before. Raises whatever went wrong; files that came with it are not there any more."""
    keys = [str(item.envelope.get("visitor") or "") for item in items]
    known = {row.public_id: row for row in ChatVisitor.objects.filter(public_id__in=keys)}
    return [_read(item, known.get(key), at=at) for item, key in zip(items, keys, strict=True)]


def _read(item: IntakeItem, visitor: ChatVisitor | None, *, at: datetime) -> Outcome:
    if visitor is None:
        return Outcome(S.IGNORED, item.external_id, "the visitor was forgotten")
    frame = json.loads(bytes(item.raw))
    saying = Saying(
        visitor.pk, item.inbox_id, visitor.public_id, str(frame["id"])[:64], str(frame["text"]), item.created_at
    )
    visitors = _visitors([saying])
    _meet(list(visitors.values()), at=at)
    received = receive_messages(_inbounds([saying], visitors), at=at)
    _move([saying], received, visitors)
    return Outcome.of(received[0])


register_reader(CHANNEL, read_said)
