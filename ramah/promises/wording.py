"""Promises in words, short and natural in every language. Pure: no database, no clock.

`promise_words` speaks the active language and is for pages; `absolute_words` and `by_words` name the language, for messages
to customers. A moment is told on the clock of a time zone that the caller names.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from babel.dates import format_date, format_datetime
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

_CLOCK = {"id": "HH.mm"}
_DAY_AND_DATE = {"en": "EEEE d MMMM", "id": "EEEE d MMMM", "uk": "EEEE, d MMMM"}
# Where everybody has the same clock, naming it would only puzzle.
_HOME_ZONES = {"uk": ("Europe/Kyiv", "Europe/Kiev")}
_KINDS = {
    "first_reply": gettext_lazy("First reply"),
    "next_reply": gettext_lazy("Next reply"),
    "resolution": gettext_lazy("Resolution"),
    "delivery": gettext_lazy("Delivery"),
    "refund": gettext_lazy("Refund"),
    "callback": gettext_lazy("Callback"),
    "back_in_stock": gettext_lazy("Back in stock"),
}
_BY_WEEKDAY = (
    pgettext_lazy("deadline", "by Monday"),
    pgettext_lazy("deadline", "by Tuesday"),
    pgettext_lazy("deadline", "by Wednesday"),
    pgettext_lazy("deadline", "by Thursday"),
    pgettext_lazy("deadline", "by Friday"),
    pgettext_lazy("deadline", "by Saturday"),
    pgettext_lazy("deadline", "by Sunday"),
)


class PromiseFacts(Protocol):
    """What the words need to know of a promise."""

    kind: str
    state: str
    started_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    warned_at: datetime | None
    paused_at: datetime | None
    fulfilled_at: datetime | None
    moved_to: datetime | None
    minutes: int | None
    remaining_minutes: float | None


def ring_state(promise: PromiseFacts, now: datetime) -> str:
    """open, risk, broken, kept, renegotiated or withdrawn. An overdue promise looks broken before the clock has come round."""
    if promise.state != "open" or promise.due_at is None:
        return promise.state
    if promise.due_at < now:
        return "broken"
    is_at_risk = promise.warned_at is not None or (promise.warn_at is not None and promise.warn_at <= now)
    return "risk" if is_at_risk else "open"


def share_left(promise: PromiseFacts, now: datetime) -> float:
    """Percent of the time that is left, by the clock on the wall; of a paused promise what was left of its minutes."""
    if promise.state != "open":
        return 100
    if promise.due_at is None:
        return min(100.0, 100 * (promise.remaining_minutes or 0) / promise.minutes) if promise.minutes else 100
    whole = (promise.due_at - promise.started_at).total_seconds()
    left = (promise.due_at - now).total_seconds()
    return max(0.0, min(100.0, 100 * left / whole)) if whole > 0 else 0


def promise_words(promise: PromiseFacts, now: datetime) -> str:
    """`Next reply in 8 min`, `First reply 2 h over`, `Delivery moved to 20 Nov`: in the active language and time zone."""
    kind = str(_KINDS[promise.kind])
    state = ring_state(promise, now)
    if promise.moved_to is not None:
        return _("%(promise)s moved to %(when)s") % {"promise": kind, "when": _date_or_time(promise.moved_to, now)}
    if state == "kept":
        return _("%(promise)s kept") % {"promise": kind}
    if state == "withdrawn":
        return _("%(promise)s withdrawn") % {"promise": kind}
    if promise.due_at is None:
        return _("%(promise)s paused, waiting for the customer") % {"promise": kind}
    if state != "broken":
        return _("%(promise)s in %(time)s") % {"promise": kind, "time": duration_words(promise.due_at - now)}
    if promise.fulfilled_at is not None:
        late = duration_words(promise.fulfilled_at - promise.due_at)
        return _("%(promise)s %(time)s late") % {"promise": kind, "time": late}
    return _("%(promise)s %(time)s over") % {"promise": kind, "time": duration_words(now - promise.due_at)}


def duration_words(length: timedelta) -> str:
    """A length of time in its one fitting unit, rounded down, one minute at least: `8 min`, `3 h`, `2 days`."""
    minutes = max(1, int(length.total_seconds() // 60))
    if minutes < 90:
        return ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 24:
        return ngettext("%(count)d h", "%(count)d h", hours) % {"count": hours}
    days = hours // 24
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def absolute_words(at: datetime, zone: tzinfo, language: str, *, now: datetime) -> str:
    """A moment on the clock of `zone`: `Monday 10:30 WIB`, `Senin 10.30 WIB`; with its date when more than six days off."""
    local = at.astimezone(zone)
    if _is_near(local, now):
        day = format_date(local, "EEEE", locale=language)
    else:
        day = format_date(local, _DAY_AND_DATE.get(language, "EEEE d MMMM") + _year(local, now), locale=language)
    return f"{day} {_clock(local, zone, language)}"


def by_words(at: datetime, zone: tzinfo, language: str, *, now: datetime) -> str:
    """As `absolute_words`, as the end of a sentence that sets a limit: `by Monday 10:30 WIB`, «до понеділка 10:30»."""
    local = at.astimezone(zone)
    with translation.override(language):
        if _is_near(local, now):
            day = str(_BY_WEEKDAY[local.weekday()])
        else:
            date = format_date(local, "d MMMM" + _year(local, now), locale=language)
            day = pgettext("deadline", "by %(date)s") % {"date": date}
    return f"{day} {_clock(local, zone, language)}"


def _is_near(local: datetime, now: datetime) -> bool:
    return abs((local.date() - now.astimezone(local.tzinfo).date()).days) <= 6


def _year(local: datetime, now: datetime) -> str:
    return "" if local.year == now.astimezone(local.tzinfo).year else " y"


def _clock(local: datetime, zone: tzinfo, language: str) -> str:
    clock = format_datetime(local, _CLOCK.get(language, "HH:mm"), locale=language)
    return clock if str(zone) in _HOME_ZONES.get(language, ()) else f"{clock} {zone_name(local)}"


def zone_name(local: datetime) -> str:
    """The zone's name on clocks: WIB, EEST; where it has only an offset, `UTC+4`."""
    name = local.tzname() or ""
    if name[:1] not in "+-":
        return name
    return f"UTC{int(name[:3]):+d}" + (f":{name[3:5]}" if name[3:5] else "")


def _date_or_time(at: datetime, now: datetime) -> str:
    local = timezone.localtime(at)
    language = translation.get_language() or "en"
    same_day = local.date() == timezone.localtime(now).date()
    pattern = _CLOCK.get(language, "HH:mm") if same_day else "d MMM" + _year(local, now)
    return str(format_datetime(local, pattern, locale=language))
