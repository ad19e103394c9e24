"""Messages of ours on their way to Telegram, and files of theirs on their way here.

Telegram's messages hold a text or one file, so a message of ours may become several: see `channels.parts`. Telegram tells nothing
of what became of a message afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from ramah.channels.models import AwaitedFile, ChannelAccount
from ramah.channels.parts import addressee_of, cut_text, file_of, send_parts
from ramah.channels.telegram.api import Api, api_of
from ramah.channels.telegram.content import MOST_TO_FETCH
from ramah.channels.telegram.errors import Blocked, WrongForm
from ramah.channels.telegram.payloads import bot_of
from ramah.channels.telegram.people import flag_blocked
from ramah.channels.telegram.prepared import markup_of, request_of
from ramah.channels.telegram.updates import known_as, number_in
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.sealing import unsealed
from ramah.conversations.models import Attachment, ExternalId, MessageDelivery
from ramah.kernel import clock
from ramah.kernel.providers.contract import Refused, TryLater
from ramah.kernel.providers.json import text_in

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024  # in UTF-16 units
MB = 1024 * 1024
MOST_FILE = 50 * MB  # https://core.telegram.org/bots/api#sending-files
# How each type of file is sent, and up to which size; larger ones and all others go as documents.
_METHODS: Mapping[str, tuple[str, str, int]] = {
    "image/jpeg": ("sendPhoto", "photo", 10 * MB),
    "image/png": ("sendPhoto", "photo", 10 * MB),
    "image/webp": ("sendPhoto", "photo", 10 * MB),
    "image/gif": ("sendAnimation", "animation", MOST_FILE),
    "video/mp4": ("sendVideo", "video", MOST_FILE),
    "audio/mpeg": ("sendAudio", "audio", MOST_FILE),
    "audio/mp4": ("sendAudio", "audio", MOST_FILE),
    "audio/x-m4a": ("sendAudio", "audio", MOST_FILE),
    "audio/ogg": ("sendVoice", "voice", MOST_FILE),
    "application/ogg": ("sendVoice", "voice", MOST_FILE),
}
_DOCUMENT = ("sendDocument", "document")
_STICKER = ("sendSticker", "sticker")
_STICKERS = ("sticker.webp", "sticker.tgs", "sticker.webm")  # as they come from customers, by name


@dataclass(frozen=True, slots=True)
class _Part:
    """What becomes one message at Telegram: fields, or a file with its caption."""

    method: str
    fields: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    attachment: Attachment | None = None


def send(delivery: MessageDelivery, account: ChannelAccount) -> str:
    """Hand a message over, in as many parts as it takes; returns the name of the last. Raises `SendingError`s."""
    api, bot = api_of(account), bot_of(account)
    chat_id, parts = addressee_of(delivery), _parts(delivery)

    def hand_over(part: _Part, number: int) -> str:
        try:
            sent = _hand_over(api, part, _about(delivery, chat_id, number, len(parts)))
        except Blocked as error:
            flag_blocked(chat_id, reason=str(error), at=clock.now())
            raise
        return known_as(bot, chat_id, sent).removeprefix("telegram:")

    return send_parts(delivery, parts, hand_over)


def _about(delivery: MessageDelivery, chat_id: str, number: int, parts: int) -> dict[str, object]:
    """The fields that stand beside what a part says: to whom it goes, what it answers, what hangs under it."""
    fields: dict[str, object] = {"chat_id": chat_id}
    if number == 1 and (answered := _answered(delivery, chat_id)):
        # Also where the customer has deleted what it answers.
        fields["reply_parameters"] = {"message_id": int(answered), "allow_sending_without_reply": True}
    if number == parts and (markup := markup_of(delivery.headers)):
        fields["reply_markup"] = markup
    return fields


def _answered(delivery: MessageDelivery, chat_id: str) -> str:
    """The number, in the same chat, of the message that this one answers by name."""
    if delivery.message.answers_id is None:
        return ""
    rows = ExternalId.objects.filter(message=delivery.message.answers_id, is_expected=False)
    for value in rows.order_by("id").values_list("value", flat=True):
        channel, _colon, rest = value.partition(":")
        _bot, _colon, place = rest.partition(":")
        if channel == "telegram" and place.startswith(f"{chat_id}:"):
            return number_in({"id": place.removeprefix(f"{chat_id}:")}, "id")
    return ""


def _hand_over(api: Api, part: _Part, about: Mapping[str, object]) -> str:
    fields = {**about, **part.fields}
    if part.attachment is None:
        return api.send(part.method, fields)
    if part.attachment.size > MOST_FILE:
        raise Refused(_("Telegram takes no file as large as %(name)s.") % {"name": part.attachment.filename})
    file = file_of(part.attachment)
    try:
        return api.send_file(part.method, fields, part.name, file)
    except WrongForm:  # which says that it was not sent: a picture of odd shape, somebody who wants no voice messages
        if part.method == _DOCUMENT[0]:
            raise
    return api.send_file(_DOCUMENT[0], fields, _DOCUMENT[1], file)


def _parts(delivery: MessageDelivery) -> list[_Part]:
    request = request_of(delivery.headers)
    if request is not None:
        return [_Part(*request)]
    text = unsealed(delivery.message, delivery.message.text).strip()
    files = list(delivery.message.attachments.order_by("id"))
    captioned = bool(files) and bool(text) and units(text) <= LONGEST_CAPTION and _method_of(files[0]) != _STICKER
    parts = [] if captioned else [_text_part(piece) for piece in pieces_of(text)]
    for place, attachment in enumerate(files):
        method, name = _method_of(attachment)
        caption = {"caption": text} if captioned and place == 0 else {}
        parts.append(_Part(method, caption, name, attachment))
    return parts


def _text_part(text: str) -> _Part:
    return _Part("sendMessage", {"text": text, "link_preview_options": {"is_disabled": True}})


def _method_of(attachment: Attachment) -> tuple[str, str]:
    if attachment.filename in _STICKERS and attachment.size <= MB // 2:
        return _STICKER
    method, name, most = _METHODS.get(attachment.content_type, (*_DOCUMENT, MOST_FILE))
    return (method, name) if attachment.size <= most else _DOCUMENT


def units(text: str) -> int:
    """The length of a text as Telegram counts it: what lies outside the basic plane, such as emoji, counts twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def pieces_of(text: str) -> list[str]:
    """The text in pieces that Telegram takes."""
    return cut_text(text, _fitting)


def _fitting(text: str) -> int:
    """How many characters fit into one message."""
    used = 0
    for place, character in enumerate(text):
        used += units(character)
        if used > LONGEST_TEXT:
            return place
    return len(text)


def fetch(row: AwaitedFile, account: ChannelAccount) -> File:
    """Bring a file that a customer's message came with. Raises `SendingError`s."""
    api = api_of(account)
    told = api.ask("getFile", file_id=row.reference)
    size, path = int(number_in(told, "file_size") or 0), text_in(told, "file_path", most=1000)
    most = min(settings.ATTACHMENT_MAX_BYTES, MOST_TO_FETCH)
    if size > most:
        raise Refused(_("The file is larger than this shop takes."))
    if not path or ".." in path.split("/") or path.startswith("/"):
        raise Refused(_("Telegram does not have the file any more."))
    content = api.download(path, most=most)
    if size and len(content) != size:
        raise TryLater(_("The file did not arrive whole."), of_account=False)
    return File(row.filename or "file", row.content_type, content)
