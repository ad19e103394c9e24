"""Small parts of pages: initials, icons, rings, times, money."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from ramah.kernel.money import Money, format_money
from ramah.ui import elements

NOW = datetime(2025, 11, 18, 7, 31, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Dewi Prasetyo", "DP"),
        ("Оксана Коваленко", "ОК"),
        ("Ірина", "І"),
        ("Nur  Aisyah binti Hasan", "NH"),
        ("", "?"),
        ("<b> (x)", "?"),
    ],
)
def test_initials_in_any_script(name, letters):
    assert elements.initials(name) == letters


def test_avatar_keeps_its_tone_and_is_escaped():
    assert elements.avatar("Dewi Prasetyo", "7") == elements.avatar("Dewi Prasetyo", "7")
    assert elements.avatar("& &", "b") == '<span class="avatar" aria-hidden="true">?</span>'
    assert elements.avatar("Dewi", "a", "l") == (
        '<span class="avatar" data-tone="accent" data-size="l" aria-hidden="true">D</span>'
    )


def test_icon_points_into_the_sprite():
    assert elements.icon("inbox") == (
        '<svg class="i" aria-hidden="true"><use href="/static/ui/icons.svg#i-inbox"/></svg>'
    )


def test_pill_escapes_what_people_wrote():
    assert elements.pill("<script>", tone="risk") == '<span class="pill" data-tone="risk">&lt;script&gt;</span>'


@pytest.mark.parametrize(("left", "dash"), [(60, 60), (-5, 0), (140, 100)])
def test_ring_shows_the_share_that_is_left(left, dash):
    assert f'stroke-dasharray="{dash} 100"' in elements.ring("open", left)


def test_ring_of_an_ended_promise_is_full_and_signed():
    assert 'stroke-dasharray="100 100"' in elements.ring("broken", 3)
    assert "<path" in elements.ring("broken", 3)


def test_promise_is_never_a_ring_without_words():
    html = elements.promise("risk", "Reply in 8 min", 17.6, kind="chip")

    assert html.startswith('<span class="promise" data-state="risk" data-kind="chip"><svg class="ring"')
    assert 'stroke-dasharray="18 100"' in html
    assert html.endswith("<span>Reply in 8 min</span></span>")


@pytest.mark.parametrize(
    ("moment", "short"),
    [
        (datetime(2025, 11, 18, 7, 31, tzinfo=UTC), "14:31"),
        (datetime(2025, 11, 17, 17, 0, tzinfo=UTC), "00:00"),  # the same day in Jakarta
        (datetime(2025, 11, 17, 16, 59, tzinfo=UTC), "Mon 23:59"),
        (datetime(2025, 11, 20, 2, 0, tzinfo=UTC), "Thu 09:00"),
        (datetime(2025, 11, 11, 7, 0, tzinfo=UTC), "11 Nov"),
        (datetime(2024, 11, 18, 7, 0, tzinfo=UTC), "18 Nov 2024"),
    ],
)
def test_time_is_short_in_the_viewers_zone(moment, short):
    with time_machine.travel(NOW, tick=False), timezone.override(JAKARTA):
        assert elements.short_time(moment) == short


@pytest.mark.parametrize(
    ("language", "short", "long"),
    [
        ("en", "Mon 14:31", "Monday, 17 November 2025, 14:31 WIB"),
        ("id", "Sen 14.31", "Senin, 17 November 2025, 14.31 WIB"),
        ("uk", "пн 14:31", "понеділок, 17 листопада 2025, 14:31 WIB"),
    ],
)
def test_time_in_three_languages(language, short, long):
    moment = datetime(2025, 11, 17, 7, 31, tzinfo=UTC)
    with time_machine.travel(NOW, tick=False), timezone.override(JAKARTA), translation.override(language):
        assert elements.short_time(moment) == short
        assert elements.long_time(moment) == long


def test_when_carries_the_whole_moment():
    with time_machine.travel(NOW, tick=False), timezone.override(JAKARTA):
        assert elements.when(NOW) == (
            '<time datetime="2025-11-18T14:31:00+07:00" title="Tuesday, 18 November 2025, 14:31 WIB">14:31</time>'
        )
    assert elements.when(None) == ""


@pytest.mark.parametrize("language", ["en", "id", "uk"])
def test_money_as_the_reader_writes_it(language):
    total = Money(Decimal(389000), "IDR")
    with translation.override(language):
        assert elements.money(total) == f'<span class="num">{format_money(total, language)}</span>'
        assert elements.money(Decimal(389000), "IDR") == elements.money(total)
