"""Changing carts: putting in, taking out, keeping for later, vouchers. No price comes from outside; all are read here.

A cart is found by the id in the visitor's signed cookie and by who is signed in (`queries.carts.open_carts`), and is locked while
it changes. One that has become an order is closed: putting something in then begins a new one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from ramah.commerce.commands.cart_keeping import follow_currency, merge_carts, sweep_carts
from ramah.commerce.commands.vouchers import VoucherRefused
from ramah.commerce.models import Cart, CartLine, Product, Variant
from ramah.commerce.queries.carts import (
    MOST_PIECES,
    CartSight,
    cart_sight,
    chosen,
    open_carts,
    variant_on_sale,
)
from ramah.commerce.queries.vouchers import UNKNOWN, Refusal, voucher_by_code
from ramah.customers.models import Customer
from ramah.customers.queries import customer_acting
from ramah.kernel.actors import Actor

__all__ = [
    "MOST_LINES",
    "CartChange",
    "CartFull",
    "LineGone",
    "NotSold",
    "SoldOut",
    "WrongQuantity",
    "add_to_cart",
    "apply_voucher",
    "merge_carts",
    "move_to_cart",
    "remove_line",
    "remove_voucher",
    "save_for_later",
    "set_quantity",
    "sweep_carts",
    "take_note",
]
MOST_LINES = 100
# `updated_at` only says which carts are old: not every change needs to write it.
_FRESH = timedelta(hours=1)


class NotSold(Exception):
    """There is no such variant, or it is not offered, or not in this currency."""


class SoldOut(Exception):
    """Nothing of the variant is left."""

    def __init__(self, variant: Variant) -> None:
        super().__init__(variant.sku)
        self.variant = variant


class WrongQuantity(Exception):
    """A quantity is a whole number from 1 to `MOST_PIECES`."""


class CartFull(Exception):
    """There are `MOST_LINES` different things in the cart."""


class LineGone(Exception):
    """The line, or the whole cart, is no longer there: it was removed or ordered in another tab."""


@dataclass(frozen=True, slots=True)
class CartChange:
    """What became of a change: of `variant` there were `before` pieces, `asked` were wanted, `quantity` are in the cart now.

    `count` is the pieces in the whole cart, for the cookie; `is_saved`: it is about what is kept for later.
    """

    cart: Cart
    count: int
    variant: Variant | None = None
    before: int = 0
    asked: int = 0
    quantity: int = 0
    is_saved: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether there were fewer pieces than were wanted."""
        return self.quantity < self.asked


@transaction.atomic
def add_to_cart(
    *,
    actor: Actor,
    cart_id: str,
    variant_id: str,
    quantity: int,
    currency: str,
    at: datetime,
    for_later: bool = False,
) -> CartChange:
    """Put in so many more pieces, or as many as there are; `variant_id` is the public id. Begins a cart where none is open.

    What was kept for later comes back with the quantity asked for now; `for_later` keeps it there instead, where nothing needs to
    be in stock. Raises `WrongQuantity`, `NotSold`, `SoldOut`, `CartFull`.
    """
    _check_quantity(quantity)
    variant = variant_on_sale(variant_id)
    price = variant.price_in(currency) if variant else None
    if variant is None or price is None:
        raise NotSold(variant_id)
    if variant.stock <= 0 and not for_later:
        raise SoldOut(variant)
    cart = _locked(actor, cart_id) or _begun(actor, currency=currency, at=at)
    follow_currency(cart, currency)
    lines = {line.variant_id: line for line in cart.lines.all()}
    line = lines.get(variant.pk) or _new_line(cart, variant, len(lines), seen_amount=price.amount, at=at)
    before = line.quantity if line.is_saved == for_later else 0
    line.quantity = min(before + quantity, MOST_PIECES if for_later else variant.stock, MOST_PIECES)
    line.is_saved = for_later
    line.save()
    _touch(cart, at)
    lines[variant.pk] = line
    return CartChange(cart, _pieces(lines.values()), variant, before, before + quantity, line.quantity, for_later)


@transaction.atomic
def set_quantity(*, actor: Actor, cart_id: str, variant_id: str, quantity: int, at: datetime) -> CartChange:
    """Have so many pieces in the cart, or as many as there are; none takes the line out.

    Raises `WrongQuantity`, `LineGone`, `NotSold`, `SoldOut`.
    """
    if quantity == 0:
        return remove_line(actor=actor, cart_id=cart_id, variant_id=variant_id, at=at)
    _check_quantity(quantity)
    cart, lines, line = _line_in(actor, cart_id, variant_id)
    if line.is_saved:
        raise LineGone
    _check_sold(line.variant, cart.currency)
    before, line.quantity = line.quantity, min(quantity, line.variant.stock, MOST_PIECES)
    line.save(update_fields=["quantity"])
    _touch(cart, at)
    return CartChange(cart, _pieces(lines), line.variant, before, quantity, line.quantity)


@transaction.atomic
def remove_line(*, actor: Actor, cart_id: str, variant_id: str, at: datetime) -> CartChange:
    """Take a line out, also one that is kept for later; the change knows how many there were. Raises `LineGone`."""
    cart, lines, line = _line_in(actor, cart_id, variant_id)
    line.delete()
    _touch(cart, at)
    left = [other for other in lines if other is not line]
    return CartChange(cart, _pieces(left), line.variant, before=line.quantity, is_saved=line.is_saved)


@transaction.atomic
def save_for_later(*, actor: Actor, cart_id: str, variant_id: str, at: datetime) -> CartChange:
    """Keep a line for later: it stays in sight but out of the order. Raises `LineGone`."""
    cart, lines, line = _line_in(actor, cart_id, variant_id)
    line.is_saved = True
    line.save(update_fields=["is_saved"])
    _touch(cart, at)
    return CartChange(cart, _pieces(lines), line.variant, line.quantity, is_saved=True)


@transaction.atomic
def move_to_cart(*, actor: Actor, cart_id: str, variant_id: str, at: datetime) -> CartChange:
    """Bring back what was kept for later, as many as there are. Raises `LineGone`, `NotSold`, `SoldOut`."""
    cart, lines, line = _line_in(actor, cart_id, variant_id)
    _check_sold(line.variant, cart.currency)
    asked = line.quantity
    line.quantity, line.is_saved = min(asked, line.variant.stock, MOST_PIECES), False
    line.save(update_fields=["quantity", "is_saved"])
    _touch(cart, at)
    return CartChange(cart, _pieces(lines), line.variant, 0, asked, line.quantity)


@transaction.atomic
def apply_voucher(*, actor: Actor, cart_id: str, code: str, currency: str, at: datetime) -> CartChange:
    """Put the voucher with this code on the cart, in place of another.

    One for which the goods cost too little yet stays on the cart and counts as soon as they cost enough. Raises
    `VoucherRefused` for any other that does not count, `LineGone` without a cart.
    """
    cart = _locked(actor, cart_id)
    if cart is None:
        raise LineGone
    voucher = voucher_by_code(code)
    if voucher is None:
        raise VoucherRefused(Refusal(UNKNOWN))
    cart.voucher = voucher
    sight = cart_sight(cart, currency=currency, language="", at=at)
    if sight.refusal and not sight.refusal.may_pass:
        raise VoucherRefused(sight.refusal)
    cart.save(update_fields=["voucher"])
    return CartChange(cart, sight.count)


@transaction.atomic
def remove_voucher(*, actor: Actor, cart_id: str, at: datetime) -> CartChange:
    """Take the voucher off the cart; one that has none stays as it is. Raises `LineGone` without a cart."""
    cart = _locked(actor, cart_id)
    if cart is None:
        raise LineGone
    if cart.voucher_id is not None:
        cart.voucher = None
        cart.save(update_fields=["voucher"])
    return CartChange(cart, _pieces(cart.lines.all()))


def take_note(*, sight: CartSight) -> bool:
    """What `sight` shows has been shown: changed prices, lines cut to what is left, the currency. It is told once.

    False when there was nothing to write. What changed again in between is left for the next look.
    """
    cart = sight.cart
    if cart is None:
        return False
    changed = {line.line.pk: line for line in (*sight.lines, *sight.saved) if line.price_before or line.is_reduced}
    if not changed and cart.currency == sight.currency:
        return False
    with transaction.atomic():
        if not Cart.objects.select_for_update().filter(pk=cart.pk, order=None).exists():
            return False
        follow_currency(cart, sight.currency)
        for key, line in changed.items():
            seen = {"seen_amount": line.price.amount} if line.price else {}
            quantity = line.asked if line.line.is_saved else (line.quantity or line.asked)
            CartLine.objects.filter(pk=key, quantity=line.asked).update(quantity=quantity, **seen)
    return True


def _locked(actor: Actor, cart_id: str) -> Cart | None:
    own = customer_acting(actor)
    if own is None and not cart_id:
        return None
    carts = open_carts(cart_id, customer_id=own.customer_id if own else None)
    return chosen(carts.select_for_update().order_by("-id"), cart_id)


def _begun(actor: Actor, *, currency: str, at: datetime) -> Cart:
    own = customer_acting(actor)
    if own is not None:
        # Two tabs of one customer begin one cart: the second waits here, and then finds that of the first.
        Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=own.customer_id)
        if cart := _locked(actor, ""):
            return cart
    return Cart.objects.create(
        customer_id=own.customer_id if own else None, currency=currency, updated_at=at, created_at=at
    )


def _new_line(cart: Cart, variant: Variant, others: int, *, seen_amount: Decimal, at: datetime) -> CartLine:
    if others >= MOST_LINES:
        raise CartFull
    return CartLine(cart=cart, variant=variant, quantity=0, seen_amount=seen_amount, added_at=at)


def _line_in(actor: Actor, cart_id: str, variant_id: str) -> tuple[Cart, list[CartLine], CartLine]:
    cart = _locked(actor, cart_id)
    lines = list(cart.lines.select_related("variant__product")) if cart else []
    line = next((line for line in lines if line.variant.public_id == variant_id), None)
    if cart is None or line is None:
        raise LineGone
    return cart, lines, line


def _pieces(lines: Iterable[CartLine]) -> int:
    return sum(line.quantity for line in lines if not line.is_saved)


def _touch(cart: Cart, at: datetime) -> None:
    if at - cart.updated_at > _FRESH:
        cart.updated_at = at
        cart.save(update_fields=["updated_at"])


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MOST_PIECES:
        raise WrongQuantity(quantity)


def _check_sold(variant: Variant, currency: str) -> None:
    is_offered = variant.is_active and variant.product.status == Product.Status.ACTIVE
    if not is_offered or variant.price_in(currency) is None:
        raise NotSold(variant.public_id)
    if variant.stock <= 0:
        raise SoldOut(variant)
