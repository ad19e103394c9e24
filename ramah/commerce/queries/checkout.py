"""What checkout offers for a cart: ways of delivery with cost and day, ways of paying, and the sums that follow.

The page and `commands.checkout` ask the same function, so what is charged is what was shown, or the customer is asked again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ramah.commerce.models import Cart, Order, Payment, Product, ShopProfile, TaxRate, Variant
from ramah.commerce.pricing import Totals
from ramah.commerce.queries.carts import CartSight, LineSight, cart_sight
from ramah.commerce.queries.delivery import Quote, quotes_for
from ramah.commerce.queries.gateways import gateway_in_use
from ramah.commerce.queries.terms import shop_profile, tax_of

_ZERO = Decimal(0)
_MOST_OTHERS = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """Where to, how it is sent (public id of a delivery option) and how it is paid; the last two empty where not yet chosen."""

    country: str
    region: str = ""
    postal_code: str = ""
    delivery: str = ""
    payment: str = ""


@dataclass(frozen=True, slots=True)
class PaymentWay:
    """A way of paying, and what it costs beyond the goods."""

    method: str
    fee_amount: Decimal = _ZERO

    @property
    def label(self) -> str:
        return str(Payment.Method(self.method).label)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the cart costs for a choice. `quote` and `way` are those chosen, else the first; None where there is none."""

    sight: CartSight
    tax: TaxRate
    quotes: list[Quote]
    quote: Quote | None
    ways: list[PaymentWay]
    way: PaymentWay | None
    totals: Totals

    @property
    def currency(self) -> str:
        return self.sight.currency

    @property
    def missing(self) -> list[LineSight]:
        """Lines that cannot be had as they are in the cart."""
        return [line for line in self.sight.lines if line.problem or line.is_reduced]


def currency_of(country: str) -> str:
    """What is paid in where it goes to `country`; empty for a country into which nothing is sold."""
    currency: str = shop_profile().countries.get(country, "")
    return currency


def offer_for(cart: Cart, choice: Choice, *, language: str, at: datetime, held: bool = False) -> Offer:
    """What the cart costs at `at` for this choice, at the prices of the catalog: the queries of `cart_sight`, no other; `held`
    is its."""
    currency = currency_of(choice.country) or cart.currency
    sight = cart_sight(cart, currency=currency, language=language, at=at, held=held)
    return _offer(sight, choice, language=language, at=at)


def payment_ways(shop: ShopProfile, currency: str, quote: Quote | None, total_amount: Decimal) -> list[PaymentWay]:
    """How so much can be paid: what the merchant takes, where account, carrier, limit and gateway allow it."""
    if not total_amount:
        return []
    possible = {
        Payment.Method.BANK_TRANSFER: any(account.get("currency") == currency for account in shop.bank_accounts),
        Payment.Method.COD: quote is not None
        and quote.cash_on_delivery
        and _within_limit(shop, currency, total_amount),
        Payment.Method.CARD: bool(gateway_in_use()),
        Payment.Method.WALLET: bool(gateway_in_use()),
    }
    ways = []
    for method in shop.payment_methods:
        if possible.get(method):
            fee = Decimal(shop.cod_fees.get(currency, 0)) if method == Payment.Method.COD else _ZERO
            ways.append(PaymentWay(method, fee))
    return ways


def order_of_cart(public_id: str) -> Order | None:
    """The order that the cart with this id, of a visitor's signed cookie, has become; None while it has not."""
    return Order.objects.filter(checkout_key=public_id).first() if public_id else None


def others_in_stock(lines: Iterable[LineSight]) -> dict[int, list[Variant]]:
    """By product, what else of it is there now in place of lines that cannot be had; one query."""
    lines = list(lines)
    products = {line.product.pk for line in lines if line.product.status == Product.Status.ACTIVE}
    gone = {line.variant.pk for line in lines}
    rows = Variant.objects.filter(product__in=products, is_active=True, stock__gt=0).exclude(pk__in=gone)
    found: dict[int, list[Variant]] = {}
    for variant in rows.order_by("position", "pk") if products else ():
        of_product = found.setdefault(variant.product_id, [])
        if len(of_product) < _MOST_OTHERS:
            of_product.append(variant)
    return found


def _offer(sight: CartSight, choice: Choice, *, language: str, at: datetime) -> Offer:
    quotes = quotes_for(
        country=choice.country,
        region=choice.region,
        postal_code=choice.postal_code,
        currency=sight.currency,
        items_amount=sight.items_amount,
        grams=sight.grams,
        at=at,
        language=language,
    )
    quote = _chosen_quote(quotes, choice.delivery)
    tax, shipping = tax_of(choice.country), quote.amount if quote else _ZERO
    sums = sight.totals(tax, shipping_amount=shipping)
    ways = payment_ways(shop_profile(), sight.currency, quote, sums.total_amount)
    way = next((way for way in ways if way.method == choice.payment), ways[0] if ways else None)
    if way and way.fee_amount:
        sums = sight.totals(tax, shipping_amount=shipping, fee_amount=way.fee_amount)
    return Offer(sight, tax, quotes, quote, ways, way, sums)


def _chosen_quote(quotes: list[Quote], public_id: str) -> Quote | None:
    return next((quote for quote in quotes if quote.option_public_id == public_id), quotes[0] if quotes else None)


def _within_limit(shop: ShopProfile, currency: str, total_amount: Decimal) -> bool:
    limit = shop.cod_limits.get(currency)
    return limit is None or total_amount <= Decimal(limit)
