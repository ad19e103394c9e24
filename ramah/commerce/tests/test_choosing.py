"""From options to a variant."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramah.commerce.choosing import choice_of, chosen_first


@dataclass(frozen=True)
class Piece:
    public_id: str
    options: dict[str, str] = field(hash=False)
    stock: int = 1


def shirt(color, size, stock=1):
    return Piece(f"{color}-{size}", {"color": color, "size": size}, stock)


SHIRTS = [shirt("Indigo", "S", 0), shirt("Indigo", "M", 3), shirt("Sand", "S", 2), shirt("Sand", "L", 0)]


@pytest.mark.parametrize(
    ("told", "variant"),
    [
        ({}, "Indigo-M"),
        ({"color": "Sand"}, "Sand-S"),
        ({"size": "L"}, "Sand-L"),
        ({"color": "Indigo", "size": "S"}, "Indigo-S"),
        ({"color": "Pink", "size": "S"}, "Sand-S"),
        ({"grind": "Filter"}, "Indigo-M"),
        ({"color": "Indigo", "size": "L"}, None),
    ],
)
def test_a_choice_leads_to_a_variant_or_to_none(told, variant):
    choice = choice_of(SHIRTS, told)

    assert (choice.variant.public_id if choice.variant else None) == variant


def test_what_does_not_exist_is_named():
    choice = choice_of(SHIRTS, {"color": "Indigo", "size": "L"})

    assert choice.unmade == ("Indigo", "L")
    assert [axis.chosen for axis in choice.axes] == ["Indigo", "L"]


def test_each_value_says_whether_it_leads_somewhere():
    color, size = choice_of(SHIRTS, {"color": "Indigo", "size": "M"}).axes

    assert [(value.text, value.is_chosen, value.exists, value.in_stock) for value in color.values] == [
        ("Indigo", True, True, True),
        ("Sand", False, True, True),
    ]
    assert [(value.text, value.is_chosen, value.exists, value.in_stock) for value in size.values] == [
        ("S", False, True, False),
        ("M", True, True, True),
        ("L", False, False, False),
    ]


def test_what_leads_may_be_another_axis():
    color, size = choice_of(SHIRTS, {"color": "Indigo", "size": "M"}, lead="size").axes

    assert [(value.text, value.exists, value.in_stock) for value in color.values] == [
        ("Indigo", True, True),
        ("Sand", False, False),
    ]
    assert [(value.text, value.exists, value.in_stock) for value in size.values] == [
        ("S", True, True),
        ("M", True, True),
        ("L", True, False),
    ]


def test_a_variant_without_an_option_that_others_have():
    plain, large = Piece("plain", {}, 4), Piece("large", {"size": "L"}, 4)

    choice = choice_of([plain, large], {"size": ""})

    assert choice.variant is plain
    assert [value.text for value in choice.axes[0].values] == ["", "L"]


def test_nothing_to_choose():
    only = Piece("only", {})

    assert (choice_of([only], {}).variant, choice_of([only], {}).axes) == (only, ())
    assert (choice_of([], {}).variant, chosen_first([])) == (None, None)
    assert chosen_first(SHIRTS, "Sand-L") is SHIRTS[3]
    assert chosen_first(SHIRTS, "unknown") is SHIRTS[1]
    assert chosen_first([SHIRTS[0], SHIRTS[3]]) is SHIRTS[0]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("SML"), st.integers(0, 2)), min_size=1, max_size=9),
    st.dictionaries(st.sampled_from(["color", "size"]), st.sampled_from(["A", "B", "C", "S", "M", "L", ""])),
)
def test_a_variant_that_is_found_has_all_that_was_told(shirts, told):
    variants = [shirt(*one) for one in shirts]
    choice = choice_of(variants, told)
    known = {name: {one.options[name] for one in variants} for name in ("color", "size")}
    meant = {name: value for name, value in told.items() if value in known[name]}

    if choice.variant is None:
        assert not any(meant.items() <= one.options.items() for one in variants)
    else:
        assert meant.items() <= choice.variant.options.items()
    assert all(sum(value.is_chosen for value in axis.values) <= 1 for axis in choice.axes)
