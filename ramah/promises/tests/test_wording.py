"""What promises say, in all three languages."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from ramah.promises.templatetags.promises import promise_ring
from ramah.promises.wording import absolute_words, by_words, duration_words, promise_words, ring_state, share_left

NOW = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)  # a Wednesday; 15:00 in Jakarta, 10:00 in Kyiv
JAKARTA, KYIV = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Kyiv")


@dataclass
class Facts:
    kind: str = "first_reply"
    state: str = "open"
    started_at: datetime = NOW - timedelta(minutes=30)
    due_at: datetime | None = NOW + timedelta(minutes=30)
    warn_at: datetime | None = NOW + timedelta(minutes=20)
    warned_at: datetime | None = None
    paused_at: datetime | None = None
    fulfilled_at: datetime | None = None
    moved_to: datetime | None = None
    minutes: int | None = 60
    remaining_minutes: float | None = None


def due(**delta):
    return {"due_at": NOW + timedelta(**delta)}


def over(**delta):
    return {"due_at": NOW - timedelta(**delta), "state": "broken"}


@pytest.mark.parametrize(
    ("facts", "en", "indonesian", "ukrainian"),
    [
        (
            {"kind": "next_reply", **due(minutes=8)},
            "Next reply in 8 min",
            "Balasan berikutnya dalam 8 menit",
            "Наступна відповідь за 8 хв",
        ),
        (due(seconds=20), "First reply in 1 min", "Balasan pertama dalam 1 menit", "Перша відповідь за 1 хв"),
        (
            {"kind": "resolution", **due(hours=3, minutes=20)},
            "Resolution in 3 h",
            "Penyelesaian dalam 3 jam",
            "Вирішення за 3 год",
        ),
        (
            {"kind": "delivery", **due(days=5)},
            "Delivery in 5 days",
            "Pengantaran dalam 5 hari",
            "Доставка за 5 днів",
        ),
        (over(hours=2), "First reply 2 h over", "Balasan pertama lewat 2 jam", "Перша відповідь: прострочено на 2 год"),
        (
            {"kind": "refund", **over(days=1)},
            "Refund 1 day over",
            "Pengembalian dana lewat 1 hari",
            "Повернення коштів: прострочено на 1 день",
        ),
        (
            {"kind": "back_in_stock", **over(days=2)},
            "Back in stock 2 days over",
            "Stok kembali lewat 2 hari",
            "Поява в наявності: прострочено на 2 дні",
        ),
        (
            {**over(hours=9), "fulfilled_at": NOW - timedelta(hours=7)},
            "First reply 2 h late",
            "Balasan pertama terlambat 2 jam",
            "Перша відповідь: із запізненням на 2 год",
        ),
        ({"state": "kept"}, "First reply kept", "Balasan pertama ditepati", "Перша відповідь: вчасно"),
        (
            {"kind": "callback", "state": "withdrawn"},
            "Callback withdrawn",
            "Telepon balik dibatalkan",
            "Зворотний дзвінок: скасовано",
        ),
        (
            {"kind": "delivery", "state": "renegotiated", "moved_to": NOW + timedelta(days=2)},
            "Delivery moved to 20 Nov",
            "Pengantaran dipindah ke 20 Nov",
            "Доставка: перенесено на 20 лист.",
        ),
        (
            {"kind": "delivery", "state": "renegotiated", "moved_to": NOW + timedelta(days=50)},
            "Delivery moved to 7 Jan 2027",
            "Pengantaran dipindah ke 7 Jan 2027",
            "Доставка: перенесено на 7 січ. 2027",
        ),
        (
            {"kind": "callback", "state": "renegotiated", "moved_to": NOW + timedelta(hours=1)},
            "Callback moved to 16:00",
            "Telepon balik dipindah ke 16.00",
            "Зворотний дзвінок: перенесено на 16:00",
        ),
        (
            {"kind": "resolution", "due_at": None, "warn_at": None, "paused_at": NOW},
            "Resolution paused, waiting for the customer",
            "Penyelesaian dijeda, menunggu pelanggan",
            "Вирішення: на паузі, чекаємо на клієнта",
        ),
    ],
)
def test_words(facts, en, indonesian, ukrainian):
    with timezone.override(JAKARTA):
        for language, words in (("en", en), ("id", indonesian), ("uk", ukrainian)):
            with translation.override(language):
                assert promise_words(Facts(**facts), NOW) == words


@pytest.mark.parametrize(
    ("facts", "state", "left"),
    [
        ({}, "open", 50),
        ({"warn_at": NOW}, "risk", 50),
        ({"warn_at": None}, "open", 50),
        ({"warn_at": None, "warned_at": NOW}, "risk", 50),
        ({"warn_at": NOW, "due_at": NOW}, "risk", 0),
        (due(seconds=-1), "broken", 0),
        ({"state": "broken"}, "broken", 100),
        ({"state": "kept"}, "kept", 100),
        ({"state": "renegotiated"}, "renegotiated", 100),
        ({"due_at": None, "warn_at": None, "paused_at": NOW, "remaining_minutes": 45}, "open", 75),
        ({"due_at": None, "warn_at": None, "paused_at": NOW, "minutes": None}, "open", 100),
    ],
)
def test_the_ring(facts, state, left):
    assert ring_state(Facts(**facts), NOW) == state
    assert share_left(Facts(**facts), NOW) == left


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=89, seconds=59), "89 min"),
        (timedelta(minutes=90), "1 h"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=47, hours=12), "47 days"),
        (timedelta(0), "1 min"),
    ],
)
def test_durations_are_rounded_down(length, words):
    assert duration_words(length) == words


@pytest.mark.parametrize(
    ("days", "zone", "language", "words", "deadline"),
    [
        (5, "Asia/Jakarta", "en", "Monday 15:00 WIB", "by Monday 15:00 WIB"),
        (5, "Asia/Jakarta", "id", "Senin 15.00 WIB", "sebelum Senin 15.00 WIB"),
        (5, "Asia/Makassar", "id", "Senin 16.00 WITA", "sebelum Senin 16.00 WITA"),
        (5, "Asia/Jayapura", "id", "Senin 17.00 WIT", "sebelum Senin 17.00 WIT"),
        (5, "Europe/Kyiv", "uk", "понеділок 10:00", "до понеділка 10:00"),
        (5, "Asia/Jakarta", "uk", "понеділок 15:00 WIB", "до понеділка 15:00 WIB"),
        (5, "Europe/Kyiv", "en", "Monday 10:00 EET", "by Monday 10:00 EET"),
        (240, "Europe/Kyiv", "en", "Friday 16 July 2027 11:00 EEST", "by 16 July 2027 11:00 EEST"),
        (7, "Asia/Jakarta", "en", "Wednesday 25 November 15:00 WIB", "by 25 November 15:00 WIB"),
        (7, "Asia/Jakarta", "id", "Rabu 25 November 15.00 WIB", "sebelum 25 November 15.00 WIB"),
        (7, "Europe/Kyiv", "uk", "середа, 25 листопада 10:00", "до 25 листопада 10:00"),
        (1, "Asia/Dubai", "en", "Thursday 12:00 UTC+4", "by Thursday 12:00 UTC+4"),
        (1, "Asia/Kathmandu", "en", "Thursday 13:45 UTC+5:45", "by Thursday 13:45 UTC+5:45"),
        (1, "America/St_Johns", "en", "Thursday 04:30 NST", "by Thursday 04:30 NST"),
    ],
)
def test_moments_in_messages(days, zone, language, words, deadline):
    moment = NOW + timedelta(days=days)

    assert absolute_words(moment, ZoneInfo(zone), language, now=NOW) == words
    assert by_words(moment, ZoneInfo(zone), language, now=NOW) == deadline


def test_a_ring_never_stands_without_words():
    shown = promise_ring(Facts(warn_at=NOW), now=NOW, kind="chip")

    assert shown == (
        '<span class="promise" data-state="risk" data-kind="chip"><svg class="ring" viewBox="0 0 20 20" aria-hidden="true">'
        '<circle cx="10" cy="10" r="8"/><circle cx="10" cy="10" r="8" pathLength="100" stroke-dasharray="50 100"/></svg>'
        "<span>First reply in 30 min</span></span>"
    )
    for state in ("kept", "broken", "renegotiated", "withdrawn"):
        assert re.search(r"<svg.*</svg><span>\w.+</span></span>$", promise_ring(Facts(state=state), now=NOW))
