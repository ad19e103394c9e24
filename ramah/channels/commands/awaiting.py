"""Files of customers' messages that are still at the provider. The message stands at once; its files follow.

`Message.detail["awaited"]` tells whoever shows the thread which are missing: `name`, `type`, `state` (waiting, failed), `error`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from ramah.channels.models import AwaitedFile
from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.filing import AttachmentTooLarge, File, store_files
from ramah.conversations.models import Message
from ramah.conversations.permissions import REPLY
from ramah.kernel import audit, claims
from ramah.kernel.actors import Actor, require

S = AwaitedFile.State


@dataclass(frozen=True, slots=True)
class Awaited:
    """A file as the message announced it; `reference` is what the provider calls it."""

    message: Message
    inbox_id: int
    reference: str
    filename: str = ""
    content_type: str = ""
    sha256: str = ""


def await_files(files: Sequence[Awaited], *, at: datetime) -> None:
    """Note files that are to be fetched, in the transaction that stores their messages."""
    rows = [
        AwaitedFile(
            message=one.message,
            inbox_id=one.inbox_id,
            reference=one.reference,
            filename=one.filename[:200],
            content_type=one.content_type[:100],
            sha256=one.sha256[:64],
            next_attempt_at=at,
        )
        for one in files
    ]
    if not rows:
        return
    AwaitedFile.objects.bulk_create(rows)
    messages = {row.message_id: row.message for row in rows}
    for key, message in messages.items():
        message.detail = {**message.detail, "awaited": [_told(row) for row in rows if row.message_id == key]}
    Message.objects.bulk_update(messages.values(), ["detail"])


def store_awaited(row: AwaitedFile, file: File, *, at: datetime) -> bool:
    """The file is here. False: the claim was lost, or the message is gone; nothing was stored."""
    try:
        with transaction.atomic():
            if not claims.settle(row, state=S.STORED, error=""):
                return False
            store_files(row.message, [file], at=at)
            _show(row)
            return True
    except AttachmentTooLarge:
        return fail_awaited(row, error=_("The file is larger than this shop takes."), at=at)


def put_off_awaited(row: AwaitedFile, *, error: str, again: datetime) -> bool:
    """It could not be fetched, and will be tried again."""
    return claims.settle(row, error=error, attempts=row.attempts + 1, next_attempt_at=again)


def fail_awaited(row: AwaitedFile, *, error: str, at: datetime) -> bool:
    """It cannot be fetched; the thread says so."""
    with transaction.atomic():
        if not claims.settle(row, state=S.FAILED, error=error, attempts=row.attempts + 1):
            return False
        _show(row)
        return True


def fetch_again(*, actor: Actor, message: Message, at: datetime) -> int:
    """Try once more to fetch the files of a message that could not be fetched. Returns how many. Raises `PermissionDenied`."""
    require(actor, REPLY)
    with transaction.atomic():
        rows = list(AwaitedFile.objects.select_related("message__conversation").filter(message=message, state=S.FAILED))
        for row in rows:
            AwaitedFile.objects.filter(pk=row.pk).update(state=S.WAITING, attempts=0, next_attempt_at=at, error="")
        if rows:
            _show(rows[0])
            audit.record(actor, "file.fetch_again", f"message:{message.pk}", at=at, files=len(rows))
        return len(rows)


def _show(row: AwaitedFile) -> None:
    message = Message.objects.select_for_update(of=("self",)).select_related("conversation").get(pk=row.message_id)
    missing = AwaitedFile.objects.filter(message=message).exclude(state=S.STORED).order_by("id")
    detail = {name: value for name, value in message.detail.items() if name != "awaited"}
    if told := [_told(one) for one in missing]:
        detail["awaited"] = told
    message.detail = detail
    message.save(update_fields=["detail"])
    tell_pages(message.conversation, message.pk)


def _told(row: AwaitedFile) -> dict[str, str]:
    state = row.state if row.state == S.FAILED else S.WAITING
    return {"name": row.filename, "type": row.content_type, "state": str(state), "error": row.error[:300]}
