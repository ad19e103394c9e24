"""What a product is in lists: its row in one currency, and its words for searches. Reads what it is given, stores nothing."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ramah.commerce.models import Listing, Product, Variant
from ramah.commerce.option_names import LINE, combination_of, known_option
from ramah.commerce.search_words import folded_words, shown_words

# Words of a description beyond these find nothing.
_MOST_TOLD = 600
_SHORTEST_TERM = 3


class Offer(NamedTuple):
    """A variant at its price in a currency."""

    variant: Variant
    price: Decimal
    compare_at: Decimal | None


@dataclass(frozen=True, slots=True)
class Words:
    """What a product is found by, folded, the weightiest first."""

    title: list[str]
    named: list[str]
    told: list[str]

    @property
    def digest(self) -> str:
        """The same for the same words."""
        text = "\n".join(" ".join(words) for words in (self.title, self.named, self.told))
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def currencies_of(variants: Iterable[Variant]) -> set[str]:
    """The currencies for which at least one of the variants is sold."""
    return {code for row in variants if row.is_active for code in (row.currency, *row.other_prices)}


def listing_of(product: Product, variants: Sequence[Variant], currency: str, *, version: int, at: datetime) -> Listing:
    """The product as lists show it in `currency`; not shown where it is not for sale."""
    offers = [offer for row in variants if row.is_active and (offer := _offer(row, currency))]
    in_stock = [offer for offer in offers if offer.variant.stock > 0]
    pool = in_stock or offers
    cheapest = min(pool, key=lambda offer: offer.price) if pool else None
    published = product.published_at
    return Listing(
        product=product,
        currency=currency,
        category_id=product.category_id,
        is_shown=bool(offers and product.status == Product.Status.ACTIVE and published and published <= at),
        slug=product.slug,
        titles=product.titles,
        brand=product.brand,
        picture=product.pictures[0] if product.pictures else None,
        image_url=product.image_url,
        illustration=product.illustration,
        price_amount=cheapest.price if cheapest else Decimal(0),
        compare_at_amount=cheapest.compare_at if cheapest else None,
        highest_amount=max((offer.price for offer in pool), default=Decimal(0)),
        in_stock=bool(in_stock),
        stock_left=sum(max(row.stock, 0) for row in variants if row.is_active),
        sizes=_sizes([offer.variant for offer in offers]),
        rating=product.rating or Decimal(0),
        rating_count=product.rating_count,
        sold_count=product.sold_count,
        published_at=published or product.created_at,
        choices=LINE.join(_choices([offer.variant for offer in offers])),
        version=version,
    )


def words_of(product: Product, variants: Sequence[Variant]) -> Words:
    """The words by which searches find the product; those of its categories are looked up when somebody searches."""
    named = [product.brand, *_named(product), *(row.sku for row in variants)]
    named += [str(value) for row in variants for value in row.options.values()]
    return Words(
        title=_once(product.titles.values()),
        named=_once(named),
        told=_once(product.descriptions.values())[:_MOST_TOLD],
    )


def terms_of(product: Product, variants: Sequence[Variant], category_names: Iterable[str]) -> dict[str, str]:
    """The words that name the product, folded, with how they are written: what a slip of the finger may have meant."""
    values = {str(value) for row in variants for value in row.options.values()}
    texts = [*product.titles.values(), product.brand, *_named(product), *values, *category_names]
    return {
        term: written
        for text in texts
        for term, written in shown_words(str(text))
        if len(term) >= _SHORTEST_TERM and not term.isdigit()
    }


def _offer(variant: Variant, currency: str) -> Offer | None:
    if currency == variant.currency:
        return Offer(variant, variant.price_amount, variant.compare_at_amount)
    told = variant.other_prices.get(currency)
    if not told:
        return None
    return Offer(variant, Decimal(told[0]), Decimal(told[1]) if told[1] else None)


def _choices(variants: Sequence[Variant]) -> list[str]:
    """Each combination of options once, with `+` before it where one of its variants is in stock."""
    stocked: dict[str, bool] = {}
    for row in variants:
        combination = combination_of(row.options)
        stocked[combination] = stocked.get(combination, False) or row.stock > 0
    return [("+" if is_in else "-") + combination for combination, is_in in stocked.items()]


def _sizes(variants: Sequence[Variant]) -> list[list[object]]:
    """The values of the option by which people choose, and whether each is in stock: sizes, else another one but the color."""
    values: dict[str, dict[str, bool]] = {}
    for row in variants:
        for name, value in row.options.items():
            of_name = values.setdefault(known_option(name), {})
            of_name[str(value)] = of_name.get(str(value), False) or row.stock > 0
    values.pop("color", None)
    chosen = values.get("size") or next((found for found in values.values() if len(found) > 1), {})
    return [[value, is_in] for value, is_in in chosen.items()]


def _named(product: Product) -> list[str]:
    return [str(text) for fact in product.attributes for part in fact.values() for text in part.values()]


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for text in texts for word in folded_words(str(text))))
