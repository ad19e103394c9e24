"""Which choices are open, and what is taken of what customers fill in."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.notices.choosing import SAID, BadWish, Offered, Standing, choices_open, open_days, read_said
from ramah.notices.kinds import CHOICES

TODAY = date(2026, 3, 9)
PAID = {"amount": "389000", "currency": "IDR"}
CREDIT = {"amount": "20000", "currency": "IDR"}
# Paid, not packed, promised for the 12th, expected on the 14th.
UNPACKED = Standing(
    today=TODAY,
    may_cancel=True,
    may_change_address=True,
    may_change_delivery=True,
    paid=PAID,
    promised_on=date(2026, 3, 12),
    expected_on=date(2026, 3, 14),
    credit=CREDIT,
)
HELD = replace(UNPACKED, is_held=True, may_cancel=False, may_change_address=False)
EVERYTHING = frozenset({"address", "date", "pickup_point", "neighbor", "leave", "return"})
LOST = replace(HELD, is_held=False, is_lost=True)


def kinds_open(standing):
    return [one.kind for one in choices_open(CHOICES, standing)]


def offer_of(kind, standing):
    return next((dict(one.offer) for one in choices_open([kind], standing)), None)


@pytest.mark.parametrize(
    ("standing", "kinds"),
    [
        (UNPACKED, ["wait", "credit", "address", "date", "cancel", "talk"]),
        (HELD, ["wait", "credit", "talk"]),
        (
            replace(HELD, can=EVERYTHING),
            ["wait", "credit", "address", "date", "pickup_point", "neighbor", "leave", "cancel", "talk"],
        ),
        (replace(HELD, can=frozenset({"leave"})), ["wait", "credit", "leave", "talk"]),
        # What a carrier takes counts only once it has the parcel.
        (replace(UNPACKED, can=EVERYTHING, may_cancel=False), ["wait", "credit", "address", "date", "talk"]),
        (LOST, ["cancel", "talk"]),
        (replace(LOST, paid={}), ["talk"]),
        (replace(UNPACKED, is_under_way=False), ["talk"]),
        (replace(UNPACKED, may_pay=True, paid={}, promised_on=None), ["address", "cancel", "pay", "talk"]),
        # Proof that a mailbox is read, but of no order.
        (replace(HELD, may_change_delivery=False, can=EVERYTHING), ["talk"]),
    ],
)
def test_what_is_open_follows_from_how_things_stand(standing, kinds):
    assert kinds_open(standing) == kinds


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, True),
        ({"expected_on": None}, False),  # nobody knows a day: nothing to agree on
        ({"promised_on": None}, False),
        ({"expected_on": date(2026, 3, 12)}, False),  # no later than promised
        ({"expected_on": date(2026, 3, 13), "today": date(2026, 3, 14)}, False),  # over
        ({"promised_on": date(2026, 3, 1)}, True),  # late already, and a new day lies ahead
    ],
)
def test_waiting_is_offered_for_a_later_day_that_lies_ahead(changes, is_open):
    standing = replace(UNPACKED, **changes)

    assert ("wait" in kinds_open(standing), "credit" in kinds_open(standing)) == (is_open, is_open)


def test_offers_say_what_they_are_worth_and_how_they_are_done():
    assert offer_of("wait", UNPACKED) == {"until": "2026-03-14"}
    assert offer_of("credit", UNPACKED) == {"until": "2026-03-14", "amount": "20000", "currency": "IDR"}
    assert offer_of("credit", replace(UNPACKED, credit=None)) is None
    assert offer_of("cancel", UNPACKED) == {"how": "order", **PAID}
    assert offer_of("cancel", LOST) == {"how": "refund", **PAID}
    assert offer_of("cancel", replace(HELD, can=EVERYTHING)) == {"how": "carrier", **PAID}
    assert offer_of("address", replace(HELD, can=EVERYTHING)) == {"how": "carrier"}


def test_days_to_choose_from_are_a_week():
    assert offer_of("date", UNPACKED) == {"how": "order", "from": "2026-03-13", "to": "2026-03-19"}
    # A carrier that has it may bring it sooner than was promised.
    assert offer_of("date", replace(HELD, can=EVERYTHING)) == {
        "how": "carrier",
        "from": "2026-03-10",
        "to": "2026-03-16",
    }
    assert len(open_days(UNPACKED)) == 7


def test_the_order_of_the_rule_is_kept_each_kind_once_and_unknown_ones_are_passed_over():
    assert choices_open(["talk", "wait", "talk", "teleport"], UNPACKED) == [
        Offered("talk", {}),
        Offered("wait", {"until": "2026-03-14"}),
    ]


@given(
    kinds=st.lists(st.sampled_from(CHOICES)),
    flags=st.lists(st.booleans(), min_size=7, max_size=7),
    can=st.frozensets(st.sampled_from(sorted(EVERYTHING))),
    days=st.lists(st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)), min_size=2, max_size=2),
)
def test_whatever_the_standing_no_more_is_offered_than_was_asked(kinds, flags, can, days):
    under_way, held, lost, cancel, address, delivery, pay = flags
    standing = Standing(TODAY, under_way, held, lost, can, cancel, address, delivery, PAID, pay, *days, CREDIT)

    offered = choices_open(kinds, standing)

    assert len({one.kind for one in offered}) == len(offered)
    assert {one.kind for one in offered} <= set(kinds)
    assert all(isinstance(text, str) for one in offered for text in one.offer.values())


# What is filled in


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("neighbor", {"who": "  Budi,\n\t no. 12 ", "extra": "x"}, {"who": "Budi, no. 12"}),
        ("leave", {"where": "the \0porch"}, {"where": "the porch"}),
        ("wait", {"who": "me", "day": "2026-03-13"}, {}),
        ("date", {"day": "2026-03-13"}, {"day": "2026-03-13"}),
        (
            "address",
            {"line1": "Jl. Baru 1", "city": "Depok", "country": "US"},
            {"line1": "Jl. Baru 1", "city": "Depok"},
        ),
    ],
)
def test_what_belongs_to_the_choice_is_kept_in_one_line(kind, said, kept):
    assert read_said(kind, {"from": "2026-03-13", "to": "2026-03-19"}, said) == kept


@pytest.mark.parametrize(
    ("kind", "said", "field"),
    [
        ("neighbor", {}, "who"),
        ("neighbor", {"who": " \n "}, "who"),
        ("neighbor", {"who": "x" * 121}, "who"),
        ("leave", {"where": "x" * 1_000_000}, "where"),
        ("pickup_point", {}, "place"),
        ("date", {}, "day"),
        ("date", {"day": "tomorrow"}, "day"),
        ("date", {"day": "2026-03-12"}, "day"),
        ("date", {"day": "2026-03-20"}, "day"),
        ("date", {"day": "0001-01-01"}, "day"),
        ("address", {}, "line1"),
        ("address", {"city": "Depok"}, "line1"),
        ("address", {"line1": "x" * 121}, "line1"),
    ],
)
def test_what_does_not_fit_is_named(kind, said, field):
    with pytest.raises(BadWish) as refused:
        read_said(kind, {"from": "2026-03-13", "to": "2026-03-19"}, said)

    assert refused.value.field == field


@given(
    st.sampled_from(sorted(SAID)),
    st.dictionaries(st.sampled_from(["who", "where", "place", "day", "line1"]), st.text()),
)
def test_hostile_words_are_refused_or_kept_short_and_plain(kind, said):
    try:
        kept = read_said(kind, {"from": "2026-03-13", "to": "2026-03-19"}, said)
    except BadWish:
        return
    assert all(len(text) <= 120 and "\0" not in text and "\n" not in text for text in kept.values())
