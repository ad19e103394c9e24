"""Tracking numbers: every published example, what looks like one and is none, and texts written to be slow to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.shipping.tracking_numbers import (
    CARRIERS,
    FORMATS,
    LONGEST_NUMBER,
    LONGEST_TEXT,
    LONGEST_TYPED,
    MOST_FOUND,
    Guess,
    find_in,
    is_valid,
    normalized,
    recognize,
    tracking_page,
)

# As published, most by jkeen/tracking_number_data: what the carrier shows or prints, with a check digit that is right.
CHECKED = [
    ("ups", "1Z5R89390357567127"),
    ("ups", "1Z879E930346834440"),
    ("ups", "1Z410E7W0392751591"),
    ("ups", "1Z8V92A70367203024"),
    ("fedex", "986578788855"),
    ("fedex", "477179081230"),
    ("fedex", "799531274483"),
    ("fedex", "790535312317"),
    ("fedex", "012345678983"),
    ("fedex", "041441760228964"),
    ("fedex", "568283610012000"),
    ("fedex", "568283610012734"),
    ("fedex", "61299998820821171811"),
    ("fedex", "9261292700768711948021"),
    ("fedex", "9611020987654312345672"),
    ("usps", "03071790000523483741"),
    ("usps", "71123456789123456787"),
    ("usps", "71969010756003077385"),
    ("usps", "9400111201080805483016"),
    ("usps", "9505511069605048600624"),
    ("usps", "9361289878700317633795"),
    ("usps", "9405803699300124287899"),
    ("usps", "9101026837331000039521"),
    ("usps", "92748931507708513018050063"),
    ("usps", "RB123456785US"),
    ("ukrposhta", "RR123456785UA"),
    ("ukrposhta", "RA067022855UA"),
    ("ukrposhta", "RA067022878UA"),
    ("royal_mail", "RB123456785GB"),
    ("pos_indonesia", "RR123456785ID"),
    ("post", "RR123456785DE"),
    ("dhl_express", "3318810025"),
    ("dhl_express", "8487135506"),
    ("dhl_express", "1099255990"),
    ("dhl_express", "3821724944"),
    ("gls", "993990103198"),
    ("dpd", "008182709980000020033350276C"),
    ("dpd", "008182709980000020045327276N"),
]
# Rules that were observed, not documented: who fails them is no more than a pattern, and never called wrong.
OBSERVED = [
    ("ukrposhta", "0500128254873"),
    ("ukrposhta", "0500128254610"),
    ("ukrposhta", "0504270497177"),
    ("ukrposhta", "0500022918705"),
    ("tnt", "123456785"),
    ("tnt", "223456788"),
    ("tnt", "GD123456785WW"),
]
PATTERNS = [
    ("dhl_ecommerce", "GM2951173225174494"),
    ("dhl_ecommerce", "GM295117494011169042"),
    ("amazon", "TBA502887274000"),
    ("amazon", "TBA010000000000"),
    ("nova_poshta", "20450207118009"),
    ("nova_poshta", "20450749477905"),
    ("nova_poshta", "59000798551278"),
    ("nova_poshta", "SHCN8143247690"),
    ("meest", "CV999999999ZZ"),
    ("jne", "010880123456"),
    ("jne", "010190001491925"),
    ("jne", "0637132400441624"),
    ("jne", "TG7007260622"),
    ("jnt", "JX1541346437"),
    ("jnt", "JX8009962760"),
    ("sicepat", "004398245608"),
    ("sicepat", "002927168687"),
    ("tiki", "TKP4003574518"),
    ("wahana", "MT685U91"),
    ("gls", "YZ8YO11K"),
]
WRONG = [
    ("ups", "1Z1111111111111111"),
    ("fedex", "996578788855"),
    ("usps", "RB123456786US"),
    ("pos_indonesia", "RR123456789ID"),
    ("dhl_express", "3318810010"),
]
# Carriers whose rule catches two neighbors that changed places, if not everywhere, then at this pair of the first example.
TRANSPOSED = [
    ("ups", "1Z5R89390375567127"),
    ("fedex", "986578788585"),
    ("fedex", "041441760282964"),
    ("usps", "9400111201080805480316"),
    ("ukrposhta", "RR123457685UA"),
    ("dhl_express", "3318810205"),
    ("gls", "993990130198"),
    ("dpd", "008182709980000020033352076C"),
]


def certainty_of(carrier, number, **more):
    return next((guess.certainty for guess in recognize(number, **more) if guess.carrier == carrier), None)


def pairs(guesses):
    return [(guess.carrier, guess.certainty) for guess in guesses]


def with_a_digit_changed(number):
    """The number with one more on its last digit: there every rule must notice."""
    place = max(place for place, sign in enumerate(number) if sign.isdigit())
    return f"{number[:place]}{(int(number[place]) + 1) % 10}{number[place + 1 :]}"


@pytest.mark.parametrize(("carrier", "number"), CHECKED + OBSERVED)
def test_a_published_number_passes_its_check(carrier, number):
    assert Guess(carrier, number, "checked") in recognize(number)
    assert is_valid(carrier, number) is True


@pytest.mark.parametrize(("carrier", "number"), CHECKED)
def test_with_one_digit_changed_it_is_not_of_the_carrier(carrier, number):
    changed = with_a_digit_changed(number)

    assert certainty_of(carrier, changed) is None
    assert is_valid(carrier, changed) is False


@pytest.mark.parametrize(("carrier", "number"), OBSERVED)
def test_a_failed_check_that_nobody_documented_leaves_a_pattern(carrier, number):
    changed = with_a_digit_changed(number)

    assert certainty_of(carrier, changed) == "pattern"
    assert is_valid(carrier, changed) is None


@pytest.mark.parametrize(("carrier", "number"), PATTERNS)
def test_a_number_without_a_rule_is_known_by_its_shape(carrier, number):
    assert Guess(carrier, number, "pattern") in recognize(number)
    assert is_valid(carrier, number) is not True


@pytest.mark.parametrize(("carrier", "number"), WRONG + TRANSPOSED)
def test_a_failed_check_is_never_guessed(carrier, number):
    assert certainty_of(carrier, number) is None
    assert is_valid(carrier, number) is False


def test_the_rules_notice_every_single_digit():
    """What modulo 10 and modulo 37 promise. S10 writes two remainders as 5, modulo 7 and FedEx 12 let some pass too."""
    for carrier, number in [
        ("usps", "9400111201080805483016"),
        ("gls", "993990103198"),
        ("dpd", "008182709980000020033350276C"),
    ]:
        for place in range(2, 11):
            for digit in set("0123456789") - {number[place]}:
                assert certainty_of(carrier, number[:place] + digit + number[place + 1 :]) is None


@pytest.mark.parametrize(
    ("scanned", "carrier", "shown"),
    [
        ("420221539101026837331000039521", "usps", "9101026837331000039521"),
        ("4201028200009261290113185417468510", "usps", "9261290113185417468510"),
        ("1001921334250001000300779017972697", "fedex", "779017972697"),
        ("9622001900000000000000776632517510", "fedex", "776632517510"),
    ],
)
def test_a_scanned_code_gives_the_number_within(scanned, carrier, shown):
    assert recognize(scanned) == [Guess(carrier, shown, "checked")]


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        # Twelve digits, by chance right for a carrier that has nothing to do with it.
        ("004398245608", "ID", [("gls", "checked"), ("sicepat", "pattern"), ("jne", "pattern")]),
        ("002927168687", "ID", [("fedex", "checked"), ("sicepat", "pattern"), ("jne", "pattern")]),
        ("993990103198", "DE", [("gls", "checked"), ("fedex", "checked"), ("jne", "pattern")]),
        ("993990103198", "UA", [("fedex", "checked"), ("gls", "checked"), ("jne", "pattern")]),
        (
            "20450207118009",
            "UA",
            [("nova_poshta", "pattern"), *((one, "pattern") for one in ("jne", "dpd", "anteraja"))],
        ),
        (
            "20450207118009",
            "de",
            [("dpd", "pattern"), *((one, "pattern") for one in ("nova_poshta", "jne", "anteraja"))],
        ),
        ("0500128254873", "ID", [("ukrposhta", "checked"), ("jne", "pattern"), ("pos_indonesia", "pattern")]),
        ("0500128254874", "UA", [("ukrposhta", "pattern"), ("jne", "pattern"), ("pos_indonesia", "pattern")]),
        ("0500128254874", "ID", [("jne", "pattern"), ("pos_indonesia", "pattern"), ("ukrposhta", "pattern")]),
        ("9261292700768711948021", "", [("usps", "checked"), ("fedex", "checked")]),
        ("CV123456785UA", "UA", [("ukrposhta", "checked"), ("meest", "pattern")]),
        ("CV123456786UA", "UA", [("meest", "pattern")]),
        ("GD123456785WW", "", [("tnt", "checked")]),
        ("TH123456789012", "ID", [("jne", "pattern"), ("dhl_ecommerce", "pattern")]),
    ],
)
def test_collisions_are_ranked(number, country, expected):
    assert pairs(recognize(number, country=country)) == expected


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("", ""),
        (" \t\n", ""),
        ("-.-", ""),
        (" 1z 5r8 939-03.5756 7127\n", "1Z5R89390357567127"),
        ("05001 282‑54 873", "0500128254873"),  # non-breaking, figure
        ("\u200e20450207118009\u200b\ufeff", "20450207118009"),
        ("ＲＲ１２３４５６７８５ＵＡ", "RR123456785UA"),
        ("٣٣١٨٨١٠٠٢٥", "3318810025"),
        ("۳۳۱۸۸۱۰۰۲۵", "3318810025"),
        ("RR123456785UА", "RR123456785UA"),  # the last letter is Cyrillic
        ("३३१८८१००२५", ""),
        ("331881002⁵", ""),
        ("331881002𝟓", ""),
        ("3318810025, 8487135506", ""),
        ("ТТН 20450207118009", "TTH20450207118009"),
        ("ß3318810025", ""),
        ("3318810025\x00", ""),
        ("1" * LONGEST_NUMBER, "1" * LONGEST_NUMBER),
        ("1" * (LONGEST_NUMBER + 1), ""),
        ("1" + " " * LONGEST_TYPED, ""),
    ],
)
def test_what_is_typed_comes_into_one_form(typed, number):
    assert normalized(typed) == number
    assert recognize(typed) == recognize(number)


@pytest.mark.parametrize(
    "text", ["", "hello", "R-10001", "TL-10042", "0", "1" * 61, "9" * 50, "<script>", "SHIRT-M1", "🎁"]
)
def test_what_is_no_number_is_nobodys(text):
    assert recognize(text) == []
    assert all(is_valid(carrier, text) is None for carrier in CARRIERS)


def test_without_a_rule_nothing_is_valid_or_wrong():
    assert is_valid("nova_poshta", "20450207118009") is None
    assert is_valid("pigeon", "1Z5R89390357567127") is None
    assert is_valid("ups", "986578788855") is None


def test_pages_are_public_addresses_with_the_number():
    assert tracking_page("ups", "1z 5r8 939 03 5756 7127") == "https://www.ups.com/track?tracknum=1Z5R89390357567127"
    assert tracking_page("nova_poshta", "20450207118009").endswith("?cargo_number=20450207118009")
    assert [tracking_page(*asked) for asked in (("jne", "010880123456"), ("pigeon", "1"), ("ups", "<b>"))] == [
        "",
        "",
        "",
    ]
    assert all(known.page.startswith("https://") for known in CARRIERS.values() if known.page)
    assert {form.carrier for form in FORMATS} == set(CARRIERS)


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("Where is 1Z 5R8 939 03 5756 7127? I ordered 2 shirts.", "", [("ups", "1Z5R89390357567127")]),
        ("1Z 5R8 939 03 5756 7127 2 parcels", "", [("ups", "1Z5R89390357567127")]),
        ("see https://www.ups.com/track?tracknum=1Z5R89390357567127&loc=en", "", [("ups", "1Z5R89390357567127")]),
        ("(RR 123 456 785 UA)", "UA", [("ukrposhta", "RR123456785UA")]),
        ("№rr123456785ua", "UA", [("ukrposhta", "RR123456785UA")]),
        ("Де моя посилка 2045 0207 1180 09?", "UA", [("nova_poshta", "20450207118009")]),
        ("ТТН20450207118009", "UA", [("nova_poshta", "20450207118009")]),
        ("Новою поштою, 59000798551278", "", [("nova_poshta", "59000798551278")]),
        ("Укрпошта 0500128254873", "UA", [("ukrposhta", "0500128254873")]),
        ("resi JNE 010880123456 belum sampai", "ID", [("jne", "010880123456")]),
        ("paket JX1541346437 belum sampai", "ID", [("jnt", "JX1541346437")]),
        ("004398245608 (SiCepat)", "ID", [("sicepat", "004398245608")]),
        ("DHL ３３１８８１００２５", "", [("dhl_express", "3318810025")]),
        ("Tracking number:\n3318810025", "", [("dhl_express", "3318810025")]),
        (
            "The tracking number for my order is 041441760228964.",
            "ID",
            [("fedex", "041441760228964"), ("jne", "041441760228964")],
        ),
        ("Wahana MT685U91", "ID", [("wahana", "MT685U91")]),
        ("My order 1234567890, sent with DHL: 3318810025", "", [("dhl_express", "3318810025")]),
        ("call me on +380671234567, DHL 3318810025", "UA", [("dhl_express", "3318810025")]),
        (
            "20450207118009 59000798551278\n20450207118009",
            "UA",
            [("nova_poshta", "20450207118009"), ("nova_poshta", "59000798551278")],
        ),
    ],
)
def test_numbers_are_found_in_what_customers_write(text, country, expected):
    assert [(guess.carrier, guess.number) for guess in find_in(text, country=country)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3318810025",
        "Call me: 3318810025",
        "My order is 3318810025",
        "DHL, about order no. 3318810025",
        "DHL, my phone: 3318810025",
        "DHL 3318810010",
        "DHL +380 67 123 45 67",
        "paket saya belum sampai, hp 081234567890",
        "Мій телефон 0501234567, а посилки від DHL немає",
        "tracking code SUMMER25",
        "invoice INV202611230001, 2026-11-23 10:00:00",
        "IBAN UA213223130000026007233566001",
        "4000 0566 5566 5556",
        "write to jx1541346437@mail.example",
        "_20450207118009_1",
        "20450207118009१",
        "SHIRT-M-IND 45x45 R-10001",
    ],
)
@pytest.mark.parametrize("country", ["", "UA", "ID"])
def test_phones_orders_and_the_like_are_left_alone(text, country):
    assert find_in(text, country=country) == []


@pytest.mark.parametrize(
    "hostile",
    ["1 ", "1-", "a-", "JX ", "a1", "1Z", "dhl ", "dhl 3318810010 ", "order ", "order      ", "+1 ", "123456789012 ",
     "1 2 3 4 5 6 7 8 9 0 1 2 x ", "RR 123 456 785 ZZZ ", "(((", "ＡＢ１", "дзвон", "\u200b", "🎁", "\x00"],
)  # fmt: skip
def test_a_hostile_text_is_read_to_its_end(hostile):
    number = "\n1Z5R89390357567127\n"
    text = (hostile * LONGEST_TEXT)[: LONGEST_TEXT - len(number)] + number

    assert find_in(text)[-1:] == [Guess("ups", "1Z5R89390357567127", "checked")]
    assert find_in("x" * LONGEST_TEXT + number) == []
    assert recognize(text) == []


def test_no_more_than_twenty_numbers_are_found():
    found = find_in("\n".join(f"TBA{number:012}" for number in range(5_000)))

    assert [guess.number for guess in found] == [f"TBA{number:012}" for number in range(MOST_FOUND)]


@given(st.text(max_size=80), st.sampled_from(["", "UA", "ID", "de"]))
def test_whatever_is_written_is_read(text, country):
    for guess in [*recognize(text, country=country), *find_in(text, country=country)]:
        assert guess.carrier in CARRIERS
        assert normalized(guess.number) == guess.number
