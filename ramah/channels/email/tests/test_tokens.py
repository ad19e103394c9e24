"""Reply tokens find their conversation and cannot be made by others."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.channels.email import tokens


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_token_reads_back_in_any_case(number):
    token = tokens.make_reply_token(number)

    assert re.fullmatch("[0-9a-z]{17,29}", token)
    assert tokens.read_reply_token(token) == number
    assert tokens.read_reply_token(token.upper()) == number


def test_a_changed_token_is_no_token():
    token = tokens.make_reply_token(4711)

    for place in range(len(token)):
        other = "0" if token[place] != "0" else "1"
        assert tokens.read_reply_token(token[:place] + other + token[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "x", "support", "0" * 17, "0" * 30, "1" * 200, "ключ" * 6, "abc\n" * 6])
def test_other_text_is_no_token(text):
    assert tokens.read_reply_token(text) is None


def test_a_token_of_an_older_key_still_opens_and_one_of_a_foreign_key_does_not(settings):
    settings.SECRET_KEY = "o" * 40
    token = tokens.make_reply_token(7)

    settings.SECRET_KEY = "n" * 40
    settings.SECRET_KEY_FALLBACKS = ["o" * 40]
    assert tokens.read_reply_token(token) == 7
    settings.SECRET_KEY_FALLBACKS = []
    assert tokens.read_reply_token(token) is None


def test_the_token_is_found_among_addresses():
    ours = tokens.reply_address("support@shop.example", 42)
    forged = ours.replace("+", "+0")

    assert ours.startswith("support+")
    assert tokens.conversation_of_addresses(["eli@mail.example", forged, ours.upper()]) == 42
    assert tokens.conversation_of_addresses(["eli@mail.example", forged, "support@shop.example"]) is None
    assert tokens.conversation_of_addresses([]) is None


def test_an_inbox_with_a_plus_in_its_address_keeps_it():
    assert tokens.conversation_of_addresses([tokens.reply_address("shop+uk@shop.example", 5)]) == 5
