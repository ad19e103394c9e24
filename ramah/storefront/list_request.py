"""What the address of a list asks for, and the addresses of the lists beside it: one filter less, another range of prices.

    ?q=shirt&o.size=m&o.size=l&o.color=indigo&from=100000&to=500000&stock=1&rating=4&category=fashion/shirts&sort=newest

Options and their values stand folded, as `listing_index` knows them; prices in whole units of the visitor's currency.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from ramah.commerce.queries.listings import (
    CHEAP,
    DEAR,
    NEWEST,
    POPULAR,
    RATED,
    RATINGS,
    Filters,
    Wanted,
    known_option,
    subtree,
)
from ramah.commerce.queries.terms import CategoryTree
from ramah.storefront.speaking import LANGUAGE_PARAMETER

OPTION: Final = "o."
CURSOR: Final = "after"
LONGEST_WORDS: Final = 100
SORTS: Final = {"newest": NEWEST, "price": CHEAP, "price-down": DEAR, "rating": RATED, "bought": POPULAR}
_MOST_OPTIONS, _MOST_VALUES, _LONGEST_VALUE = 8, 20, 80
_GROUPED = re.compile(r"\d{1,3}([.,]\d{3})+")
_PLAIN = re.compile(r"\d{1,10}([.,]\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter that is on: its group, its value, and the list without it."""

    group: str
    value: str
    without: "ListRequest"


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What the address says, cut to what there can be. `problem` is what is wrong with the prices, in words."""

    path: str
    words: str = ""
    sort: str = ""
    in_stock: bool = False
    rating: int = 0
    price_from: str = ""
    price_to: str = ""
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    category: str = ""
    language: str = ""
    cursor: str = ""
    problem: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the words narrows the list."""
        return any(True for _chosen in self.chosen())

    def wanted(self, tree: CategoryTree) -> Wanted:
        """The same for `commerce.queries`."""
        return Wanted(self.filters(tree), SORTS.get(self.sort, ""), self.cursor)

    def filters(self, tree: CategoryTree) -> Filters:
        """The filters alone. Prices that cannot be read filter nothing."""
        told = not self.problem
        return Filters(
            options={name: frozenset(values) for name, values in self.options.items()},
            in_stock=self.in_stock,
            rating=self.rating,
            price_from=hundredths(self.price_from) if told else None,
            price_to=hundredths(self.price_to) if told else None,
            categories=subtree(tree, self.category) if self.category else None,
        )

    def address(self, cursor: str = "") -> str:
        """The address of this list, from its beginning or from `cursor` on."""
        told = [*self.parameters(), *([(CURSOR, cursor)] if cursor else [])]
        return f"{self.path}{'?' if told else ''}{urlencode(told)}"

    def parameters(self) -> Iterator[tuple[str, str]]:
        """What stands in the address, always in the same order."""
        plain = {
            "q": self.words,
            LANGUAGE_PARAMETER: self.language,
            "category": self.category,
            "stock": "1" if self.in_stock else "",
            "from": self.price_from,
            "to": self.price_to,
            "rating": str(self.rating or ""),
            "sort": self.sort,
        }
        yield from ((name, value) for name, value in plain.items() if value)
        for name, values in sorted(self.options.items()):
            yield from ((OPTION + name, value) for value in values)

    def chosen(self) -> Iterator[Chosen]:
        """The filters that are on, each with the list without it."""
        if self.category:
            yield Chosen("category", self.category, replace(self, category="", cursor=""))
        for name, values in self.options.items():
            for value in values:
                yield Chosen(OPTION + name, value, self._without(name, value))
        if (self.price_from or self.price_to) and not self.problem:
            yield Chosen("price", "", replace(self, price_from="", price_to="", cursor=""))
        if self.rating:
            yield Chosen("rating", str(self.rating), replace(self, rating=0, cursor=""))
        if self.in_stock:
            yield Chosen("stock", "", replace(self, in_stock=False, cursor=""))

    def unfiltered(self) -> "ListRequest":
        """The list without any filter."""
        return ListRequest(self.path, words=self.words, sort=self.sort, language=self.language)

    def _without(self, name: str, value: str) -> "ListRequest":
        left = {
            key: tuple(each for each in values if (key, each) != (name, value)) for key, values in self.options.items()
        }
        return replace(self, options={key: values for key, values in left.items() if values}, cursor="")


def list_request(path: str, told: QueryDict, *, language: str = "", is_search: bool = False) -> ListRequest:
    """What the address of a list asks for. What is not known is passed over; prices that cannot be read are told in `problem`."""
    lowest, highest = told.get("from", "").strip()[:20], told.get("to", "").strip()[:20]
    rating = told.get("rating", "")
    return ListRequest(
        path=path,
        words=told.get("q", "").strip()[:LONGEST_WORDS] if is_search else "",
        sort=told.get("sort", "") if told.get("sort", "") in SORTS else "",
        in_stock=told.get("stock") == "1",
        rating=int(rating) if rating in map(str, RATINGS) else 0,
        price_from=lowest,
        price_to=highest,
        options=_options(told),
        category=told.get("category", "")[:250] if is_search else "",
        language=language,
        cursor=told.get(CURSOR, ""),
        problem=_problem(lowest, highest),
    )


def _options(told: QueryDict) -> dict[str, tuple[str, ...]]:
    names = [key for key in told if key.startswith(OPTION) and len(OPTION) < len(key) <= _LONGEST_VALUE][:_MOST_OPTIONS]
    found = {}
    for key in names:
        values = dict.fromkeys(
            value.casefold() for value in told.getlist(key) if value and len(value) <= _LONGEST_VALUE
        )
        if values:
            found[known_option(key.removeprefix(OPTION))] = tuple(values)[:_MOST_VALUES]
    return found


def _problem(lowest: str, highest: str) -> str:
    try:
        ends = hundredths(lowest), hundredths(highest)
    except ValueError:
        return _("A price is a number, such as 250000.")
    if None not in ends and ends[0] > ends[1]:  # type: ignore[operator]
        return _("The lowest price is above the highest.")
    return ""


def hundredths(text: str) -> int | None:
    """An amount in hundredths, from digits as people group them: `250000`, `250.000`, `1 249,50`. Raises ValueError."""
    digits = "".join(text.split())
    if not digits:
        return None
    if _GROUPED.fullmatch(digits) and digits.isascii():
        digits = digits.replace(".", "").replace(",", "")
    if not _PLAIN.fullmatch(digits) or not digits.isascii():
        raise ValueError(text)
    return int(Decimal(digits.replace(",", ".")) * 100)
