"""What the page of the checkout shows: the fields, ways of delivery and of paying as cards, and the sums."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ramah.commerce.models import Payment, SavedAddress, Variant
from ramah.commerce.queries.address_book import place_of
from ramah.commerce.queries.carts import LineSight, options_in_words
from ramah.commerce.queries.checkout import Offer, PaymentWay, others_in_stock
from ramah.commerce.queries.delivery import HOME, PICKUP, Quote
from ramah.commerce.queries.gateways import DEMO, gateway_in_use
from ramah.kernel.money import Money, format_money
from ramah.storefront.checkout_form import CheckoutForm, Written
from ramah.storefront.pictures import drawing, picture, shown_first
from ramah.storefront.promised import arrival_words, day_words
from ramah.storefront.swatches import color_in, color_named
from ramah.storefront.visiting import Visitor

_ICONS = {
    Payment.Method.BANK_TRANSFER: "bank",
    Payment.Method.COD: "cash",
    Payment.Method.CARD: "card",
    Payment.Method.WALLET: "screen",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A choice of which one is made: `key` is what the form sends."""

    key: str
    title: str
    text: str
    icon: str = ""
    amount: Money | None = None
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Short:
    """A line of which there is less than was asked for, in words, with what there is instead."""

    title: str
    words: str
    slug: str
    others: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says above the fields: a note, lines that are short, what is wrong by field, and of the voucher."""

    note: str = ""
    short: Sequence[Short] = ()
    errors: dict[str, str] = field(default_factory=dict)
    voucher_fault: str = ""
    code: str = ""


def checkout_context(
    visitor: Visitor,
    written: Written,
    offer: Offer,
    said: Said,
    *,
    at: datetime,
    email: str = "",
    saved: Sequence[SavedAddress] = (),
) -> dict[str, Any]:
    """All that the templates of the checkout need. No query."""
    countries = visitor.shop.countries
    kind = offer.quote.kind if offer.quote else HOME
    form = CheckoutForm(written, said.errors, kind=kind, countries=countries, asks_email=not email)
    deliveries = [_delivery_card(quote, offer, at) for quote in offer.quotes]
    payments = [_payment_card(way, offer, visitor) for way in offer.ways]
    return {
        "form": form,
        "written": written,
        "offer": offer,
        "sums": offer.totals,
        "said": said,
        "lines": [(line, _picture(line.variant, visitor.language)) for line in offer.sight.counting],
        "deliveries": deliveries,
        "payments": payments,
        # What is offered, whichever is chosen: only a list that is another is put in the place of the one that is shown.
        "keys": {
            "fields_key": f"{written['country']}-{kind}-{written['filled_from']}",
            "deliveries_key": _key_of(deliveries),
            "payments_key": _key_of(payments),
        },
        "order_words": order_words(offer),
        "promised": _promise_words(offer.quote, at) if offer.quote else "",
        "email": email,
        "saved": [(one.public_id, place_of(one), one.public_id == written["filled_from"]) for one in saved],
    }


def order_words(offer: Offer) -> str:
    """What the button says: what happens, and for how much."""
    amount = {"amount": format_money(Money(offer.totals.total_amount, offer.currency))}
    method = offer.way.method if offer.way else ""
    words: dict[str, str] = {
        Payment.Method.BANK_TRANSFER: _("Order and transfer %(amount)s") % amount,
        Payment.Method.COD: _("Order, pay %(amount)s on delivery") % amount,
        Payment.Method.CARD: _("Order and pay %(amount)s by card") % amount,
        Payment.Method.WALLET: _("Order and pay %(amount)s by wallet") % amount,
    }
    return words.get(
        method, _("Order, nothing to pay") if not offer.totals.total_amount else _("Order for %(amount)s") % amount
    )


def short_lines(lines: Sequence[LineSight]) -> list[Short]:
    """Lines that cannot be had as asked, each with what is left and other variants that are there; one query."""
    others = others_in_stock(lines)
    return [_short(line, others.get(line.product.pk, [])) for line in lines]


def _short(line: LineSight, others: Sequence[Variant]) -> Short:
    title = ", ".join(filter(None, (line.title.text, line.options)))
    if line.problem == "" and line.left:
        words = ngettext(
            "%(left)d is left; you asked for %(asked)d.", "%(left)d are left; you asked for %(asked)d.", line.left
        )
        words = words % {"left": line.left, "asked": line.asked}
    elif line.problem == "other_currency":
        words = _("It is not sold to this country.")
    elif line.problem == "not_sold":
        words = _("It is no longer sold.")
    else:
        words = _("It has just been sold out.")
    named = [(variant.public_id, options_in_words(variant)) for variant in others]
    return Short(title, words, line.product.slug, [one for one in named if one[1]])


def _key_of(cards: Sequence[Card]) -> str:
    told = [(card.key, card.title, card.text, card.amount) for card in cards]
    return f"{crc32(repr(told).encode()):x}"


def _delivery_card(quote: Quote, offer: Offer, at: datetime) -> Card:
    is_free = not quote.amount or _ships_free(offer)
    return Card(
        key=quote.option_public_id,
        title=arrival_words(quote, at=at),
        text=". ".join(text for text in (quote.name.text, quote.note.text) if text),
        amount=None if is_free else Money(quote.amount, quote.currency),
        is_chosen=quote is offer.quote,
    )


def _promise_words(quote: Quote, at: datetime) -> str:
    if quote.kind == PICKUP:
        return _("Ready for you: %(when)s") % {"when": arrival_words(quote, at=at)}
    return _("Arrives by %(day)s") % {"day": day_words(quote.promised_to)}


def _ships_free(offer: Offer) -> bool:
    reduction = offer.sight.reduction
    return reduction is not None and reduction.kind == "free_shipping"


def _payment_card(way: PaymentWay, offer: Offer, visitor: Visitor) -> Card:
    fee = Money(way.fee_amount, offer.currency) if way.fee_amount else None
    return Card(
        key=way.method,
        title=way.label,
        text=_payment_words(way.method, offer, visitor),
        icon=_ICONS.get(Payment.Method(way.method), "card"),
        amount=fee,
        is_chosen=offer.way is not None and way.method == offer.way.method,
    )


def _payment_words(method: str, offer: Offer, visitor: Visitor) -> str:
    if method == Payment.Method.BANK_TRANSFER:
        banks = [
            str(one.get("bank", "")) for one in visitor.shop.bank_accounts if one.get("currency") == offer.currency
        ]
        hours = visitor.shop.transfer_hours
        time = ngettext("within %(hours)d hour", "within %(hours)d hours", hours) % {"hours": hours}
        return ", ".join(filter(None, (*banks, time)))
    if method == Payment.Method.COD:
        return _("In cash when the parcel comes")
    if gateway_in_use() == DEMO:
        return _("Demo: no money moves")
    return _("On the secure page of Stripe")


def _picture(variant: Variant, language: str) -> SafeString:
    color, pictures = color_in(variant.options), variant.product.pictures
    if pictures:
        return picture(shown_first(pictures, color)[0], language=language, place="thumb")
    return drawing(variant.product.illustration, color=color_named(color))
