"""Carts as they are read. `open_cart` is their door; `cart_sight` says what is in one, what it costs now, what changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Sum

from ramah.commerce.models import Cart, CartLine, Product, TaxRate, Variant, Voucher
from ramah.commerce.pricing import Line, Reduction, Terms, totals
from ramah.commerce.pricing import Totals as Totals
from ramah.commerce.queries.vouchers import Refusal, reduction_of, refusal_of
from ramah.commerce.translations import Translated
from ramah.kernel.money import Money

# Why a line does not count. A variant that is gone or hidden is `NOT_SOLD`, one without a price here `OTHER_CURRENCY`.
SOLD_OUT, NOT_SOLD, OTHER_CURRENCY = "sold_out", "not_sold", "other_currency"
MOST_PIECES = 999
_FEW = 5


@dataclass(frozen=True)
class LineSight:
    """A line as it stands now: `quantity` pieces of the `asked` ones are there to be bought; 0 where there is a `problem`."""

    line: CartLine
    title: Translated
    price: Money | None
    price_before: Money | None
    quantity: int
    problem: str = ""

    @property
    def variant(self) -> Variant:
        return self.line.variant

    @property
    def product(self) -> Product:
        return self.line.variant.product

    @property
    def options(self) -> str:
        """Size, color and so on in words."""
        return options_in_words(self.variant)

    @property
    def compare_at(self) -> Money | None:
        """What a piece cost before it was reduced."""
        return self.variant.compare_at_in(self.price.currency.code) if self.price else None

    @property
    def total(self) -> Money | None:
        """The price of all pieces; None where there is a problem."""
        return self.price * self.quantity if self.price and self.quantity else None

    @property
    def asked(self) -> int:
        """The pieces that the customer has put in."""
        return self.line.quantity

    @property
    def left(self) -> int:
        """The pieces in stock."""
        return max(self.variant.stock, 0)

    @property
    def most(self) -> int:
        """The most pieces that can be in the cart."""
        return min(self.left, MOST_PIECES)

    @property
    def one_less(self) -> int:
        """A piece less, never none."""
        return max(self.quantity - 1, 1)

    @property
    def one_more(self) -> int:
        """A piece more, as far as there are any."""
        return min(self.quantity + 1, self.most)

    @property
    def is_few(self) -> bool:
        """Whether it is worth saying how many are left."""
        return not self.problem and self.left <= _FEW

    @property
    def is_reduced(self) -> bool:
        """Whether there are fewer now than were put in."""
        return 0 < self.quantity < self.asked

    @property
    def is_cheaper(self) -> bool:
        """Whether the price that changed went down."""
        return bool(self.price and self.price_before and self.price < self.price_before)


@dataclass(frozen=True)
class CartSight:
    """What is in a cart. `lines` are to be bought (`counting` without those that have a problem), `saved` are for later."""

    cart: Cart | None
    currency: str
    lines: list[LineSight] = field(default_factory=list)
    saved: list[LineSight] = field(default_factory=list)
    refusal: Refusal | None = None

    @cached_property
    def counting(self) -> list[LineSight]:
        """The lines that an order would have."""
        return [line for line in self.lines if not line.problem]

    @property
    def count(self) -> int:
        """Pieces that would be bought."""
        return sum(line.quantity for line in self.counting)

    @property
    def grams(self) -> int:
        """The weight of what would be bought."""
        return sum(line.variant.weight_grams * line.quantity for line in self.counting)

    @property
    def voucher(self) -> Voucher | None:
        """The voucher on the cart; `refusal` says why it does not count, where it does not."""
        return self.cart.voucher if self.cart else None

    @property
    def reduction(self) -> Reduction | None:
        """The voucher as `pricing` takes it; None where none counts."""
        return reduction_of(self.voucher) if self.voucher and not self.refusal else None

    @cached_property
    def items_amount(self) -> Decimal:
        """What the goods cost, before any voucher."""
        return _worth_of(self.counting, self.currency)

    def totals(
        self, tax: TaxRate | None = None, *, shipping_amount: Decimal = Decimal(0), fee_amount: Decimal = Decimal(0)
    ) -> Totals:
        """The sums with this tax, shipping and fee; the keys of the lines are those of the rows (`CartLine.pk`)."""
        terms = Terms(
            self.currency,
            self.reduction,
            shipping_amount=shipping_amount,
            fee_amount=fee_amount,
            tax_percent=tax.percent if tax else Decimal(0),
            tax_included=tax.is_included if tax else True,
        )
        return totals(_priced(self.counting), terms)


def open_carts(public_id: str, *, customer_id: int | None) -> QuerySet[Cart]:
    """The carts without an order that whoever holds the signed cookie of `public_id`, or is this customer, may see.

    A customer never gets another customer's cart, whatever the cookie says (a shared computer). A guest gets the cart of the
    cookie, also when it belongs to a customer: it is the one they left in this browser.
    """
    by_cookie = Q(public_id=public_id) if public_id else Q(pk=None)
    if customer_id is None:
        return Cart.objects.filter(by_cookie, order=None)
    return Cart.objects.filter(by_cookie & Q(customer=None) | Q(customer_id=customer_id), order=None)


def open_cart(public_id: str, *, customer_id: int | None = None) -> Cart | None:
    """The cart of the cookie, else the customer's newest; None where there is none that is still open. One query at most.

    The voucher is read where there is one, which is seldom: joined in, it would cost every cart.
    """
    if not public_id and customer_id is None:
        return None
    return chosen(open_carts(public_id, customer_id=customer_id).order_by("-id"), public_id)


def chosen(carts: Iterable[Cart], public_id: str) -> Cart | None:
    """Of carts, the newest first: the one of the cookie, else the first."""
    carts = list(carts)
    return next((cart for cart in carts if cart.public_id == public_id), carts[0] if carts else None)


def cart_sight(cart: Cart | None, *, currency: str, language: str, at: datetime, held: bool = False) -> CartSight:
    """What is in the cart at `at`, in `currency`: one query; one more for a voucher, and for its limit per customer.

    With `held` the variants stay as they are seen until the transaction ends; others may still put them into carts meanwhile.
    """
    if cart is None:
        return CartSight(None, currency)
    rows: Iterable[CartLine] = cart.lines.select_related("variant__product")
    if held:  # in the order of the variants' keys, so that two orders of the same variants never wait for each other
        locked = cart.lines.select_related("variant__product").select_for_update(of=("variant",), no_key=True)
        rows = sorted(locked.order_by("variant_id"), key=attrgetter("pk"))
    sights = [line_sight(row, cart=cart, currency=currency, language=language) for row in rows]
    lines = [sight for sight in sights if not sight.line.is_saved]
    refusal = None
    if cart.voucher:
        worth = _worth_of([line for line in lines if not line.problem], currency)
        refusal = refusal_of(cart.voucher, currency=currency, items_amount=worth, customer_id=cart.customer_id, at=at)
    return CartSight(cart, currency, lines, [sight for sight in sights if sight.line.is_saved], refusal)


def line_sight(line: CartLine, *, cart: Cart, currency: str, language: str) -> LineSight:
    """The line as it stands now; variant and product are loaded."""
    variant = line.variant
    price = variant.price_in(currency)
    problem = _problem(variant, price)
    # A seen amount of 0 says that the price was never seen in this currency.
    is_seen = cart.currency == currency and line.seen_amount > 0
    changed = is_seen and price is not None and line.seen_amount != price.amount
    return LineSight(
        line,
        variant.product.title_in(language),
        price,
        Money(line.seen_amount, currency) if changed else None,
        0 if problem else min(line.quantity, variant.stock, MOST_PIECES),
        problem,
    )


def variant_on_sale(public_id: str) -> Variant | None:
    """The variant with its product, where both are offered; None otherwise. How many there are is another question."""
    variants = Variant.objects.select_related("product").filter(
        public_id=public_id, is_active=True, product__status=Product.Status.ACTIVE
    )
    return variants.first()


def variant_named(public_id: str) -> Variant | None:
    """The variant with its product, offered or not: to say what was taken out of a cart."""
    return Variant.objects.select_related("product").filter(public_id=public_id).first()


def piece_count(cart: Cart) -> int:
    """The pieces in the cart without those kept for later: what the header of the shop shows."""
    return int(cart.lines.filter(is_saved=False).aggregate(pieces=Sum("quantity"))["pieces"] or 0)


def options_in_words(variant: Variant) -> str:
    """Size, color and so on: `M, Indigo`."""
    return ", ".join(str(value) for value in variant.options.values() if value)


def carts_exported(customer_id: int) -> list[dict[str, Any]]:
    """A customer's carts as JSON: for the customer's own copy of their data."""
    carts = Cart.objects.filter(customer_id=customer_id).order_by("id").select_related("voucher")
    return [
        {
            "created_at": cart.created_at.isoformat(),
            "currency": cart.currency,
            "voucher": cart.voucher.code if cart.voucher else "",
            "lines": [
                {"sku": line.variant.sku, "quantity": line.quantity, "for_later": line.is_saved}
                for line in cart.lines.all()
            ],
        }
        for cart in carts.prefetch_related(Prefetch("lines", CartLine.objects.select_related("variant")))
    ]


def _problem(variant: Variant, price: Money | None) -> str:
    if not variant.is_active or variant.product.status != Product.Status.ACTIVE:
        return NOT_SOLD
    if price is None:
        return OTHER_CURRENCY
    return "" if variant.stock > 0 else SOLD_OUT


def _priced(lines: Iterable[LineSight]) -> list[Line]:
    return [Line(line.line.pk, line.price.amount, line.quantity) for line in lines if line.price]


def _worth_of(lines: Iterable[LineSight], currency: str) -> Decimal:
    return totals(_priced(lines), Terms(currency)).items_amount
