"""What a customer's Telegram message says, as text, facts and files. Pure: no database, no network.

`text` is what stands in the thread; `detail` keeps the facts by which pages show more than text: `location`, `contacts`,
`choice`, `media`, `forwarded`, `unsupported`. https://core.telegram.org/bots/api#message
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from ramah.channels.content import Content, Media, place_at
from ramah.channels.telegram.updates import number_in
from ramah.kernel.providers.json import Object, clean, object_in, objects_in, text_in

LONGEST_TEXT = 65_536
MOST_LINKS = 50
MOST_TO_FETCH = 20 * 1024 * 1024  # https://core.telegram.org/bots/api#getfile


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What Telegram itself says in a chat, beside those who write in it.
_SERVICE = _words(
    """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id migrate_from_chat_id
    pinned_message connected_website write_access_allowed passport_data proximity_alert_triggered boost_added
    chat_background_set users_shared user_shared chat_shared forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden video_chat_scheduled video_chat_started
    video_chat_ended video_chat_participants_invited giveaway giveaway_created giveaway_winners giveaway_completed
    successful_payment refunded_payment gift unique_gift gift_upgrade_sent paid_message_price_changed
    direct_message_price_changed suggested_post_approved suggested_post_declined
    """
)
# What stands in a message beside what it says.
_BESIDE = _words(
    """
    message_id message_thread_id from sender_chat sender_boost_count sender_business_bot date business_connection_id chat
    forward_origin is_topic_message is_automatic_forward reply_to_message external_reply quote reply_to_story via_bot
    edit_date has_protected_content is_from_offline media_group_id author_signature entities link_preview_options effect_id
    caption caption_entities show_caption_above_media has_media_spoiler reply_markup forward_from forward_from_chat
    forward_from_message_id forward_signature forward_sender_name forward_date direct_messages_topic is_paid_post
    """
)


def service_of(message: Object) -> str:
    """What Telegram itself says by the message; empty where somebody has written it."""
    return next((name for name in message if name in _SERVICE), "")


def content_of(message: Object, *, language: str) -> Content:
    """What the message says; of a kind that is not known, that it is one, in the `language` of the shop."""
    found = None
    for kind, reader in _READERS.items():
        if kind in message and (found := reader(message, kind)) is not None:
            break
    if found is None:
        with override(language):
            found = _unsupported(message)
    detail = {**found.detail, **_beside(message)}
    return Content(found.text, found.gist, detail, found.media)


def content_of_press(press: Object) -> Content:
    """What a pressed button says: its title, which stands in the message that it hangs on."""
    choice = text_in(press, "data", most=64)
    title = ""
    rows = object_in(press, "message", "reply_markup").get("inline_keyboard")
    for row in rows if isinstance(rows, list) else []:
        for button in objects_in({"row": row}, "row"):
            if choice and text_in(button, "callback_data", most=64) == choice:
                title = title or text_in(button, "text", most=200)
    return Content(title or choice, "", {"choice": {"id": choice, "title": title or choice}})


def plain_text(message: Object, name: str = "text", entities: str = "entities") -> str:
    """The words of a message; a link that hides behind some of them stands after these. Offsets count UTF-16 units."""
    found = message.get(name)
    if not isinstance(found, str):
        return ""
    units = found.encode("utf-16-le", "surrogatepass")
    links = [one for one in objects_in(message, entities) if one.get("type") == "text_link"][:MOST_LINKS]
    places = [place for place in (_link(units, one) for one in links) if place is not None]
    for end, link in sorted(places, reverse=True):
        units = units[:end] + f" ({link})".encode("utf-16-le", "replace") + units[end:]
    return clean(units.decode("utf-16-le", "surrogatepass"))[:LONGEST_TEXT]


def _link(units: bytes, entity: Object) -> tuple[int, str] | None:
    start, length = entity.get("offset"), entity.get("length")
    link = text_in(entity, "url", most=2000)
    if type(start) is not int or type(length) is not int or not link or start < 0 or length <= 0:
        return None
    end = 2 * (start + length)
    if end > len(units):
        return None
    words = units[2 * start : end].decode("utf-16-le", "replace")
    return None if words.strip("/") == link.strip("/") else (end, link)


def _text(message: Object, kind: str) -> Content | None:
    return Content(plain_text(message)) if isinstance(message.get("text"), str) else None


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file: how pages know it, what lists show, and what it is called where nobody named it."""

    media: str
    gist: str
    filename: str
    content_type: str


_FILES = {
    "animation": _Kind("video", "🎬", "animation.mp4", "video/mp4"),
    "document": _Kind("document", "📎", "file", ""),
    "photo": _Kind("image", "📷", "photo.jpg", "image/jpeg"),
    "voice": _Kind("voice", "🎤", "voice.ogg", "audio/ogg"),
    "audio": _Kind("audio", "🎵", "audio.mp3", "audio/mpeg"),
    "video": _Kind("video", "🎬", "video.mp4", "video/mp4"),
    "video_note": _Kind("video", "🎬", "video.mp4", "video/mp4"),
    "sticker": _Kind("sticker", "🙂", "sticker.webp", "image/webp"),
}


def _file(message: Object, kind: str) -> Content | None:
    file = _largest(message) if kind == "photo" else object_in(message, kind)
    reference = text_in(file, "file_id", most=250)
    if not reference:
        return None
    of = _of_sticker(file) if kind == "sticker" else _FILES[kind]
    told = text_in(file, "file_name", most=200)
    detail: dict[str, Any] = {"media": of.media}
    if emoji := text_in(file, "emoji", most=16):
        detail["emoji"] = emoji
    name = told if kind in ("document", "audio") else emoji
    content_type = text_in(file, "mime_type", most=100).partition(";")[0].strip().lower() or of.content_type
    gist = f"{of.gist} {name}".strip() if kind != "sticker" else emoji or of.gist
    text = plain_text(message, "caption", "caption_entities")
    return Content(text, gist, detail, [Media(reference, told or of.filename, content_type)])


def _largest(message: Object) -> Object:
    """The largest size of a photo that a bot may fetch."""
    sizes = [one for one in objects_in(message, "photo") if text_in(one, "file_id")]
    small = [one for one in sizes if int(number_in(one, "file_size") or 0) <= MOST_TO_FETCH]
    return max(small or sizes, key=lambda one: int(number_in(one, "width") or 0), default={})


def _of_sticker(sticker: Object) -> _Kind:
    if sticker.get("is_animated") is True:
        return _Kind("sticker", "🙂", "sticker.tgs", "application/gzip")
    if sticker.get("is_video") is True:
        return _Kind("sticker", "🙂", "sticker.webm", "video/webm")
    return _FILES["sticker"]


def _location(message: Object, kind: str) -> Content | None:
    venue = object_in(message, "venue")
    place = object_in(venue, "location") if kind == "venue" else object_in(message, "location")
    name, address = text_in(venue, "title", most=300), text_in(venue, "address", most=500)
    return place_at(place.get("latitude"), place.get("longitude"), name=name, address=address)


def _contact(message: Object, kind: str) -> Content | None:
    card = object_in(message, "contact")
    phone = _phone_in(card)
    name = " ".join(text_in(card, part, most=100) for part in ("first_name", "last_name")).strip()
    if not phone and not name:
        return None
    told = {"name": name, "phones": [phone] if phone else [], "emails": []}
    text = "\n".join(part for part in (name, phone) if part)
    return Content(text, f"👤 {name}".strip(), {"contacts": [told]})


def own_phone_in(message: Object) -> str:
    """The number of whoever wrote it, where they sent their own card; empty else.

    Telegram names the user whom the number belongs to: their own, where it is whoever sends it and has not passed it on.
    """
    card = object_in(message, "contact")
    owner, sender = number_in(card, "user_id"), number_in(message, "from", "id")
    return _phone_in(card) if owner and owner == sender and not _is_forwarded(message) else ""


def _phone_in(card: Object) -> str:
    return text_in(card, "phone_number", most=40).strip()


def _dice(message: Object, kind: str) -> Content | None:
    emoji, value = text_in(message, "dice", "emoji", most=16), number_in(message, "dice", "value")
    return Content(f"{emoji} {value}") if emoji and value else None


def _poll(message: Object, kind: str) -> Content | None:
    poll = object_in(message, "poll")
    question = text_in(poll, "question", most=1000)
    options = [f"- {text_in(one, 'text', most=200)}" for one in objects_in(poll, "options")[:20]]
    return Content("\n".join([question, *options]), "📊") if question else None


def _unsupported(message: Object) -> Content:
    which = next((name[:40] for name in message if name not in _BESIDE), "unknown")
    text = _("[A message of a kind that cannot be shown here: %(kind)s]") % {"kind": clean(which)}
    return Content(text, "", {"unsupported": clean(which)})


# In this order: an animation also says that it is a document, a venue that it is a location.
_READERS: dict[str, Callable[[Object, str], Content | None]] = {
    "text": _text,
    **dict.fromkeys(_FILES, _file),
    "venue": _location,
    "location": _location,
    "contact": _contact,
    "dice": _dice,
    "poll": _poll,
}


def _is_forwarded(message: Object) -> bool:
    return any(name in message for name in ("forward_origin", "forward_date", "forward_from"))


def _beside(message: Object) -> dict[str, Any]:
    """What came with any kind: passed on or not, the album it belongs to, what was quoted of the message it answers."""
    detail: dict[str, Any] = {}
    if _is_forwarded(message):
        detail["forwarded"] = True
    if album := text_in(message, "media_group_id", most=40):
        detail["album"] = album
    if quote := text_in(message, "quote", "text", most=1024):
        detail["quote"] = quote
    return detail
