"""Words as searches compare them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.commerce.search_words import (
    LONGEST_WORD,
    MOST_WORDS,
    allowed_typos,
    asked_words,
    folded_words,
    nearest_terms,
    shown_words,
    stem_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  ,.;:!?\"'()*^~-+<>{}[]\\/|&%$#@ _ ", []),
        ("Kemeja Linen", ["kemeja", "linen"]),
        ("М’ЯКА М'яка мʼяка", ["мяка", "мяка", "мяка"]),
        ("T-shirt", ["t", "shirt"]),
        ("Café Crème", ["cafe", "creme"]),
        ("Ґудзики, їжак, йод", ["гудзики", "іжак", "иод"]),
        ("straße Łódź", ["strasse", "lodz"]),
        ("250 g, 45x45", ["250", "g", "45x45"]),
        ("👕 shirt 👍🏽", ["shirt"]),
        ("title:foo* OR NEAR(bar)", ["title", "foo", "or", "near", "bar"]),
        ("SHIRT-M-IND", ["shirt", "m", "ind"]),
        ("nul\x00byte", ["nul", "byte"]),
    ],
)
def test_words_are_folded(text, words):
    assert folded_words(text) == words


def test_a_question_of_ten_thousand_letters_is_cut():
    assert asked_words("a" * 10_000) == ["a" * LONGEST_WORD]
    assert len(asked_words(" ".join(f"w{n}" for n in range(5_000)))) == MOST_WORDS
    assert asked_words("shirt Shirt SHIRT") == ["shirt"]


@given(st.text(max_size=200))
def test_folded_words_are_letters_and_digits_and_stay_as_they_are(text):
    words = folded_words(text)

    assert all(word and len(word) <= LONGEST_WORD for word in words)
    assert not any(sign in word for word in words for sign in " '\"\\*:()&|!<>-^\x00")
    assert all(len(folded_words(word)) <= 1 for word in words)


def test_words_keep_how_they_are_written():
    assert shown_words("М’яка Сорочка") == [("мяка", "м’яка"), ("сорочка", "сорочка")]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kemja", "kemeja"),
        ("kemeha", "kemeja"),
        ("kmeeja", "kemeja"),
        ("сорчка", "сорочка"),
        ("сороцка", "сорочка"),
        ("shrit", "shirt"),
        ("trouzers", "trousers"),
        ("topo", "topi"),
    ],
)
def test_a_slip_is_mended(typed, meant):
    assert nearest_terms(typed, ["basket", "kopi", meant, "keranjang", "свічка"])[0] == meant


def test_what_is_too_far_or_too_short_is_not_mended():
    assert nearest_terms("zzzz", ["kemeja", "shirt"]) == []
    assert nearest_terms("ab", ["abc", "ac"]) == []
    assert nearest_terms("1250", ["1251"]) == []
    assert allowed_typos("kemja") == 1
    assert allowed_typos("сорочка") == 2


def test_the_nearest_comes_first_and_beginnings_last():
    assert nearest_terms("kemja", ["kemejas", "kemeja"], begun=True) == ["kemeja", "kemejas"]
    assert nearest_terms("kemj", ["kemeja"]) == []
    assert nearest_terms("kemj", ["kemeja"], begun=True) == ["kemeja"]


def test_other_forms_of_a_word_share_their_beginning():
    assert "сорочку".startswith(stem_of("сорочки"))
    assert "shirt".startswith(stem_of("shirts"))
    assert stem_of("tee") == ""
    assert stem_of("w2026") == ""
