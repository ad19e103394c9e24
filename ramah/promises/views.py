"""Pages: the panel of promises to a customer, and opening hours in the settings."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.promises import commands, permissions, queries
from ramah.promises.forms import CalendarForm
from ramah.promises.models import Calendar


@require_GET
@access(permissions.VIEW)
def panel(request: HttpRequest, customer_public_id: str) -> HttpResponse:
    """What stands with a customer, as a fragment."""
    promises = queries.promises_of_customer(actor_of(request), customer_public_id)
    return render(request, "promises/panel.html", {"promises": promises, "now": clock.now()})


@require_GET
@access(permissions.CALENDARS)
def calendars(request: HttpRequest) -> HttpResponse:
    """All calendars, and whether they are open now."""
    now = clock.now()
    rows = [(calendar, queries.opening_of(calendar, at=now)) for calendar in queries.calendars()]
    return render(request, "promises/calendars.html", {"rows": rows, "now": now})


@require_http_methods(["GET", "POST"])
@access(permissions.CALENDARS)
def new_calendar(request: HttpRequest) -> HttpResponse:
    """Make a calendar."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@access(permissions.CALENDARS)
def calendar(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a calendar, with a look at the coming two weeks."""
    return _edit(request, queries.calendar_for(actor_of(request), public_id=public_id))


@require_POST
@access(permissions.CALENDARS)
def delete_calendar(request: HttpRequest, public_id: str) -> HttpResponse:
    """Remove a calendar that nothing runs on."""
    calendar = queries.calendar_for(actor_of(request), public_id=public_id)
    try:
        commands.delete_calendar(actor=actor_of(request), calendar=calendar, at=clock.now())
    except commands.CalendarInUse:
        messages.error(request, _("Inboxes, policies or promises run on this calendar. It stays."))
        return redirect("promises-calendar", public_id=public_id)
    messages.success(request, _("Calendar “%(name)s” is deleted.") % {"name": calendar.name})
    return redirect("promises-calendars")


def _edit(request: HttpRequest, calendar: Calendar | None) -> HttpResponse:
    form = CalendarForm(request.POST or None, calendar=calendar)
    if form.is_valid():
        try:
            saved = commands.save_calendar(actor=actor_of(request), calendar=calendar, at=clock.now(), **form.terms())
        except commands.NameTaken:
            form.add_error("name", _("Another calendar has this name."))
        else:
            messages.success(request, _("Opening hours are saved. Promises made before keep their times."))
            return redirect("promises-calendar", public_id=saved.public_id)
    now = clock.now()
    context: dict[str, Any] = {"form": form, "calendar": calendar, "now": now, "zones": sorted(available_timezones())}
    if calendar:
        context |= {"opening": queries.opening_of(calendar, at=now), "days": queries.days_ahead(calendar, at=now)}
    return render(request, "promises/calendar.html", context, status=422 if form.errors else 200)
