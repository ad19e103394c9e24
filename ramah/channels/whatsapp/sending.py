"""Messages of ours on their way to WhatsApp, and files of theirs on their way here.

WhatsApp's messages hold a text or one file, so a message of ours may become several: see `channels.parts`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from ramah.channels.models import AwaitedFile, ChannelAccount
from ramah.channels.parts import addressee_of, cut_text, file_of, send_parts
from ramah.channels.whatsapp.api import Api, api_of
from ramah.channels.whatsapp.people import recipient_of
from ramah.channels.whatsapp.reports import callback_of, known_as
from ramah.channels.whatsapp.templates import template_fields
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.replying import ANSWERS
from ramah.conversations.commands.sealing import unsealed
from ramah.conversations.models import Attachment, ExternalId, Message, MessageDelivery
from ramah.kernel.providers.contract import Refused, TryLater
from ramah.kernel.providers.json import Object, object_in, text_in

LONGEST_TEXT, LONGEST_CAPTION, LONGEST_QUESTION = 4096, 1024, 1024
MB = 1024 * 1024
# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
_KINDS: Mapping[str, tuple[str, int]] = {
    "image/jpeg": ("image", 5 * MB),
    "image/png": ("image", 5 * MB),
    "video/mp4": ("video", 16 * MB),
    "video/3gpp": ("video", 16 * MB),
    "audio/aac": ("audio", 16 * MB),
    "audio/amr": ("audio", 16 * MB),
    "audio/mpeg": ("audio", 16 * MB),
    "audio/mp4": ("audio", 16 * MB),
    "audio/ogg": ("audio", 16 * MB),
}
MOST_DOCUMENT = 100 * MB


@dataclass(frozen=True, slots=True)
class _Part:
    """What becomes one message at WhatsApp: fields, or a file with its caption."""

    fields: Mapping[str, object]
    attachment: Attachment | None = None
    caption: str = ""


def send(delivery: MessageDelivery, account: ChannelAccount) -> str:
    """Hand a message over, in as many parts as it takes; returns the id of the last. Raises `SendingError`s."""
    api, address, parts = api_of(account), addressee_of(delivery), _parts(delivery)

    def hand_over(part: _Part, number: int) -> str:
        fields = dict(part.fields) if part.attachment is None else _media_fields(api, part.attachment, part.caption)
        if number == 1 and (answered := _answered(delivery)):
            fields["context"] = {"message_id": answered}
        callback = callback_of(delivery, number, len(parts))
        return api.send({**recipient_of(address), **fields, "biz_opaque_callback_data": callback})

    return send_parts(delivery, parts, hand_over)


def _answered(delivery: MessageDelivery) -> str:
    """WhatsApp's id of the message that this one answers by name."""
    if delivery.message.answers_id is None:
        return ""
    prefix = known_as("")
    rows = ExternalId.objects.filter(message=delivery.message.answers_id, is_expected=False, value__startswith=prefix)
    found = rows.order_by("id").values_list("value", flat=True).first()
    return found.removeprefix(prefix) if found else ""


def _parts(delivery: MessageDelivery) -> list[_Part]:
    template = delivery.headers.get("template")
    if isinstance(template, dict):
        return [_Part(template_fields(_spelled(template, delivery.message)))]
    text = unsealed(delivery.message, delivery.message.text).strip()
    files = list(delivery.message.attachments.order_by("id"))
    answers = delivery.headers.get(ANSWERS)
    if isinstance(answers, list) and text:
        return [*(_Part({}, attachment) for attachment in files), *_question_parts(text, answers)]
    captioned = bool(files) and len(text) <= LONGEST_CAPTION and _kind_of(files[0]) != "audio"
    parts = [] if captioned else [_text_part(piece) for piece in pieces_of(text)]
    for place, attachment in enumerate(files):
        parts.append(_Part({}, attachment, text if captioned and place == 0 else ""))
    return parts


def _spelled(template: Object, message: Message) -> Object:
    """The template with its values as the customer reads them; behind a button, what follows the shop's own address."""
    values = {}
    for name, value in object_in(template, "values").items():
        spelled = unsealed(message, str(value))
        values[name] = spelled.removeprefix(f"{settings.BASE_URL}/") if name.startswith("button.") else spelled
    return {**template, "values": values}


def _question_parts(text: str, answers: Sequence[object]) -> list[_Part]:
    """The text with buttons under it; of a text too long for these, the buttons are under its end.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
    """
    *before, question = cut_text(text, lambda rest: min(len(rest), LONGEST_QUESTION))
    buttons = [{"type": "reply", "reply": {"id": str(answer), "title": str(answer)}} for answer in answers]
    asked = {"type": "button", "body": {"text": question}, "action": {"buttons": buttons}}
    return [*map(_text_part, before), _Part({"type": "interactive", "interactive": asked})]


def _text_part(text: str) -> _Part:
    return _Part({"type": "text", "text": {"body": text, "preview_url": False}})


def pieces_of(text: str) -> list[str]:
    """The text in pieces that WhatsApp takes."""
    return cut_text(text, lambda rest: min(len(rest), LONGEST_TEXT))


def _kind_of(attachment: Attachment) -> str:
    kind, most = _KINDS.get(attachment.content_type, ("document", MOST_DOCUMENT))
    return kind if attachment.size <= most else "document"


def _media_fields(api: Api, attachment: Attachment, caption: str) -> dict[str, object]:
    kind = _kind_of(attachment)
    if attachment.size > MOST_DOCUMENT:
        raise Refused(_("WhatsApp takes no file as large as %(name)s.") % {"name": attachment.filename})
    media: dict[str, object] = {"id": api.upload(file_of(attachment))}
    if caption:
        media["caption"] = caption
    if kind == "document":
        media["filename"] = attachment.filename
    return {"type": kind, kind: media}


def fetch(row: AwaitedFile, account: ChannelAccount) -> File:
    """Bring a file that a customer's message came with. Raises `SendingError`s."""
    api = api_of(account)
    told = api.get(quote(row.reference, safe=""))
    size, url = told.get("file_size"), text_in(told, "url", most=4000)
    most = settings.ATTACHMENT_MAX_BYTES
    if (isinstance(size, int | str) and str(size).isdecimal() and int(size) > most) or not url:
        raise Refused(
            _("The file is larger than this shop takes.") if url else _("WhatsApp does not have the file any more.")
        )
    content = api.download(url, most=most)
    expected = text_in(told, "sha256", most=64).lower()
    if len(expected) == 64 and hashlib.sha256(content).hexdigest() != expected:
        raise TryLater(_("The file did not arrive whole."), of_account=False)
    return File(row.filename or "file", text_in(told, "mime_type", most=100) or row.content_type, content)
