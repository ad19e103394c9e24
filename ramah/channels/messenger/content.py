"""What a customer's message on Messenger or Instagram says, as text, facts and files. Pure: no database, no network.

`text` is what stands in the thread; `detail` keeps the facts by which pages show more than text: `choice`, `media`, `location`,
`shared`, `story`, `ad`, `product`, `unsupported`. What is shared (posts, reels, links) is named with its address; pictures,
films, sound, files and mentions in stories are fetched.
"""

import posixpath
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import override

from ramah.channels.content import Content, Media, place_at
from ramah.kernel.providers.json import Object, object_in, objects_in, text_in

MOST_PARTS = 30
LONGEST_URL = 4000
# What lists show of a message without words; the same in every language.
GISTS = {"image": "📷", "video": "🎬", "audio": "🎤", "file": "📎", "sticker": "🙂", "story_mention": "⭕"}
_GIST_OF_SHARED = "🔗"
_FILES = frozenset(GISTS)


@dataclass(frozen=True, slots=True)
class _Part:
    """What an attachment comes to."""

    line: str = ""
    gist: str = ""
    media: Media | None = None
    fact: tuple[str, Any] | None = None


def content_of(message: Object, *, name: str, language: str) -> Content:
    """What the message says, in the `language` of the shop where there are no words; `name` is that of the platform."""
    parts = [part for attachment in _attachments(message) if (part := _part(attachment)) is not None]
    detail: dict[str, Any] = dict(_beside(message))
    for part in parts:
        if part.fact is not None:
            key, value = part.fact
            detail[key] = [*detail.get(key, []), value] if key == "shared" else value
    text = "\n".join(line for line in (text_in(message, "text"), *(part.line for part in parts)) if line)
    media = [part.media for part in parts if part.media is not None]
    gist = next((part.gist for part in parts if part.gist), "")
    if not text and not media:
        with override(language):
            text = _without_words(message, name=name)
        detail["unsupported"] = _kinds(message)
    return Content(text, gist, detail, media)


def content_of_postback(postback: Object) -> Content:
    """What a button says that was pressed: an icebreaker, an item of the menu, a button of ours."""
    title = text_in(postback, "title", most=1000)
    payload = text_in(postback, "payload", most=1000)
    detail: dict[str, Any] = {"choice": {"id": payload, "title": title}, **_ad(object_in(postback, "referral"))}
    return Content(title or payload or "•", "", detail)


def _attachments(message: Object) -> list[Object]:
    """Without the picture that says again what a sticker is, as Meta posts them both for a while."""
    found = objects_in(message, "attachments")[:MOST_PARTS]
    stickers = {text_in(one, "payload", "url") for one in found if one.get("type") == "sticker"}
    return [one for one in found if one.get("type") != "image" or text_in(one, "payload", "url") not in stickers]


def _part(attachment: Object) -> _Part | None:
    kind = text_in(attachment, "type", most=40)
    url = text_in(attachment, "payload", "url", most=LONGEST_URL) or text_in(attachment, "url", most=LONGEST_URL)
    title = text_in(attachment, "payload", "title", most=1000) or text_in(attachment, "title", most=1000)
    if kind in _FILES:
        return _file(attachment, kind, url) if url else None
    if kind == "location":
        return _location(attachment)
    if kind == "template":
        title = title or text_in(_first_element(attachment), "title", most=1000)
    if not (url or title):
        return None
    line = "\n".join(part for part in (title, url) if part)
    return _Part(
        line, f"{_GIST_OF_SHARED} {title}".strip(), fact=("shared", {"kind": kind, "title": title, "url": url})
    )


def _first_element(attachment: Object) -> Object:
    return next(iter(objects_in(object_in(attachment, "payload"), "elements")), {})


def _file(attachment: Object, kind: str, url: str) -> _Part:
    if kind == "image" and text_in(attachment, "payload", "sticker_id", most=40):
        kind = "sticker"
    filename = _filename(url, kind)
    fact = ("story", {"kind": "mention", "url": url}) if kind == "story_mention" else ("media", kind)
    return _Part(gist=GISTS[kind], media=Media(url, filename), fact=fact)


def _filename(url: str, kind: str) -> str:
    """The last part of the address where that looks like the name of a file, which it does for files only."""
    try:
        name = unquote(posixpath.basename(urlsplit(url).path))
    except ValueError:
        name = ""
    return name[:200] if "." in name.strip(".") else kind.replace("_", "-")


def _location(attachment: Object) -> _Part | None:
    place, title = object_in(attachment, "payload", "coordinates"), text_in(attachment, "title", most=300)
    found = place_at(place.get("lat"), place.get("long"), name=title)
    return _Part(found.text, found.gist, fact=("location", found.detail["location"])) if found else None


def _beside(message: Object) -> dict[str, Any]:
    """What came with it: the choice it is, the story it answers, the advertisement or product it was written from."""
    detail: dict[str, Any] = _ad(object_in(message, "referral"))
    if payload := text_in(message, "quick_reply", "payload", most=1000):
        detail["choice"] = {"id": payload, "title": text_in(message, "text", most=1000)}
    if story := object_in(message, "reply_to", "story"):
        detail["story"] = {"kind": "reply", "url": text_in(story, "url", most=LONGEST_URL)}
    return detail


def _ad(referral: Object) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    if product := text_in(referral, "product", "id", most=100):
        detail["product"] = product
    headline = text_in(referral, "ads_context_data", "ad_title", most=300)
    url = text_in(referral, "referer_uri", most=500)
    ref = text_in(referral, "ref", most=300)
    if headline or url or ref or text_in(referral, "ad_id", most=60):
        detail["ad"] = {"headline": headline or ref, "url": url}
    return detail


def _kinds(message: Object) -> str:
    kinds = dict.fromkeys(text_in(one, "type", most=40) for one in objects_in(message, "attachments")[:MOST_PARTS])
    return ", ".join(kind for kind in kinds if kind)[:100] or "?"


def _without_words(message: Object, *, name: str) -> str:
    if object_in(message, "reply_to", "story"):
        return _("[They reacted to your story, in a way that %(name)s does not pass on.]") % {"name": name}
    return _("[A message of a kind that %(name)s does not pass on.]") % {"name": name}
