"""What a message holds beside its words, as lines of the thread: a place, cards, an order, a story, what it was passed on from.

Read from `Message.detail` as channels write it. Much of it stands in the text too, for lists, mail and search; where it is shown
here, the lines that say the same are left out of the text. What is not known here is not shown.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from moneyed import CURRENCIES, Money

from ramah.desk.queries.details import ShownDetail, further_readers
from ramah.kernel.masking import shown_address
from ramah.kernel.money import format_money
from ramah.ui.elements import icon

__all__ = ["ShownDetail", "details_of", "text_without"]
MAP = "https://www.openstreetmap.org/?mlat={latitude:.6f}&mlon={longitude:.6f}#map=16/{latitude:.6f}/{longitude:.6f}"
_MOST = 50
_MOST_AMOUNT = 10**15


def details_of(detail: Mapping[str, Any], *, sees_contact_data: bool) -> list[ShownDetail]:
    """What the detail of a message says, ready to be shown; contact data in full only for those who see it."""
    if not detail:
        return []
    readers = {**_READERS, **further_readers()}
    found = [read(detail[name], sees_contact_data) for name, read in readers.items() if detail.get(name)]
    return [shown for some in found for shown in some]


def text_without(text: str, details: Iterable[ShownDetail]) -> str:
    """The text without the lines that the details show."""
    said = frozenset[str]().union(*(shown.said for shown in details)) - {""}
    if not said:
        return text
    return "\n".join(line for line in text.split("\n") if line.strip() not in said).strip()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value[:_MOST] if isinstance(one, dict)] if isinstance(value, list) else list[Any]()


def _words(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "").strip()


def _location(place: object, sees: bool) -> list[ShownDetail]:
    told = _mapping(place)
    try:
        latitude, longitude = float(told["latitude"]), float(told["longitude"])
    except (KeyError, TypeError, ValueError):
        return []
    name, address, spot = _words(told, "name"), _words(told, "address"), f"{latitude:.6f}, {longitude:.6f}"
    first, *more = [part for part in (name, address) if part] or [spot]
    url = MAP.format(latitude=latitude, longitude=longitude)
    return [ShownDetail(icon("pin"), first, more, url, _("Open map"), frozenset({name, address, spot}))]


def _contacts(cards: object, sees: bool) -> list[ShownDetail]:
    return [_card(card, sees) for card in _rows(cards)]


def _card(card: Mapping[str, Any], sees: bool) -> ShownDetail:
    name = _words(card, "name")
    values = [str(value) for part in ("phones", "emails") for value in card.get(part) or () if value]
    shown = [shown_address(value, whole=sees) for value in values]
    return ShownDetail(icon("user"), name or _("A contact"), shown, said=frozenset({name, *values}))


def _order(lines: object, sees: bool) -> list[ShownDetail]:
    rows = _rows(lines)
    if not rows:
        return []
    said = frozenset("{quantity} × {sku} ({price} {currency})".format(**_order_words(row)) for row in rows)
    return [ShownDetail(icon("cart"), _("Order from the catalog"), [_order_line(row) for row in rows], said=said)]


def _order_words(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: _words(row, name) for name in ("quantity", "sku", "price", "currency")}


def _order_line(row: Mapping[str, Any]) -> str:
    """`2 × TOTE-1: Rp 300.000`, the amount that of the line; without one where the price is not understood."""
    told = _order_words(row)
    piece = f"{told['quantity']} × {told['sku']}"
    try:
        amount = Decimal(told["price"]) * Decimal(told["quantity"])
        is_sound = 0 <= amount < _MOST_AMOUNT and told["currency"] in CURRENCIES
    except ArithmeticError:
        return piece
    return f"{piece}: {format_money(Money(amount, told['currency']))}" if is_sound else piece


def _story(story: object, sees: bool) -> list[ShownDetail]:
    told = _mapping(story)
    words = {"reply": _("Answers your story"), "mention": _("Mentions you in a story")}.get(_words(told, "kind"))
    return [_leading(icon("image"), words, told, _("Open the story"))] if words else []


def _ad(ad: object, sees: bool) -> list[ShownDetail]:
    told = _mapping(ad)
    words = _("Came by the advertisement “%(name)s”") % {"name": _words(told, "headline")}
    return [
        _leading(
            icon("bolt"),
            words if _words(told, "headline") else _("Came by an advertisement"),
            told,
            _("Open the advertisement"),
        )
    ]


def _leading(sign: SafeString, words: str, told: Mapping[str, Any], link: str) -> ShownDetail:
    url = _words(told, "url")
    is_safe = url.startswith(("https://", "http://"))
    return ShownDetail(sign, words, url=url if is_safe else "", link=link if is_safe else "")


def _product(sku: object, sees: bool) -> list[ShownDetail]:
    return [ShownDetail(icon("tag"), _("About the product %(sku)s") % {"sku": sku})] if isinstance(sku, str) else []


def _forwarded(is_so: object, sees: bool) -> list[ShownDetail]:
    return [ShownDetail(icon("next"), _("Passed on from another chat"))] if is_so is True else []


def _template(template: object, sees: bool) -> list[ShownDetail]:
    told = _mapping(template)
    facts = {"name": _words(told, "name"), "language": _words(told, "language")}
    return [ShownDetail(icon("note"), _("Approved template %(name)s (%(language)s)") % facts)] if facts["name"] else []


def _answers(answers: object, sees: bool) -> list[ShownDetail]:
    rows = answers if isinstance(answers, list) else []
    titles = [str(one.get("title") or "") if isinstance(one, dict) else str(one) for one in rows[:_MOST]]
    return [ShownDetail(icon("list"), _("Answers to choose from"), titles)] if titles else []


# By the key in `Message.detail`, in the order in which they are shown.
_READERS: Mapping[str, Callable[[object, bool], list[ShownDetail]]] = {
    "forwarded": _forwarded,
    "story": _story,
    "ad": _ad,
    "product": _product,
    "location": _location,
    "contacts": _contacts,
    "order": _order,
    "template": _template,
    "answers": _answers,
    "buttons": _answers,
    "quick_replies": _answers,
}
