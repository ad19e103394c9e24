"""What a customer's WhatsApp message says, as text, facts and files. Pure: no database, no network.

`text` is what stands in the thread; `detail` keeps the facts by which pages show more than text: `location`, `contacts`,
`choice`, `order`, `media`, `forwarded`, `ad`, `product`, `unsupported`.
"""

import mimetypes
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from ramah.channels.content import Content, Media, place_at
from ramah.kernel.providers.json import Object, object_in, objects_in, text_in

MOST_LINES = 50
# What lists show of a message without words; the same in every language.
GISTS = {
    "image": "📷",
    "video": "🎬",
    "audio": "🎤",
    "document": "📎",
    "sticker": "🙂",
    "contacts": "👤",
}
MEDIA = ("image", "video", "audio", "document", "sticker")


def content_of(message: Object, *, language: str) -> Content:
    """What the message says; of a kind that is not known, that it is one, in the `language` of the shop."""
    kind = text_in(message, "type", most=40)
    reader = _READERS.get(kind)
    found = reader(message, kind) if reader is not None else None
    if found is None:
        with override(language):
            found = _unsupported(message, kind)
    detail = {**found.detail, **_beside(message)}
    return Content(found.text, found.gist, detail, found.media)


def _text(message: Object, kind: str) -> Content:
    return Content(text_in(message, "text", "body"))


def _media(message: Object, kind: str) -> Content | None:
    reference = text_in(message, kind, "id", most=200)
    if not reference:
        return None
    content_type = text_in(message, kind, "mime_type", most=100)
    bare = content_type.partition(";")[0].strip().lower()
    filename = text_in(message, kind, "filename", most=200)
    name = filename or f"{kind}{mimetypes.guess_extension(bare) or ''}"
    detail: dict[str, Any] = {"media": "voice" if object_in(message, kind).get("voice") is True else kind}
    return Content(
        text_in(message, kind, "caption"),
        f"{GISTS[kind]} {filename}".strip(),
        detail,
        [Media(reference, name, bare, text_in(message, kind, "sha256", most=64))],
    )


def _location(message: Object, kind: str) -> Content | None:
    place = object_in(message, "location")
    name, address = text_in(place, "name", most=300), text_in(place, "address", most=500)
    return place_at(place.get("latitude"), place.get("longitude"), name=name, address=address)


def _contacts(message: Object, kind: str) -> Content | None:
    cards = [_card(contact) for contact in objects_in(message, "contacts")[:MOST_LINES]]
    if not cards:
        return None
    lines = ["\n".join(part for part in (card["name"], *card["phones"], *card["emails"]) if part) for card in cards]
    return Content("\n\n".join(lines), f"{GISTS[kind]} {cards[0]['name']}".strip(), {"contacts": cards})


def _card(contact: Object) -> dict[str, Any]:
    return {
        "name": text_in(contact, "name", "formatted_name", most=200),
        "phones": [text_in(one, "phone", most=40) for one in objects_in(contact, "phones")[:5]],
        "emails": [text_in(one, "email", most=254) for one in objects_in(contact, "emails")[:5]],
    }


def _button(message: Object, kind: str) -> Content:
    text = text_in(message, "button", "text", most=1000)
    return Content(text, "", {"choice": {"id": text_in(message, "button", "payload", most=1000), "title": text}})


def _interactive(message: Object, kind: str) -> Content | None:
    which = text_in(message, "interactive", "type", most=40)
    answer = object_in(message, "interactive", which)
    title = text_in(answer, "title", most=1000) or text_in(answer, "body", most=1000)
    if not title:
        return None
    detail = {"id": text_in(answer, "id", most=1000), "title": title}
    if fields := text_in(answer, "response_json", most=20_000):
        detail["fields"] = fields
    more = text_in(answer, "description", most=1000)
    return Content(f"{title}\n{more}" if more else title, "", {"choice": detail})


def _order(message: Object, kind: str) -> Content | None:
    lines = [
        {
            "sku": text_in(one, "product_retailer_id", most=100),
            "quantity": text_in(one, "quantity", most=12),
            "price": text_in(one, "item_price", most=20),
            "currency": text_in(one, "currency", most=3),
        }
        for one in objects_in(object_in(message, "order"), "product_items")[:MOST_LINES]
    ]
    if not lines:
        return None
    told = [f"{line['quantity']} × {line['sku']} ({line['price']} {line['currency']})" for line in lines]
    said = text_in(message, "order", "text")
    return Content("\n".join([*([said] if said else []), *told]), "🛒", {"order": lines})


def _unsupported(message: Object, kind: str) -> Content:
    which = text_in(message, "unsupported", "type", most=40) or kind
    text = _("[A message of a kind that WhatsApp does not pass on: %(kind)s]") % {"kind": which}
    return Content(text, "", {"unsupported": which})


_READERS: dict[str, Callable[[Object, str], Content | None]] = {
    "text": _text,
    **dict.fromkeys(MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}


def _beside(message: Object) -> dict[str, Any]:
    """What came with any kind: forwarded or not, the advertisement or the product it was written from."""
    detail: dict[str, Any] = {}
    context = object_in(message, "context")
    if context.get("forwarded") is True or context.get("frequently_forwarded") is True:
        detail["forwarded"] = True
    if product := text_in(context, "referred_product", "product_retailer_id", most=100):
        detail["product"] = product
    if referral := object_in(message, "referral"):
        detail["ad"] = {
            "headline": text_in(referral, "headline", most=300),
            "url": text_in(referral, "source_url", most=500),
        }
    return detail
