"""Small parts of pages as safe strings: icon, avatar, pill, promise ring, time, money.

Built in Python, not in templates, since a page shows hundreds of them. The template tags in `templatetags/ui.py` are the way
in for templates; views and other apps may call these directly.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext

from ramah.kernel import clock
from ramah.kernel.money import Money, format_money

_MARK = (
    "M11.2 11.2C5 11 2.8 8 2.8 2.8 8 2.8 11 5 11.2 11.2zM12.8 12.8c6.2.2 8.4 3.2 8.4 8.4-5.2 0-8.2-2.2-8.4-8.4z"
    "M11.2 12.8c-.2 6.2-3.2 8.4-8.4 8.4 0-5.2 2.2-8.2 8.4-8.4z"
)
_MARK_WARM = "M12.8 11.2C13 5 16 2.8 21.2 2.8c0 5.2-2.2 8.2-8.4 8.4z"
BRAND_MARK = mark_safe(  # noqa: S308 - constants
    f'<svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><path d="{_MARK}"/><path data-warm d="{_MARK_WARM}"/></svg>'
)

# What the ring shows beside its emptying: a cross, an arrow, a tick, a bar.
_RING_SIGNS = {
    "broken": "M7.5 7.5l5 5M12.5 7.5l-5 5",
    "renegotiated": "M6.5 10h7M11 7.5l2.5 2.5-2.5 2.5",
    "kept": "M6.8 10.3l2.3 2.3 4.2-4.8",
    "withdrawn": "M6.5 10h7",
}


@lru_cache(maxsize=512)
def icon(name: str) -> SafeString:
    """One symbol of the sprite `static/ui/icons.svg`; says nothing to a screen reader, so words stand beside it."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#i-{}"/></svg>', static("ui/icons.svg"), name)


def initials(name: str) -> str:
    """Up to two initials of a name in any script; `?` when it has no letters."""
    letters = [part[0] for part in name.split() if part[0].isalnum()]
    return ((letters[0] + letters[-1]) if len(letters) > 1 else "".join(letters)).upper() or "?"


def avatar(name: str, key: object = "", size: str = "") -> SafeString:
    """Initials in a disc. The tone follows from `key` (a public id), so a person keeps it everywhere."""
    tone = ' data-tone="accent"' if sum(map(ord, str(key or name))) % 2 else ""
    large = ' data-size="l"' if size == "l" else ""
    return format_html(
        '<span class="avatar"{}{} aria-hidden="true">{}</span>',
        mark_safe(tone),  # noqa: S308 - constant
        mark_safe(large),  # noqa: S308 - constant
        initials(name),
    )


def pill(text: object, tone: str = "", icon_name: str = "") -> SafeString:
    """A word on a ground of its own. `tone`: accent, warm, kept, risk, broken or none."""
    sign = icon(icon_name) if icon_name else ""
    if not tone:
        return format_html('<span class="pill">{}{}</span>', sign, text)
    return format_html('<span class="pill" data-tone="{}">{}{}</span>', tone, sign, text)


@lru_cache(maxsize=1024)
def ring(state: str, left: int = 100) -> SafeString:
    """The promise ring. `left` is the share of time left, 0 to 100; a promise that has ended shows a full ring and a sign."""
    sign = _RING_SIGNS.get(state)
    return format_html(
        '<svg class="ring" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="8"/>'
        '<circle cx="10" cy="10" r="8" pathLength="100" stroke-dasharray="{} 100"/>{}</svg>',
        100 if sign else max(0, min(100, left)),
        format_html('<path d="{}"/>', sign) if sign else "",
    )


def promise(state: str, text: object, left: float = 100, kind: str = "") -> SafeString:
    """The one mark of a promise: ring and words. `state`: open, risk, broken, kept, renegotiated, withdrawn; `kind`: chip."""
    chip = mark_safe(' data-kind="chip"') if kind == "chip" else ""
    return format_html(
        '<span class="promise" data-state="{}"{}>{}<span>{}</span></span>', state, chip, ring(state, round(left)), text
    )


@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, language: str) -> str:
    return format_money(Money(amount, currency), language)


def money(value: Money | Decimal | int, currency: str = "") -> SafeString:
    """An amount as the reader's language writes it. A bare amount needs its currency."""
    amount, code = (value.amount, value.currency.code) if isinstance(value, Money) else (Decimal(value), currency)
    return format_html('<span class="num">{}</span>', _money(amount, code, _language()))


@lru_cache(maxsize=8)
def _clock_format(language: str) -> str:
    # Translators: time of day, as Python's str.format of hour and minute; Indonesian writes 14.31.
    return pgettext("time of day", "{hour:02}:{minute:02}")


def _language() -> str:
    return get_language() or "en"


def _clock_time(local: datetime) -> str:
    return _clock_format(_language()).format(hour=local.hour, minute=local.minute)


@lru_cache(maxsize=4096)
def _day_words(day: date, language: str) -> tuple[str, str]:
    """Short and long words for a day: `18 Nov`, `Tuesday, 18 November 2025`."""
    month = str(MONTHS_3[day.month])
    return f"{day.day} {month if language == 'uk' else month.capitalize()}", format_date(day, "l, j E Y")


def _within_text(day: str) -> str:
    # Django's Ukrainian begins its days with a capital, which no sentence does.
    return day[:1].lower() + day[1:] if _language() == "uk" else day


def _short_time(local: datetime) -> str:
    today = timezone.localtime(clock.now()).date()
    day = local.date()
    apart = abs((today - day).days)
    if apart == 0:
        return _clock_time(local)
    if apart < 7:
        return f"{_within_text(str(WEEKDAYS_ABBR[day.weekday()]))} {_clock_time(local)}"
    words = _day_words(day, _language())[0]
    return words if day.year == today.year else f"{words} {day.year}"


def _long_time(local: datetime) -> str:
    return f"{_within_text(_day_words(local.date(), _language())[1])}, {_clock_time(local)} {local.tzname() or ''}".rstrip()


def clock_time(at: datetime) -> str:
    """The time of day of `at` in the active time zone, as the active language writes it."""
    return _clock_time(timezone.localtime(at))


def short_time(at: datetime) -> str:
    """`14:31` today, `Tue 14:31` within six days, `18 Nov` this year, `18 Nov 2024` before; in the active time zone."""
    return _short_time(timezone.localtime(at))


def long_time(at: datetime) -> str:
    """`Tuesday, 18 November 2025, 14:31 WIB` in the active time zone."""
    return _long_time(timezone.localtime(at))


def when(at: datetime | None, css: str = "") -> SafeString:
    """A moment in the reader's time zone: short to see, whole in the title. Nothing for None."""
    if at is None:
        return SafeString("")
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        local.isoformat(timespec="seconds"),
        _long_time(local),
        format_html(' class="{}"', css) if css else "",
        _short_time(local),
    )
