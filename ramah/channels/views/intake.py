"""The intake in the settings: what was quarantined or ignored and why; look at it, try it again, set it aside."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ramah.channels import commands, queries
from ramah.channels.forms import SetAsideForm
from ramah.channels.models import IntakeItem
from ramah.channels.permissions import REPLAY, VIEW_INTAKE
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import NotVisible
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page

S = IntakeItem.State
SHOWN_STATES = (S.QUARANTINED, S.IGNORED, S.WAITING)
MOST_AT_ONCE = 50
MOST_HEADER_BYTES = 20_000


@access(VIEW_INTAKE)
@require_GET
def items(request: HttpRequest) -> HttpResponse:
    """Items of one state, newest first: those in quarantine, unless others are asked for."""
    state = request.GET.get("state", "")
    state = state if state in SHOWN_STATES else S.QUARANTINED
    try:
        page = queries.intake_page(actor_of(request), state=state, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    shown: dict[str, Any] = {
        "rows": page.rows,
        "next_cursor": page.next_cursor,
        "state": state,
        "states": [(s, s.label) for s in SHOWN_STATES],
        "may_replay": actor_of(request).may(REPLAY),
        "replayable": state != S.WAITING,
    }
    template = "channels/_intake_rows.html" if "HX-Request" in request.headers else "channels/intake.html"
    return render(request, template, shown)


@access(VIEW_INTAKE)
@require_GET
def item(request: HttpRequest, public_id: str) -> HttpResponse:
    """One item: where it came from, why it stands here, its headers as text."""
    row = queries.intake_item_for(actor_of(request), public_id=public_id)
    return _item_page(request, row, SetAsideForm())


def _item_page(request: HttpRequest, row: IntakeItem, form: SetAsideForm) -> HttpResponse:
    shown = {
        "item": row,
        "headers": headers_of(bytes(row.raw)),
        "size": len(row.raw),
        "form": form,
        "may_replay": actor_of(request).may(REPLAY) and row.state in (S.QUARANTINED, S.IGNORED),
        "may_set_aside": actor_of(request).may(REPLAY) and row.state == S.QUARANTINED,
    }
    return render(request, "channels/intake_item.html", shown, status=422 if form.errors else 200)


def headers_of(raw: bytes) -> str:
    """What stands above the first empty line, as text; whatever the bytes are, they can be looked at."""
    head = raw[:MOST_HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return head.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


@access(VIEW_INTAKE)
@require_GET
def download(request: HttpRequest, public_id: str) -> HttpResponse:
    """The item as it came, to keep or to open in a mail program."""
    row = queries.intake_item_for(actor_of(request), public_id=public_id)
    response = HttpResponse(bytes(row.raw), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{row.public_id}.eml"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


@access(REPLAY)
@require_POST
def replay(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Read one item again, now."""
    row = queries.intake_item_for(actor_of(request), public_id=public_id)
    try:
        row = commands.replay(actor=actor_of(request), item=row, at=clock.now())
    except commands.NotReplayable:
        messages.warning(request, _("This item is in its place already."))
    else:
        _say_outcome(request, row)
    return redirect("channels-intake-item", public_id=public_id)


def _say_outcome(request: HttpRequest, row: IntakeItem) -> None:
    if row.state == S.QUARANTINED:
        messages.error(request, _("It failed again: %(reason)s") % {"reason": row.reason})
    elif row.state in (S.ACCEPTED, S.DUPLICATE):
        messages.success(request, _("It is in its conversation now."))
    else:
        messages.success(request, _("It was read: %(state)s") % {"state": row.get_state_display()})


@access(REPLAY)
@require_POST
def replay_many(request: HttpRequest) -> HttpResponseBase:
    """Read the ticked items again, at most 50 at once."""
    done = failed = 0
    for public_id in list(dict.fromkeys(request.POST.getlist("item")))[:MOST_AT_ONCE]:
        try:
            row = queries.intake_item_for(actor_of(request), public_id=public_id)
            row = commands.replay(actor=actor_of(request), item=row, at=clock.now())
        except (NotVisible, commands.NotReplayable):
            continue
        done, failed = done + (row.state != S.QUARANTINED), failed + (row.state == S.QUARANTINED)
    if done:
        words = ngettext("%(count)d item was read.", "%(count)d items were read.", done)
        messages.success(request, words % {"count": done})
    if failed:
        words = ngettext("%(count)d item failed again.", "%(count)d items failed again.", failed)
        messages.error(request, words % {"count": failed})
    if not done and not failed:
        messages.warning(request, _("Tick items first."))
    return redirect(reverse("channels-intake"))


@access(REPLAY)
@require_POST
def set_aside(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """End a quarantined item as ignored, with a reason."""
    row = queries.intake_item_for(actor_of(request), public_id=public_id)
    form = SetAsideForm(request.POST)
    if not form.is_valid():
        return _item_page(request, row, form)
    try:
        commands.set_aside(actor=actor_of(request), item=row, reason=form.cleaned_data["reason"], at=clock.now())
    except commands.NotReplayable:
        messages.warning(request, _("This item is in its place already."))
    else:
        messages.success(request, _("It is set aside. It stays here under Ignored."))
    return redirect("channels-intake")
