"""Messages of ours in parts: a provider's message holds a text or one file, so one of ours may become several there.

What went out is written down part by part: a further try goes on where the last one ended.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from django.utils.translation import gettext as _

from ramah.conversations.commands import delivering
from ramah.conversations.commands.filing import File
from ramah.conversations.models import Attachment, MessageDelivery
from ramah.kernel.providers.contract import Refused, TryLater

Part = TypeVar("Part")


def addressee_of(delivery: MessageDelivery) -> str:
    """Whom it goes to. Raises `Refused` where there is nobody."""
    if not delivery.recipients:
        raise Refused(_("There is nobody to send it to."))
    return str(delivery.recipients[0])


def send_parts(delivery: MessageDelivery, parts: Sequence[Part], hand_over: Callable[[Part, int], str]) -> str:
    """Let `hand_over` send the parts that did not go out yet, each with its number, from 1 on; it returns the provider's id.

    Returns the id of the last. Raises `SendingError`s.
    """
    if not parts:
        raise Refused(_("There is nothing in the message."))
    prefix = f"{delivery.inbox.channel}:"
    sent: Mapping[str, str] = delivery.headers.get(delivering.PARTS, {})
    last = ""
    for number, part in enumerate(parts, 1):
        if str(number) in sent:
            last = sent[str(number)].removeprefix(prefix)
            continue
        try:
            last = hand_over(part, number)
        except Refused as error:
            if number == 1:
                raise
            words = _("The first part went out, but not the rest: %(reason)s") % {"reason": error}
            raise Refused(words, of_account=error.of_account) from error
        if len(parts) > 1:
            delivering.note_part(delivery, str(number), f"{prefix}{last}")
    return last


def cut_text(text: str, fitting: Callable[[str], int]) -> list[str]:
    """The text in pieces, cut between paragraphs, lines or words where it can be; `fitting`: how much of a text fits into one."""
    pieces = []
    while (end := fitting(text)) < len(text):
        cuts = [text.rfind(mark, end // 2, end) for mark in ("\n\n", "\n", " ")]
        cut = next((place for place in cuts if place > 0), end)
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [piece for piece in (*pieces, text) if piece]


def file_of(attachment: Attachment) -> File:
    """The file with what is in it. Raises `TryLater` where the storage is away."""
    try:
        with attachment.file.open("rb") as stream:
            return File(attachment.filename, attachment.content_type, stream.read())
    except OSError as error:
        raise TryLater(_("An attachment could not be read from the storage."), of_account=False) from error
