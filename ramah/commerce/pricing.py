"""What a cart costs: the only place where totals, discounts, taxes and paid shares are worked out. Pure: no rows, no clock.

Amounts come and go as Decimal in whole units of the currency. In between everything is counted in integers of the smallest amount
that the currency has (a rupiah, a kopiyka), so nothing is lost and parts add up to the whole exactly.

Rounding, always half up and each figure once: a line (price times pieces), the discount of the whole, the tax of the whole. The
discount and the tax are then shared out by largest remainder, so that no line is off by more than the smallest amount.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from ramah.kernel.money import Money, round_money

# Kinds of reduction; the same values as `Voucher.Kind`.
PERCENT, AMOUNT, FREE_SHIPPING = "percent", "amount", "free_shipping"
# Rows keep two decimals, so that is as fine as amounts get, also in the few currencies that count in thousandths.
_FINEST_PLACES = 2
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces at a price each; `key` finds the line again in the result and is unique among the lines."""

    key: int | str
    unit_amount: Decimal
    quantity: int


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a voucher takes off: `percent` (above 0, up to 100) or `amount` off the goods, or the shipping."""

    kind: str
    percent: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms it is sold. `tax_percent` is on goods, shipping and fee alike, part of the prices or added to them."""

    currency: str
    reduction: Reduction | None = None
    shipping_amount: Decimal = _ZERO
    fee_amount: Decimal = _ZERO
    tax_percent: Decimal = _ZERO
    tax_included: bool = True


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its share of the discount, the tax on what is left, and what of the payment falls on it."""

    key: int | str
    unit_amount: Decimal
    quantity: int
    total_amount: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    paid_amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a cart. `total_amount` = goods - discount + shipping + fee, and the tax where it is added.

    Free shipping is a `shipping_amount` of 0; what it would have cost is the `shipping_discount`, no part of the sum.
    """

    currency: str
    lines: tuple[PricedLine, ...]
    items_amount: Decimal
    discount_amount: Decimal
    shipping_amount: Decimal
    shipping_discount: Decimal
    shipping_tax_amount: Decimal
    fee_amount: Decimal
    fee_tax_amount: Decimal
    tax_amount: Decimal
    tax_included: bool
    total_amount: Decimal


@dataclass(frozen=True, slots=True)
class Shares:
    """What was paid for what; all parts together are the whole payment."""

    lines: dict[int | str, Decimal]
    shipping_amount: Decimal
    fee_amount: Decimal

    @property
    def total_amount(self) -> Decimal:
        """The sum of the parts."""
        return sum(self.lines.values(), _ZERO) + self.shipping_amount + self.fee_amount


def totals(lines: Iterable[Line], terms: Terms) -> Totals:
    """What `lines` cost on these terms; without lines only shipping and fee count.

    Raises ValueError for an amount below zero, a quantity below one, a percentage out of bounds, or a key that comes twice.
    """
    lines = tuple(lines)
    _check(lines, terms)
    places, percent = _places(terms.currency), terms.tax_percent
    goods = [_units(line.unit_amount * line.quantity, places) for line in lines]
    discount = _discount(sum(goods), terms.reduction, places)
    discounts = _shared_out(discount, goods)
    offered = _units(terms.shipping_amount, places)
    shipping = 0 if terms.reduction and terms.reduction.kind == FREE_SHIPPING else offered
    # What is taxed: each line after its discount, then shipping and fee.
    base = [total - share for total, share in zip(goods, discounts, strict=True)]
    base += [shipping, _units(terms.fee_amount, places)]
    tax = _tax(sum(base), percent, included=terms.tax_included)
    taxes = _shared_out(tax, base)
    paid = base if terms.tax_included else [amount + share for amount, share in zip(base, taxes, strict=True)]

    def amount(units: int) -> Decimal:
        return Decimal(units).scaleb(-places)

    return Totals(
        currency=terms.currency,
        lines=tuple(
            PricedLine(
                line.key,
                line.unit_amount,
                line.quantity,
                total_amount=amount(goods[i]),
                discount_amount=amount(discounts[i]),
                tax_amount=amount(taxes[i]),
                paid_amount=amount(paid[i]),
            )
            for i, line in enumerate(lines)
        ),
        items_amount=amount(sum(goods)),
        discount_amount=amount(discount),
        shipping_amount=amount(shipping),
        shipping_discount=amount(offered - shipping),
        shipping_tax_amount=amount(taxes[-2]),
        fee_amount=amount(base[-1]),
        fee_tax_amount=amount(taxes[-1]),
        tax_amount=amount(tax),
        tax_included=terms.tax_included,
        total_amount=amount(sum(paid)),
    )


def paid_shares(priced: Totals) -> Shares:
    """What of the payment falls on each line, on shipping and on the fee, tax included: the most that each can be refunded."""
    added = 0 if priced.tax_included else 1
    return Shares(
        lines={line.key: line.paid_amount for line in priced.lines},
        shipping_amount=priced.shipping_amount + added * priced.shipping_tax_amount,
        fee_amount=priced.fee_amount + added * priced.fee_tax_amount,
    )


def refundable(paid_amount: Decimal, *, quantity: int, pieces: int, currency: str, refunded_pieces: int = 0) -> Decimal:
    """What goes back for `pieces` more of a line of `quantity` pieces for which `paid_amount` was paid.

    In whatever steps all pieces come back, the refunds add up to what was paid: rounded is what is due for all pieces so far.
    Raises ValueError for pieces that the line does not have.
    """
    after = refunded_pieces + pieces
    if quantity < 1 or refunded_pieces < 0 or pieces < 0 or after > quantity:
        raise ValueError("no more pieces can come back than were bought")
    places = _places(currency)
    paid = _units(paid_amount, places)
    due = _half_up(paid * after, quantity) - _half_up(paid * refunded_pieces, quantity)
    return Decimal(due).scaleb(-places)


@lru_cache(maxsize=256)
def _places(currency: str) -> int:
    exponent = round_money(Money(_ZERO, currency)).amount.as_tuple().exponent
    return min(-int(exponent), _FINEST_PLACES)


def _units(amount: Decimal, places: int) -> int:
    return int(amount.scaleb(places).quantize(Decimal(1), ROUND_HALF_UP))


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _discount(goods: int, reduction: Reduction | None, places: int) -> int:
    if reduction is None or reduction.kind == FREE_SHIPPING:
        return 0
    if reduction.kind == PERCENT:
        part, whole = (reduction.percent or _ZERO).as_integer_ratio()
        return _half_up(goods * part, 100 * whole)
    return min(_units(reduction.amount or _ZERO, places), goods)


def _tax(base: int, percent: Decimal, *, included: bool) -> int:
    part, whole = percent.as_integer_ratio()
    return _half_up(base * part, 100 * whole + (part if included else 0))


def _shared_out(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` by `weights`: rounded down, and what is left over one by one to the largest remainders, then weights."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    # Among equals of remainder and weight it makes no difference to any sum, so the order of the lines makes none.
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), -weights[i]))
    for i in by_remainder[: amount - sum(shares)]:
        shares[i] += 1
    return shares


def _check(lines: Sequence[Line], terms: Terms) -> None:
    if any(line.unit_amount < 0 or line.quantity < 1 for line in lines):
        raise ValueError("a line has at least one piece, and a price that is not below zero")
    if len({line.key for line in lines}) != len(lines):
        raise ValueError("each line has a key of its own")
    if min(terms.shipping_amount, terms.fee_amount, terms.tax_percent) < 0:
        raise ValueError("shipping, fee and tax are not below zero")
    if terms.reduction:
        _check_reduction(terms.reduction)


def _check_reduction(reduction: Reduction) -> None:
    if reduction.kind not in (PERCENT, AMOUNT, FREE_SHIPPING):
        raise ValueError(f"no reduction of the kind {reduction.kind!r}")
    if not 0 <= (reduction.percent or _ZERO) <= 100 or (reduction.amount or _ZERO) < 0:
        raise ValueError("a reduction takes off between nothing and everything")
