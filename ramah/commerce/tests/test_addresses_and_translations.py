"""Addresses as orders keep them; texts in several languages."""

import pytest
from django.utils import translation

from ramah.commerce.addresses import address_lines, make_address, masked
from ramah.commerce.testing import ADDRESS
from ramah.commerce.translations import Translated, in_language


def test_an_address_keeps_known_parts_that_say_something():
    assert make_address({"name": " Dana ", "line2": " ", "city": "Depok"}) == {"name": "Dana", "city": "Depok"}
    with pytest.raises(KeyError, match="planet"):
        make_address({"planet": "Earth"})


def test_masking_leaves_name_and_place():
    assert masked(ADDRESS) == {
        "name": "Dana Putri",
        "line1": "•••",
        "city": "Depok",
        "postal_code": "•••",
        "country": "ID",
        "phone": "•••90",
    }
    assert masked({}) == {}


def test_an_address_is_written_as_on_a_parcel():
    assert address_lines(ADDRESS) == ["Dana Putri", "Jl. Margonda Raya 21", "Depok 16424, Indonesia", "+6281234567890"]
    assert address_lines({}) == []


def test_a_city_that_is_its_own_region_stands_once_and_the_country_has_its_name():
    kyiv = make_address(
        {"name": "Оксана", "branch": "Відділення № 12", "city": "Київ", "region": "Київ", "country": "UA"}
    )

    with translation.override("uk"):
        assert address_lines(kyiv) == ["Оксана", "Відділення № 12", "Київ, Україна"]
    with translation.override("id"):
        assert address_lines(kyiv)[-1] == "Київ, Ukraina"
    assert address_lines({"city": "Bikini Bottom", "region": "Sea", "country": "ZQ"}) == ["Bikini Bottom, Sea, ZQ"]


@pytest.mark.parametrize(
    ("texts", "language", "expected"),
    [
        ({"en": "Shirt", "id": "Kemeja"}, "id", Translated("Kemeja", "id")),
        ({"en": "Shirt", "pt": "Camisa"}, "pt-br", Translated("Camisa", "pt")),
        ({"en": "Shirt", "id": "Kemeja"}, "uk", Translated("Shirt", "en", is_fallback=True)),
        ({"id": "Kemeja", "uk": ""}, "uk", Translated("Kemeja", "id", is_fallback=True)),
        ({}, "uk", Translated("", "uk")),
    ],
)
def test_the_nearest_language_is_shown_and_named(texts, language, expected):
    assert in_language(texts, language) == expected
