"""Words with variables: refused when they are wrong, filled in when they are right, harmless whatever a customer is called."""

from datetime import UTC, datetime

import pytest

from ramah.notices.addressing import called, vocative
from ramah.notices.defaults import DEFAULTS
from ramah.notices.kinds import KINDS, LATE, PROMOTION
from ramah.notices.texts import LANGUAGES, VARIABLES, BadTexts, check_texts, filled, preview, worded

AT = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
GOOD = {language: {"subject": "Order {order}", "text": "Hello {name}"} for language in LANGUAGES}


def with_english(**told):
    return {**GOOD, "en": {**GOOD["en"], **told}}


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (None, "needed in each language"),
        ({**GOOD, "uk": None}, "uk are missing"),
        ({"en": GOOD["en"], "id": GOOD["id"]}, "uk are missing"),
        (with_english(text="  \n "), "en are missing"),
        (with_english(subject=7), "en are missing"),
        (with_english(text="{adress}"), r"\{adress\} is not known"),
        (with_english(text="{address}"), r"\{address\} is not known"),
        (with_english(text="{name.__class__}"), "is not known"),
        (with_english(text="{product}"), r"\{product\} is not known"),
        (with_english(text="{}"), "is not known"),
        (with_english(text="a { b"), "brace stands alone"),
        (with_english(text="{{name}}"), "brace stands alone"),
        (with_english(subject="two\nlines"), "control characters"),
        (with_english(subject="x" * 151), "at most 150"),
        (with_english(text="x" * 4001), "at most 4000"),
        (with_english(text="a\x00b"), "control characters"),
        (with_english(text="a\u202eb"), "control characters"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(texts, says):
    with pytest.raises(BadTexts, match=says):
        check_texts(texts, LATE)


def test_there_is_no_variable_for_an_address_anywhere():
    names = {name for known in VARIABLES.values() for name in known}

    assert set(VARIABLES) == set(KINDS)
    assert not {name for name in names if "address" in name or "phone" in name or "mail" in name}


@pytest.mark.parametrize("rule", DEFAULTS, ids=lambda rule: rule.kind)
def test_the_words_that_a_shop_begins_with_are_whole_in_every_language(rule):
    check_texts(rule.texts, rule.kind)
    for language in LANGUAGES:
        for shown in preview(rule.texts, rule.kind, language, at=AT):
            for text in (shown.subject, shown.text):
                assert text
                assert "–" not in text
                assert "  " not in text
    assert {one.kind for one in DEFAULTS} == set(KINDS) - {PROMOTION}


def test_filled_in_three_languages():
    texts = {
        "en": {"subject": "{order}", "text": "{name}: {old_date}, {range}, {credit}, {reason}, {until}"},
        "id": {"subject": "{order}", "text": "{name}: {old_date}, {range}, {credit}, {reason}, {until}"},
        "uk": {"subject": "{order}", "text": "{name}: {old_date}, {range}, {credit}, {reason}, {until}"},
    }
    facts = {
        "name": "Олена Коваль",
        "order": "TL-1",
        "old_date": "2026-03-05",
        "range": ["2026-03-09", "2026-03-07"],
        "credit": {"amount": "20000", "currency": "IDR"},
        "reason": "weather",
        "until": "2026-03-04T05:00:00+00:00",
        "zone": "Asia/Jakarta",
    }

    said = {language: filled(texts, language, facts, at=AT).text for language in LANGUAGES}

    assert said["en"] == (
        "Олена: Thursday 5 March, between 7 March and 9 March, Rp\xa020.000, the weather, by Wednesday 12:00 WIB"
    )
    assert said["id"].startswith("Kak Олена: Kamis, 5 Maret, antara 7 Maret dan 9 Maret, Rp\xa020.000, cuaca, ")
    assert said["uk"].startswith("Олено: 5 березня, між 7 березня та 9 березня, Rp\xa020.000, погода, ")


def test_a_value_is_never_read_as_a_text_and_stays_in_its_line():
    hostile = "{order} <script>alert(1)</script>\r\nBcc: x@y.z\u202e\x00" + "x" * 500
    facts = {"name": "Dana", "order": hostile, "carrier": "{name}"}

    shown = filled({"en": {"subject": "{order}", "text": "{order} {carrier}"}}, "en", facts, at=AT)

    assert shown.subject.startswith("{order} <script>alert(1)</script> Bcc: x@y.z")
    assert len(shown.subject) == 120
    assert shown.text.endswith("{name}")
    assert not set("\r\n\u202e\x00") & set(shown.subject + shown.text)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"name": None, "order": 7, "range": "x", "old_date": 5, "credit": "free", "until": "soon", "reason": ["x"]},
        {"range": ["2026-99-99", "x"], "credit": {"amount": "NaN", "currency": "IDR"}, "until": "2026-03-01T00:00:00"},
        {"range": ["2026-03-01"], "credit": {"amount": "1", "currency": "DOGE"}, "zone": "Mars/Base"},
    ],
)
def test_facts_that_are_missing_or_broken_are_said_in_words(facts):
    for language in LANGUAGES:
        assert all(worded(facts, language, at=AT).values())


@pytest.mark.parametrize(
    ("name", "language", "said"),
    [
        ("Dana Putri", "en", "Dana"),
        ("Dana Putri", "id", "Kak Dana"),
        ("", "en", "there"),
        ("  ", "id", "Kak"),
        ("!!!", "uk", "шановний покупцю"),
        ("Олена Коваль", "uk", "Олено"),
        ("Dana", "uk", "Dana"),
        ("Dana", "de", "Dana"),
    ],
)
def test_how_customers_are_called(name, language, said):
    assert called(name, language) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Марія", "Маріє"),
        ("Наталя", "Наталю"),
        ("Мар'я", "Мар'є"),
        ("Зоя", "Зоє"),
        ("Андрій", "Андрію"),
        ("Юрій", "Юрію"),
        ("Тарас", "Тарасе"),
        ("Василь", "Василю"),
        ("Петро", "Петре"),
        ("Ігор", "Ігоре"),
        ("Микола", "Миколо"),
        ("Ілля", "Ілле"),
        ("Олег", "Олеже"),
        ("Марк", "Марку"),
        ("Любов", "Любове"),
        ("ОЛЕНА", "ОЛЕНО"),
        ("Софі", "Софі"),
        ("А", "А"),
        ("Sanna", "Sanna"),
    ],
)
def test_ukrainian_first_names_are_spoken_to(name, said):
    assert vocative(name) == said
