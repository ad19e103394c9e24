"""Cells into values: what is read, and what is refused rather than guessed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.commerce.imports import values
from ramah.commerce.imports.records import Refused
from ramah.commerce.imports.values import Reading

JAKARTA = Reading()


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "code", "expected"),
    [
        ("389000", "IDR", "389000"),
        ("389.000", "IDR", "389000"),
        ("Rp 389.000", "IDR", "389000"),
        ("Rp. 389.000,-", "IDR", "389000"),
        ("1,249,000", "IDR", "1249000"),
        ("1.249.000,50", "IDR", "1249000.50"),
        ("1 249,00 ₴", "UAH", "1249.00"),
        ("1 249,5", "UAH", "1249.50"),
        ("1,249.50", "USD", "1249.50"),
        ("12.5", "UAH", "12.50"),
        ("12,5000", "UAH", "12.50"),
        ("$0.99", "USD", "0.99"),
        (",5", "UAH", "0.50"),
        ("1'249.50", "CHF", "1249.50"),
        ("12.500", "UAH", "Refused"),
        ("12,500", "USD", "Refused"),
        ("12,500", "JPY", "12500"),
        ("1.2.3", "UAH", "Refused"),
        ("1,23,45", "UAH", "Refused"),
        ("-5", "UAH", "Refused"),
        ("(5)", "UAH", "Refused"),
        ("1e5", "UAH", "Refused"),
        ("5 of 6", "UAH", "Refused"),
        ("Price: 5", "UAH", "5"),
        ("−5 ₴", "UAH", "Refused"),
        ("free", "UAH", "Refused"),
        ("", "UAH", "Refused"),
        ("NaN", "UAH", "Refused"),
        ("9999999999999", "IDR", "Refused"),
    ],
)
def test_amounts(cell, code, expected):
    if expected == "Refused":
        with pytest.raises(Refused):
            values.amount(cell, code, column="price", reading=JAKARTA)
    else:
        assert values.amount(cell, code, column="price", reading=JAKARTA) == Decimal(expected)


@pytest.mark.parametrize(("mark", "expected"), [(".", "12.50"), (",", "12500")])
def test_a_told_decimal_mark_settles_what_could_be_read_in_two_ways(mark, expected):
    assert values.amount("12.500", "UAH", column="price", reading=Reading(decimal=mark)) == Decimal(expected)


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from([(",", "."), (".", ","), (" ", ",")]))
def test_an_amount_as_a_shop_prints_it_is_read_back(amount, marks):
    thousands, decimal = marks
    printed = f"{amount:,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands)

    assert values.amount(printed, "UAH", column="price", reading=JAKARTA) == amount


@pytest.mark.parametrize(
    ("cell", "reading", "expected"),
    [
        ("2026-03-31 14:05", JAKARTA, utc(2026, 3, 31, 7, 5)),
        ("2026-03-31", JAKARTA, utc(2026, 3, 30, 17, 0)),
        ("2026-03-31T14:05:09Z", JAKARTA, utc(2026, 3, 31, 14, 5, 9)),
        ("2026-03-31 14:05:09 +0300", JAKARTA, utc(2026, 3, 31, 11, 5, 9)),
        ("2026-03-31 14:05:09 UTC", JAKARTA, utc(2026, 3, 31, 14, 5, 9)),
        ("31.03.2026 14:05", Reading(time_zone="Europe/Kyiv"), utc(2026, 3, 31, 11, 5)),
        ("31/03/2026", JAKARTA, utc(2026, 3, 30, 17, 0)),
        ("03/31/2026", Reading(month_first=True), utc(2026, 3, 30, 17, 0)),
        ("31 Mar 2026 14:05", JAKARTA, utc(2026, 3, 31, 7, 5)),
        ("03/31/2026", JAKARTA, None),
        ("31.02.2026", JAKARTA, None),
        ("yesterday", JAKARTA, None),
        ("0001-01-01", JAKARTA, None),
        ("20260331140509123456", JAKARTA, None),
    ],
)
def test_times(cell, reading, expected):
    if expected is None:
        with pytest.raises(Refused):
            values.moment(cell, column="placed_at", reading=reading)
    else:
        assert values.moment(cell, column="placed_at", reading=reading) == expected


def test_days_have_no_zone():
    assert values.day("18.11.2026", column="promised_to", reading=JAKARTA) == date(2026, 11, 18)


@pytest.mark.parametrize(
    ("read", "cell", "expected"),
    [
        (values.currency, " idr ", "IDR"),
        (values.currency, "Rp", "IDR"),
        (values.currency, "грн.", "UAH"),
        (values.currency, "XXQ", None),
        (values.currency, "", None),
        (values.email, " Dana@Example.COM ", "dana@example.com"),
        (values.email, "dana@", None),
        (values.email, "a b@example.com", None),
        (values.pieces, "2.0", 2),
        (values.pieces, "0", None),
        (values.pieces, "-1", None),
        (values.pieces, "1.5", None),
        (values.pieces, "two", None),
        (values.language, "pt_BR", "pt-br"),
        (values.language, "Indonesian", None),
        (values.time_zone, "Asia/Jakarta", "Asia/Jakarta"),
        (values.time_zone, "Mars/Base", None),
        (values.options, "size=M, Color: Indigo", {"size": "M", "color": "Indigo"}),
        (values.options, "M", None),
    ],
)
def test_words(read, cell, expected):
    if expected is None:
        with pytest.raises(Refused):
            read(cell)
    else:
        assert read(cell) == expected


@pytest.mark.parametrize(
    ("cell", "region", "expected"),
    [
        ("0812-3456-7890", "ID", "+6281234567890"),
        ("'+62 812 3456 7890", "UA", "+6281234567890"),
        ("067 123 45 67", "UA", "+380671234567"),
        ("12", "ID", None),
        ("call me", "ID", None),
    ],
)
def test_phone_numbers(cell, region, expected):
    if expected is None:
        with pytest.raises(Refused):
            values.phone(cell, reading=Reading(region=region))
    else:
        assert values.phone(cell, reading=Reading(region=region)) == expected


def test_html_becomes_text_and_formulas_stay_text():
    assert (
        values.prose("<p>Soft&nbsp;linen</p><script>x()</script>", limit=100, column="description")
        == "Soft\xa0linen\nx()"
    )
    assert values.text("=cmd|' /C calc'!A0", limit=100, column="title") == "=cmd|' /C calc'!A0"
    with pytest.raises(Refused):
        values.text("x" * 101, limit=100, column="title")


@pytest.mark.parametrize(
    "told", [{"time_zone": "Mars/Base"}, {"region": "XX"}, {"currency": "XXQ"}, {"language": "Indonesian"}]
)
def test_a_reading_with_a_wrong_word_is_refused(told):
    with pytest.raises(ValueError, match=next(iter(told))):
        Reading.checked(**told)
