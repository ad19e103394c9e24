"""The calendar form: opening hours as people write them, `08:00-12:00, 13:00-17:00`, one field per weekday."""

import re
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dates import WEEKDAYS as DAY_NAMES
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ramah.promises.business_time import WEEKDAYS, BadSchedule, hours_of
from ramah.promises.models import Calendar
from ramah.promises.public_holidays import country_choices

_INTERVAL = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–—]\s*(\d{1,2})[:.](\d{2})", re.ASCII)
_MOST_LINES = 400


def hours_text(intervals: list[list[str]]) -> str:
    """`[["08:00", "12:00"], ["13:00", "17:00"]]` as `08:00-12:00, 13:00-17:00`."""
    return ", ".join("-".join(interval) for interval in intervals)


def parse_hours(text: str) -> list[list[str]]:
    """The opposite of `hours_text`, forgiving about spaces, dashes and dots. Raises `ValidationError`."""
    intervals = [_interval(part.strip()) for part in re.split(r"[,;]", text) if part.strip()]
    try:
        hours_of(intervals)
    except BadSchedule as error:
        raise ValidationError(_("Too many intervals for one day.")) from error
    return intervals


def _interval(part: str) -> list[str]:
    match = _INTERVAL.fullmatch(part)
    if match is None:
        raise ValidationError(_("“%(text)s” is no interval. Write it as 08:00-17:00.") % {"text": part[:40]})
    interval = [f"{int(match[1]):02}:{match[2]}", f"{int(match[3]):02}:{match[4]}"]
    try:
        hours_of([interval])
    except BadSchedule as error:
        raise ValidationError(
            _("“%(text)s” does not work. Times go from 00:00 to 24:00, and the end differs from the start.")
            % {"text": part[:40]}
        ) from error
    return interval


def _parse_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValidationError(_("“%(text)s” is no date. Write it as 2026-12-24.") % {"text": text[:40]}) from error


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise ValidationError(_("At most %(count)d lines are taken.") % {"count": _MOST_LINES})
    return lines


class CalendarForm(forms.Form):
    """Name, zone, a text field per weekday, and what differs on single dates. Nothing here needs JavaScript."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=64,
        help_text=gettext_lazy("As Asia/Jakarta or Europe/Kyiv. All hours below are of this zone."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    holiday_country = forms.ChoiceField(
        label=gettext_lazy("Public holidays of"),
        required=False,
        help_text=gettext_lazy(
            "Closed on these days. Some countries suspend theirs at times, as Ukraine has since 2022."
        ),
    )
    holidays = forms.CharField(
        label=gettext_lazy("Own days off"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One date per line: 2026-12-24"),
    )
    exceptions = forms.CharField(
        label=gettext_lazy("Other hours on single days"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "One day per line: 2026-12-31 08:00-12:00. Goes before holidays; a date without hours means closed."
        ),
    )

    def __init__(self, asked: QueryDict | None = None, *, calendar: Calendar | None = None) -> None:
        super().__init__(asked, initial=_initial(calendar) if calendar else None)
        country = self.fields["holiday_country"]
        if isinstance(country, forms.ChoiceField):
            country.choices = [("", _("No country")), *country_choices(get_language() or "en")]
        for number, day in enumerate(WEEKDAYS):
            self.fields[day] = forms.CharField(
                label=DAY_NAMES[number],
                required=False,
                max_length=400,
                initial=hours_text(calendar.hours.get(day, [])) if calendar else "",
                widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Closed")}),
            )

    def weekdays(self) -> list[forms.BoundField]:
        """The fields of the weekdays, Monday first."""
        return [self[day] for day in WEEKDAYS]

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise ValidationError(_("There is no such time zone. Examples: Asia/Jakarta, Asia/Makassar, Europe/Kyiv."))
        return zone

    def clean_holidays(self) -> list[str]:
        return [_parse_date(line) for line in _lines(self.cleaned_data["holidays"])]

    def clean_exceptions(self) -> dict[str, list[list[str]]]:
        lines = (line.partition(" ") for line in _lines(self.cleaned_data["exceptions"]))
        return {_parse_date(day): parse_hours(hours) for day, _space, hours in lines}

    def clean(self) -> dict[str, Any]:
        hours = {}
        for day in WEEKDAYS:
            try:
                hours[day] = parse_hours(self.cleaned_data.get(day, ""))
            except ValidationError as error:
                self.add_error(day, error)
        if not any(hours.values()) and not self.errors:
            raise ValidationError(_("Fill in the opening hours of one weekday at least."))
        return {**self.cleaned_data, "hours": hours}

    def terms(self) -> dict[str, Any]:
        """What `commands.save_calendar` takes."""
        names = ("name", "time_zone", "hours", "holiday_country", "holidays", "exceptions")
        return {name: self.cleaned_data[name] for name in names}


def _initial(calendar: Calendar) -> dict[str, Any]:
    return {
        "name": calendar.name,
        "time_zone": calendar.time_zone,
        "holiday_country": calendar.holiday_country,
        "holidays": "\n".join(calendar.holidays),
        "exceptions": "\n".join(f"{day} {hours_text(hours)}".rstrip() for day, hours in calendar.exceptions.items()),
    }
