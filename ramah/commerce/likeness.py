"""Which products to show beside one another, by rules. Pure: facts go in, keys come out, the best first.

Alike is what stands in the same category, costs about the same and sells. With it goes what others bought in the same order;
where too few did, the best of the categories beside its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log

MOST = 8
# Bought together once is chance.
FEWEST_TOGETHER = 2
# Twice the price weighs as much as selling a few hundred times better.
_WEIGHT_OF_SALES = 0.12


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules know of a product. `price` is that of its cheapest variant, None where it has none."""

    key: int
    category: int | None
    price: Decimal | None
    currency: str
    sold: int


def alike(one: Known, others: Sequence[Known], *, most: int = MOST) -> list[int]:
    """Those of `others` that are most like `one`: near in price, often bought."""
    fitting = [other for other in others if other.key != one.key]
    fitting.sort(key=lambda other: (_distance(one, other) - _WEIGHT_OF_SALES * log(1 + other.sold), other.key))
    return [other.key for other in fitting[:most]]


def going_with(
    one: Known,
    together: Mapping[int, int],
    beside: Sequence[Sequence[Known]],
    *,
    not_these: Collection[int] = (),
    most: int = MOST,
) -> list[int]:
    """What goes with `one`: `together` says in how many orders others were bought with it, `beside` holds what sells best in
    each category beside its own."""
    often = [key for key, orders in together.items() if orders >= FEWEST_TOGETHER and key != one.key]
    found = sorted(often, key=lambda key: (-together[key], key))
    # Not the same category first for all products of a category.
    start = one.key % len(beside) if beside else 0
    rows = [alike(one, row, most=most) for row in (*beside[start:], *beside[:start])]
    for place in range(most):
        found += [row[place] for row in rows if place < len(row)]
    return [key for key in dict.fromkeys(found) if key not in not_these and key != one.key][:most]


def _distance(one: Known, other: Known) -> float:
    """How far apart two prices are: 0.7 for twice as much. Prices in two currencies, or none, are neither near nor far."""
    if one.price is None or other.price is None or one.currency != other.currency:
        return 1.0
    return abs(log(float(one.price + 1) / float(other.price + 1)))
