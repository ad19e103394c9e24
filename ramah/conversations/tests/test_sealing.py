"""What only the addressee reads: put in once, whole, and only for the address that it is meant for."""

import pytest
from django.utils.html import escape

from ramah.conversations.commands.sealing import seal, unsealed
from ramah.conversations.models import Message

PAGE, SIGNED = "https://shop.example/orders/1/", "https://shop.example/orders/1/?p=a&b"


def message(sealed, *, address="dana@mail.example", to=("dana@mail.example",)):
    return Message(detail=seal(sealed, address=address), to=list(to))


def test_what_is_sealed_is_spelled_wherever_it_stands():
    said = message({PAGE: SIGNED, "J***": "Jalan Laut 1"})

    assert unsealed(said, f"See {PAGE}, to J***. {PAGE}") == f"See {SIGNED}, to Jalan Laut 1. {SIGNED}"
    assert unsealed(said, f'<a href="{PAGE}">', spell=escape) == '<a href="https://shop.example/orders/1/?p=a&amp;b">'


def test_nothing_is_looked_for_in_what_was_put_in():
    said = message({"a": "b", "b": "a", PAGE: PAGE + "more", "https://shop.example/": "https://other.example/"})

    assert unsealed(said, f"a b {PAGE}") == f"b a {PAGE}more"


def test_signs_with_a_meaning_elsewhere_have_none_here():
    assert unsealed(message({"(.*)": r"\1 \g<0>"}), "x(.*)y.") == r"x\1 \g<0>y."


@pytest.mark.parametrize("detail", [{}, {"sealed": {}}, {"sealed": None}])
def test_without_anything_sealed_the_text_stays(detail):
    assert unsealed(Message(detail=detail), PAGE) == PAGE


def test_to_another_address_it_stays_closed():
    assert unsealed(message({PAGE: SIGNED}, to=["+6281234567890"]), PAGE) == PAGE


def test_what_was_sealed_before_the_address_was_noted_is_spelled():
    assert unsealed(Message(detail={"sealed": {PAGE: SIGNED}}, to=["dana@mail.example"]), PAGE) == SIGNED


def test_nothing_cannot_stand_for_something():
    assert seal({"": SIGNED}, address="dana@mail.example") == {}
    assert unsealed(message({"": SIGNED, "x": "y"}), "ax") == "ay"
