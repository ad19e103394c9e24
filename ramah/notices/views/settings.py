"""Settings of notices: the switch that stops them all, quiet hours, how many at most, and who is spared."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.masking import sees_contact_data, shown_address, shown_name
from ramah.kernel.paging import BadCursor
from ramah.notices.commands import suppressing, switching
from ramah.notices.forms import SettingsForm, SpareForm, SwitchForm
from ramah.notices.models import Suppression
from ramah.notices.permissions import MANAGE_NOTICES, SEND_NOTICES, STOP_NOTICES, VIEW_NOTICES
from ramah.notices.queries import pages as queries
from ramah.notices.queries.wishes import notice_settings
from ramah.ui.errors import error_page


@require_GET
@access(VIEW_NOTICES)
def settings(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _show(request)


@require_POST
@access(STOP_NOTICES)
def stop(request: HttpRequest) -> HttpResponseBase:
    """Stop all notices at once."""
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return _show(request, switch_form=form)
    switching.switch_off(actor=actor_of(request), reason=form.cleaned_data["reason"], at=clock.now())
    messages.success(request, _("No notice is sent any more. What is planned waits."))
    return redirect("notice-settings")


@require_POST
@access(MANAGE_NOTICES)
def start(request: HttpRequest) -> HttpResponseBase:
    """Let notices go again."""
    switching.switch_on(actor=actor_of(request), at=clock.now())
    messages.success(request, _("Notices go out again, as far as they still hold."))
    return redirect("notice-settings")


@require_POST
@access(MANAGE_NOTICES)
def change(request: HttpRequest) -> HttpResponseBase:
    """Set quiet hours and caps."""
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form)
    switching.change_settings(actor=actor_of(request), at=clock.now(), **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("notice-settings")


@require_POST
@access(SEND_NOTICES)
def spare(request: HttpRequest) -> HttpResponseBase:
    """Spare somebody notices, found by an address of theirs."""
    form = SpareForm(request.POST)
    if not form.is_valid():
        return _show(request, spare_form=form)
    told = form.cleaned_data
    point = queries.contact_point_at(actor_of(request), told["address"])
    if point is None:
        form.add_error("address", _("No customer has this address."))
        return _show(request, spare_form=form)
    whom: dict[str, Any] = {"customer": point.customer} if told["is_whole"] else {"contact_point": point}
    until = datetime.combine(told["until"], time(23, 59, 59), tzinfo=_zone()) if told["until"] else None
    suppressing.suppress(
        actor=actor_of(request), scope=told["scope"], until=until, reason=told["reason"], at=clock.now(), **whom
    )
    messages.success(request, _("They are spared from now on."))
    return redirect("notice-settings")


@require_POST
@access(SEND_NOTICES)
def lift(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Have somebody told again."""
    row = Suppression.objects.filter(public_id=public_id).first()
    if row is not None:
        suppressing.lift_suppression(actor=actor_of(request), suppression=row, at=clock.now())
        messages.success(request, _("They are told again."))
    return redirect("notice-settings")


def _show(request: HttpRequest, **bound: Any) -> HttpResponse:
    actor, held = actor_of(request), notice_settings()
    cursor = request.GET.get("cursor", "")
    try:
        page = queries.suppressions_page(actor, cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    sees = sees_contact_data(actor)
    shown = {
        "held": held,
        "off_by": queries.actor_name(held.off_by),
        "form": SettingsForm.of(held),
        "switch_form": SwitchForm(),
        "spare_form": SpareForm(),
        "rows": [(row, _whom(row, sees), row.until is not None and row.until <= clock.now()) for row in page.rows],
        "more": f"{reverse('notice-settings')}?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else "",
        "may_manage": actor.may(MANAGE_NOTICES),
        "may_stop": actor.may(STOP_NOTICES),
        "may_send": actor.may(SEND_NOTICES),
        **bound,
    }
    is_part = request.headers.get("HX-Request") and cursor
    template = "notices/settings.html#rows" if is_part else "notices/settings.html"
    return render(request, template, shown, status=422 if bound else 200)


def _whom(row: Suppression, sees: bool) -> str:
    """The customer's name or the address, masked for those who do not see contact data."""
    if row.customer is not None:
        return shown_name(row.customer.name, whole=sees) or _("Without a name")
    return shown_address(row.contact_point.value, whole=sees) if row.contact_point else ""


def _zone() -> ZoneInfo:
    return ZoneInfo(django_settings.SHOP_TIME_ZONE)
