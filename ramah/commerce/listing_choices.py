"""What some filters leave of the listings in an index, and how many each further choice would give. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ramah.commerce.listing_index import PRICE_STEPS, RATINGS, ListingIndex


@dataclass(frozen=True, slots=True)
class Filters:
    """What a visitor wants of a list. Options by folded name and values; prices in hundredths, both ends included."""

    options: Mapping[str, frozenset[str]] = field(default_factory=dict)
    in_stock: bool = False
    rating: int = 0
    price_from: int | None = None
    price_to: int | None = None
    categories: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many products each choice would give, with all filters but those of its own group."""

    in_stock: int
    ratings: dict[int, int]
    prices: list[tuple[int, int, int]]
    options: dict[str, dict[str, int]]


class Choice:
    """What some filters leave of a scope, and what further choices would give."""

    def __init__(self, index: ListingIndex, scope: int, filters: Filters) -> None:
        self._index, self._scope, self._filters = index, scope, filters

    @cached_property
    def _groups(self) -> dict[str, int]:
        index, wants = self._index, self._filters
        groups = {}
        if wants.categories is not None:
            groups["category"] = index.of_categories(wants.categories)
        if wants.price_from is not None or wants.price_to is not None:
            groups["price"] = index.priced(wants.price_from, wants.price_to)
        if wants.rating:
            groups["rating"] = index.rated(wants.rating)
        if wants.options:
            groups["variants"] = index.combined(wants.options, stocked=wants.in_stock)
        elif wants.in_stock:
            groups["variants"] = index.in_stock
        return groups

    def without(self, group: str = "") -> int:
        """What is left when the filters of `group` (category, price, rating, variants) are not asked."""
        bits = self._scope
        for name, those in self._groups.items():
            if name != group:
                bits &= those
        return bits

    @cached_property
    def bits(self) -> int:
        """What is left."""
        return self.without()

    @cached_property
    def total(self) -> int:
        """How many are left."""
        return self.bits.bit_count()

    @cached_property
    def counts(self) -> Counts:
        """How many each further choice would give."""
        index, wants = self._index, self._filters
        others = self.without("variants")
        stocked = index.combined(wants.options, stocked=True) if wants.options else index.in_stock
        rated = self.without("rating")
        values = index.values(wants.options, stocked=wants.in_stock)
        return Counts(
            in_stock=(others & stocked).bit_count(),
            ratings={least: (rated & index.rated(least)).bit_count() for least in RATINGS},
            prices=_ranges(index.price_steps(self.without("price"))),
            options={
                name: {value: count for value, bits in choices.items() if (count := (bits & others).bit_count())}
                for name, choices in values.items()
            },
        )

    def in_categories(self, category_ids: Iterable[int]) -> int:
        """How many are left in these categories, whichever category is asked for."""
        return (self.without("category") & self._index.of_categories(category_ids)).bit_count()


def _ranges(steps: Sequence[tuple[int, int, int]], most: int = 5) -> list[tuple[int, int, int]]:
    """The steps joined to at most `most` ranges with about as many products in each: from, to, products, both ends included."""
    share = sum(count for _step, count, _at in steps) / most
    ranges: list[tuple[int, int, int]] = []
    lower, held = 0, 0
    for number, (step, count, _at) in enumerate(steps):
        lower, held = (lower if held else step), held + count
        is_last = number == len(steps) - 1
        if held >= share or is_last:
            upper = PRICE_STEPS[PRICE_STEPS.index(step) + 1]
            right_at = steps[number + 1][2] if not is_last and steps[number + 1][0] == upper else 0
            ranges.append((lower, upper, held + right_at))
            held = 0
    return ranges if len(ranges) > 1 else []
