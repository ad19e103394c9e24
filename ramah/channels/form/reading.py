"""Submissions of the contact form become conversations of the inbox they were handed to.

Whoever types an address has only claimed it; where the shop knew the writer (a log-in, a proved order), the message says so.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from ramah.channels.commands import FORM, Outcome, register_reader
from ramah.channels.form.raw import SentFile, Submission, read_raw
from ramah.channels.models import IntakeItem
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.receiving import InboundMessage, receive_messages
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint

S = IntakeItem.State
TRAPPED = "a field was filled in that people do not see"


def read_forms(items: Sequence[IntakeItem], at: datetime) -> list[Outcome]:
    """Read submissions. Raises whatever went wrong: the intake then quarantines the one that fails."""
    read = [(item, *read_raw(bytes(item.raw))) for item in items]
    people = [one for one in read if not _is_trapped(one[0], one[1])]
    points = customers.meet_customers([_stranger(submission) for _item, submission, _files in people], at=at)
    inbounds = [_inbound(*one, point) for one, point in zip(people, points, strict=True)]
    received = iter(receive_messages(inbounds, at=at))
    return [
        _ignored(submission, files, item) if _is_trapped(item, submission) else Outcome.of(next(received))
        for item, submission, files in read
    ]


def _is_trapped(item: IntakeItem, submission: Submission) -> bool:
    # One that somebody has had read again was looked at by a person.
    return submission.is_trap and item.reason != TRAPPED


def _ignored(submission: Submission, files: list[SentFile], item: IntakeItem) -> Outcome:
    return Outcome(S.IGNORED, _external_id(submission, _digest(submission, files), item), TRAPPED)


def _stranger(submission: Submission) -> customers.Stranger:
    address = submission.email.strip().lower()
    return customers.Stranger(ContactPoint.Kind.EMAIL, address, submission.name[:160], submission.language)


def _inbound(item: IntakeItem, submission: Submission, files: list[SentFile], sender: ContactPoint) -> InboundMessage:
    digest = _digest(submission, files)
    return InboundMessage(
        inbox=item.inbox,
        sender=sender,
        external_id=_external_id(submission, digest, item),
        digest=digest[:16],
        subject=" ".join(submission.subject.split())[:250],
        text=submission.text,
        language=submission.language,
        author_name=submission.name,
        to=[item.inbox.address],
        about=submission.about,
        thread=submission.thread,
        detail={"channel": FORM, **({"proof": "verified"} if submission.is_proved else {})},
        files=[File(file.filename, file.content_type, file.content) for file in files],
    )


def _digest(submission: Submission, files: Sequence[SentFile]) -> str:
    words = "\0".join((submission.email.strip().lower(), submission.subject, submission.text, submission.about))
    content = words.encode("utf-8", "replace") + b"".join(b"\0" + file.content for file in files)
    return hashlib.sha256(content).hexdigest()


def _external_id(submission: Submission, digest: str, item: IntakeItem) -> str:
    """As a Message-ID, since answers by mail refer to it."""
    told = hashlib.sha256(f"{submission.key}\0{digest}".encode("utf-8", "replace")).hexdigest()[:40]
    return f"<form.{told}@{item.inbox.address.rpartition('@')[2]}>"


register_reader(FORM, read_forms)
