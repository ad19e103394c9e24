"""Messages of ours on their way to Messenger and Instagram, and files of theirs on their way here.

A message there holds a text or one file, so a message of ours may become several: see `channels.parts`.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from ramah.channels.messenger.api import Api, api_of
from ramah.channels.messenger.platforms import Platform
from ramah.channels.messenger.window import needs_tag, people_have_longer
from ramah.channels.models import AwaitedFile, ChannelAccount
from ramah.channels.parts import addressee_of, cut_text, file_of, send_parts
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.replying import ANSWERS
from ramah.conversations.commands.sealing import unsealed
from ramah.conversations.models import Attachment, Message, MessageDelivery
from ramah.kernel import clock
from ramah.kernel.providers.contract import Refused

CHOICES = "quick_replies"  # in `headers`: what the customer may tap


@dataclass(frozen=True, slots=True)
class _Part:
    """What becomes one message there: a text, or a file."""

    text: str = ""
    attachment: Attachment | None = None


def send(delivery: MessageDelivery, account: ChannelAccount) -> str:
    """Hand a message over, in as many parts as it takes; returns the id of the last. Raises `SendingError`s."""
    api, address = api_of(account), addressee_of(delivery)
    parts = _parts(delivery, api.platform)
    about = {"recipient": {"id": address}, **_permission(delivery, account)}
    return send_parts(
        delivery,
        parts,
        lambda part, number: api.send({**about, "message": _message(delivery, api, part, number, len(parts))}),
    )


def callback_of(delivery: MessageDelivery, part: int, parts: int) -> str:
    """Our own name for a part of a message, which comes back with its echo."""
    return f"{delivery.public_id}/{part}/{parts}"


def _permission(delivery: MessageDelivery, account: ChannelAccount) -> dict[str, object]:
    """By what right it goes: as an answer, or as that of a person when the 24 hours are over."""
    is_of_person = delivery.message.author == Message.Author.AGENT and people_have_longer(account)
    if is_of_person and needs_tag(delivery.inbox, str(delivery.recipients[0]), at=clock.now()):
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"messaging_type": "RESPONSE"}


def _message(delivery: MessageDelivery, api: Api, part: _Part, number: int, parts: int) -> dict[str, object]:
    message: dict[str, object] = {"text": part.text}
    if part.attachment is not None:
        message = {"attachment": _attachment(api, part.attachment)}
    if number == parts and (choices := _choices(delivery)):
        message[CHOICES] = [{"content_type": "text", **choice} for choice in choices]
    if api.platform.has_metadata:
        message["metadata"] = callback_of(delivery, number, parts)
    return message


def _choices(delivery: MessageDelivery) -> list[dict[str, str]]:
    """What the customer may tap."""
    choices, answers = delivery.headers.get(CHOICES), delivery.headers.get(ANSWERS)
    if isinstance(answers, list):
        return [{"title": str(answer), "payload": str(answer)} for answer in answers]
    return choices if isinstance(choices, list) else []


def _parts(delivery: MessageDelivery, platform: Platform) -> list[_Part]:
    text = unsealed(delivery.message, delivery.message.text).strip()
    parts = [_Part(piece) for piece in pieces_of(text, platform)]
    for attachment in delivery.message.attachments.order_by("id"):
        _kind_of(attachment, platform)  # before the text goes out alone
        parts.append(_Part(attachment=attachment))
    return parts


def pieces_of(text: str, platform: Platform) -> list[str]:
    """The text in pieces that the platform takes."""
    return cut_text(text, lambda rest: _fitting(rest, platform))


def _fitting(text: str, platform: Platform) -> int:
    """How many characters fit into one message."""
    if not platform.in_bytes:
        return min(len(text), platform.longest)
    return len(text.encode(errors="replace")[: platform.longest].decode(errors="ignore"))


def _kind_of(attachment: Attachment, platform: Platform) -> str:
    """As what a file goes. Raises `Refused` where it does not."""
    facts = {"platform": platform.name, "name": attachment.filename}
    kind, most = platform.files.get(attachment.content_type, ("file", platform.other_files))
    if attachment.size <= most:
        return kind
    if attachment.size <= platform.other_files:
        return "file"
    if most:
        raise Refused(_("%(platform)s takes no file as large as %(name)s.") % facts)
    raise Refused(_("%(platform)s takes no files of the kind of %(name)s. Send it by another channel.") % facts)


def _attachment(api: Api, attachment: Attachment) -> dict[str, object]:
    kind = _kind_of(attachment, api.platform)
    uploaded = api.upload(file_of(attachment), kind)
    return {"type": kind, "payload": {"attachment_id": uploaded}}


def fetch(row: AwaitedFile, account: ChannelAccount) -> File:
    """Bring a file that a customer's message came with. Raises `SendingError`s."""
    answered = api_of(account).download(row.reference, most=settings.ATTACHMENT_MAX_BYTES)
    content_type = answered.headers.get("content-type", "").partition(";")[0].strip()[:100]
    return File(_with_ending(row.filename or "file", content_type), content_type, answered.content)


def _with_ending(filename: str, content_type: str) -> str:
    """A picture that was only called so gets the ending of what it is."""
    if "." in filename:
        return filename
    endings = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp"}
    more = {"video/mp4": ".mp4", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/aac": ".aac", "audio/wav": ".wav"}
    return filename + {**endings, **more, "application/pdf": ".pdf"}.get(content_type, "")
