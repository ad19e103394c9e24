"""From options to a variant: what there is to choose, what a choice means, and what is missing or gone. Pure.

A variant has a value for each axis (`size`, `color`); one that lacks an axis has the empty value there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

# A variant: it has `public_id`, `options` (axis -> value) and `stock`. This module knows nothing else of it.
V = TypeVar("V")
Variants = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an axis. `exists` and `in_stock` say whether choosing it leads somewhere; see `choice_of`."""

    text: str
    is_chosen: bool
    exists: bool
    in_stock: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """Something to choose: a name as the merchant writes it, and its values in the order of the variants."""

    name: str
    values: tuple[Value, ...]

    @property
    def chosen(self) -> str:
        """The value that is chosen; empty where none is."""
        return next((value.text for value in self.values if value.is_chosen), "")


@dataclass(frozen=True, slots=True)
class Choice(Generic[V]):
    """What was chosen. `variant` is None where the values do not make one; `unmade` then says which were chosen."""

    axes: tuple[Axis, ...]
    variant: V | None
    unmade: tuple[str, ...] = ()


def chosen_first(variants: Variants, public_id: str = "") -> Any | None:
    """What a page shows before anybody chooses: the variant asked for, else the first in stock, else the first."""
    for variant in variants:
        if public_id and variant.public_id == public_id:
            return variant
    return next((variant for variant in variants if variant.stock > 0), variants[0] if variants else None)


def choice_of(variants: Variants, told: Mapping[str, str], *, lead: str = "") -> Choice[Any]:
    """The choice that `told` (axis -> value) makes among the variants, in the merchant's order.

    The values of the axis `lead` (default: the first) are there if any variant has them; those of the others are judged beside
    what else is chosen: people choose a color first, and then a size of that color.

    What was not told stands as in the first variant that fits what was, one in stock before others; values that no variant has
    count as not told.
    """
    names = _names(variants)
    known = {name: {variant.options.get(name, "") for variant in variants} for name in names}
    told = {name: told[name] for name in names if told.get(name) in known[name]}
    fitting = [variant for variant in variants if _has(variant, told)]
    start = chosen_first(fitting)
    values = {name: start.options.get(name, "") for name in names} if start is not None else told
    lead = lead if lead in names else next(iter(names), "")
    axes = tuple(_axis(name, variants, values, leads=name == lead) for name in names)
    if start is not None:
        return Choice(axes, start)
    return Choice(axes, None, tuple(values[name] for name in names if values.get(name)))


def _names(variants: Variants) -> list[str]:
    """Every axis, in the order in which the variants bring them up."""
    found: dict[str, None] = {}
    for variant in variants:
        found.update(dict.fromkeys(variant.options))
    return list(found)


def _has(variant: Any, told: Mapping[str, str]) -> bool:
    return all(variant.options.get(name, "") == value for name, value in told.items())


def _axis(name: str, variants: Variants, values: Mapping[str, str], *, leads: bool) -> Axis:
    others = {} if leads else {other: value for other, value in values.items() if other != name}
    return Axis(name, tuple(_values(name, variants, values.get(name), others)))


def _values(name: str, variants: Variants, chosen: str | None, others: Mapping[str, str]) -> Iterator[Value]:
    for text in dict.fromkeys(variant.options.get(name, "") for variant in variants):
        fitting = [one for one in variants if one.options.get(name, "") == text and _has(one, others)]
        yield Value(text, text == chosen, bool(fitting), any(one.stock > 0 for one in fitting))
