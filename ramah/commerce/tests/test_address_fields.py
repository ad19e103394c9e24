"""What an address needs in each country and for each way of delivery, and what is said of a wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.commerce.address_fields import address_form, read_address
from ramah.commerce.addresses import KEYS
from ramah.commerce.regions import regions_of

DEPOK = {
    "name": "Dewi Prasetyo",
    "phone": "0812 3456 7890",
    "region": "jawa barat",
    "city": "Depok",
    "postal_code": "16424",
    "line1": "Jl. Margonda Raya No. 214",
}
KYIV = {
    "name": "Оксана Бондар",
    "phone": "067 123 45 67",
    "region": "Київ",
    "city": "Київ",
    "postal_code": "01001",
    "line1": "вул. Хрещатик 22, кв. 5",
    "branch": "12",
}


@pytest.mark.parametrize(
    ("country", "kind", "asked"),
    [
        ("ID", "home", ["name", "phone", "region", "city", "postal_code", "line1", "district"]),
        ("ID", "pickup", ["name", "phone", "region", "postal_code"]),
        ("UA", "home", ["name", "phone", "region", "city", "postal_code", "line1"]),
        ("UA", "branch", ["name", "phone", "region", "city", "branch"]),
        ("UA", "locker", ["name", "phone", "region", "city", "branch"]),
        ("UA", "pickup", ["name", "phone", "region"]),
        ("DE", "home", ["name", "phone", "city", "region", "postal_code", "line1", "line2"]),
    ],
)
def test_what_is_asked(country, kind, asked):
    assert [field.name for field in address_form(country, kind)] == asked


def test_the_lists_are_whole():
    assert (len(regions_of("ID")), len(set(regions_of("ID")))) == (38, 38)
    assert (len(regions_of("UA")), len(set(regions_of("UA")))) == (27, 27)
    assert regions_of("DE") == ()


def test_an_indonesian_address_is_kept_normalized():
    address, errors = read_address({**DEPOK, "branch": "9", "company": "x"}, country="ID")

    assert errors == {}
    assert address == {**DEPOK, "region": "Jawa Barat", "phone": "+6281234567890", "country": "ID"}


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("home", {"line1": "вул. Хрещатик 22, кв. 5", "postal_code": "01001"}),
        ("branch", {"branch": "Відділення № 12"}),
        ("locker", {"branch": "Поштомат № 12"}),
    ],
)
def test_a_ukrainian_address_by_way_of_delivery(kind, kept):
    address, errors = read_address(KYIV, country="UA", kind=kind)

    assert errors == {}
    place = {"name": "Оксана Бондар", "phone": "+380671234567", "region": "Київ", "city": "Київ", "country": "UA"}
    assert address == {**place, **kept}
    assert read_address(address, country="UA", kind=kind) == (address, {})


@pytest.mark.parametrize(
    ("country", "kind", "change", "field", "says"),
    [
        ("ID", "home", {"name": "  "}, "name", "Write the name"),
        ("ID", "home", {"name": "x" * 121}, "name", "At most 120 characters"),
        ("ID", "home", {"phone": "12"}, "phone", "+62 812"),
        ("ID", "home", {"phone": "abc"}, "phone", "not a phone number"),
        ("ID", "home", {"region": ""}, "region", "Choose"),
        ("ID", "home", {"region": "Bavaria"}, "region", "from the list"),
        ("ID", "home", {"postal_code": "1642"}, "postal_code", "five digits"),
        ("ID", "home", {"postal_code": "1642४"}, "postal_code", "five digits"),
        ("ID", "home", {"line1": "\u200b\x00"}, "line1", "Write the street"),
        ("UA", "branch", {"branch": ""}, "branch", "Write the number"),
        ("UA", "branch", {"branch": "near the market"}, "branch", "number alone"),
        ("UA", "locker", {"branch": "1234567"}, "branch", "number alone"),
        ("DE", "home", {"postal_code": "<b>"}, "postal_code", "not a postal code"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(country, kind, change, field, says):
    address, errors = read_address({**(DEPOK if country == "ID" else KYIV), **change}, country=country, kind=kind)

    assert says in errors[field]
    assert field in ("phone", "postal_code", "branch", "region") or field not in address


def test_markup_is_kept_as_it_was_written():
    address, errors = read_address({**DEPOK, "name": "<b>Dewi</b>\n & co"}, country="ID")

    assert (errors, address["name"]) == ({}, "<b>Dewi</b> & co")


@given(
    parts=st.dictionaries(st.sampled_from([*KEYS, "else"]), st.text(max_size=300)),
    country=st.sampled_from(["ID", "UA", "DE", ""]),
    kind=st.sampled_from(["home", "branch", "locker", "pickup"]),
)
def test_whatever_is_written_gives_an_address_or_says_why_not(parts, country, kind):
    address, errors = read_address(parts, country=country, kind=kind)

    asked = {field.name: field for field in address_form(country, kind)}
    assert set(address) <= {*asked, "country"}
    assert set(errors) <= set(asked)
    assert all(str(said) for said in errors.values())
    for name, field in asked.items():
        assert name in errors or name in address or not field.required
        assert "\n" not in address.get(name, "")
