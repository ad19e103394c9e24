"""A way of delivery in words: by when, how, for how much. In the active language."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from ramah.commerce.queries.countries import country_name
from ramah.commerce.queries.delivery import PICKUP, Quote
from ramah.storefront.visiting import Place
from ramah.ui.elements import icon, money


def arrival_words(quote: Quote, *, at: datetime) -> str:
    """`Tomorrow`, `On Tue 18 Nov`, `By Tue 18 Nov`; what is picked up: `Today from 16:00`."""
    today = at.astimezone(quote.zone).date()
    if quote.kind == PICKUP and quote.ready_at is not None:
        ready = quote.ready_at.astimezone(quote.zone)
        # Translators: {day} is "Today", "Tomorrow" or "Tue 18 Nov", {hour} and {minute} the time of day.
        words = pgettext("picking up", "{day} from {hour:02}:{minute:02}")
        day = near_day(ready.date(), today) or day_words(ready.date())
        day = day[:1].upper() + day[1:]
        if not (ready.hour or ready.minute):
            return day
        return words.format(day=day, hour=ready.hour, minute=ready.minute)
    near = near_day(quote.promised_to, today)
    if near:
        return near
    day = day_words(quote.promised_to)
    if quote.promised_from == quote.promised_to:
        return _("On %(day)s") % {"day": day}
    return _("By %(day)s") % {"day": day}


def near_day(day: date, today: date) -> str:
    """`Today` or `Tomorrow`; empty for other days."""
    if day == today:
        return _("Today")
    return _("Tomorrow") if day == today + timedelta(days=1) else ""


def day_words(day: date) -> str:
    """`Tue 18 Nov`, as the active language writes a day that is near."""
    return _day_words(day, get_language() or "en")


@lru_cache(maxsize=512)
def _day_words(day: date, language: str) -> str:
    # Translators: a day in Django's date format: Tue 18 Nov; вт, 18 листопада.
    words = str(date_format(day, pgettext("format of a near day", "D j M")))
    # Django's Ukrainian begins its short days with a capital, which no sentence does.
    return words.lower() if language.startswith("uk") else words


def place_words(place: Place) -> str:
    """Where things go: `Depok, 16424`, or the country where nothing nearer is known."""
    near = ", ".join(part for part in (place.city or place.region, place.postal_code) if part)
    return near or country_name(place.country, get_language() or "en")


def quote_lines(quotes: list[Quote], *, at: datetime) -> SafeString:
    """The ways of delivery, one below the other: when, how, what it costs."""
    return format_html_join(
        "",
        '<li class="pick">{}<span><b>{}</b><small>{}</small></span><span class="price">{}</span></li>',
        (
            (
                icon("pin" if quote.kind == PICKUP else "truck"),
                arrival_words(quote, at=at),
                ". ".join(text for text in (quote.name.text, quote.note.text) if text),
                money(quote.amount, quote.currency) if quote.amount else _("Free"),
            )
            for quote in quotes
        ),
    )
