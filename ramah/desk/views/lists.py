"""Lists of conversations: the page, the pane beside a conversation, further rows, the bar of views, what is done to many."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ramah.conversations import permissions
from ramah.conversations.queries import ListView
from ramah.desk import pages, queries
from ramah.desk.acting import agent_of
from ramah.desk.commands import bulk as bulk_commands
from ramah.desk.forms import BulkForm, snooze_choices
from ramah.desk.lists import url_of, view_from
from ramah.kernel import clock
from ramah.kernel.access import access
from ramah.kernel.actors import NotVisible
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page
from ramah.ui.preferences import COOKIE_SECONDS


@access(permissions.VIEW)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The list that the agent looked at last, or the own one where that was of a team the agent has left."""
    try:
        return _list(request, pages.last_list(request))
    except NotVisible:
        return _list(request, ListView("mine"))


@access(permissions.VIEW)
@require_GET
def view(request: HttpRequest, key: str) -> HttpResponse:
    """One of the lists that everyone has."""
    return _list(request, view_from(key, "", request.GET))


@access(permissions.VIEW)
@require_GET
def team(request: HttpRequest, public_id: str) -> HttpResponse:
    """The open conversations of a team."""
    return _list(request, view_from("team", public_id, request.GET))


def _list(request: HttpRequest, view: ListView) -> HttpResponse:
    """The page; for htmx the list alone, or with a cursor only further rows."""
    is_part = bool(request.headers.get("HX-Request")) and "HX-History-Restore-Request" not in request.headers
    cursor = request.GET.get("cursor", "")
    gather = pages.list_part if is_part else pages.list_page
    try:
        shown = gather(
            agent_of(request), view, cursor=cursor, current=request.GET.get("current", "")[:26], at=clock.now()
        )
    except BadCursor:
        return error_page(request, 400)
    template = "desk/list.html" if not is_part else "desk/_rows.html" if cursor else "desk/_list.html"
    response = render(request, template, shown)
    response.set_cookie(
        pages.LIST_COOKIE, pages.list_cookie(view), max_age=COOKIE_SECONDS, samesite="Lax", secure=request.is_secure()
    )
    return response


@access(permissions.VIEW)
@require_GET
def nav(request: HttpRequest) -> HttpResponse:
    """The bar of views with its figures, fetched after the page and at nudges."""
    view = None if request.GET.get("at") == "elsewhere" else pages.last_list(request)
    return render(request, "desk/_nav.html", {"nav": pages.nav_part(agent_of(request), view, at=clock.now())})


@access(permissions.ORGANIZE)
@require_POST
def bulk(request: HttpRequest) -> HttpResponseBase:
    """One thing done to the ticked conversations; those that are not the agent's to see are passed over in silence."""
    form = BulkForm(request.POST)
    chosen = request.POST.getlist("c")
    now = clock.now()
    if not form.is_valid() or not chosen:
        messages.warning(request, _("Tick conversations first."))
    elif len(chosen) > BulkForm.MOST:
        messages.warning(request, _("At most %(count)d conversations at once.") % {"count": BulkForm.MOST})
    else:
        done = bulk_commands.organize_many(
            actor=agent_of(request),
            public_ids=chosen,
            do=form.cleaned_data["do"],
            tag=form.cleaned_data["tag"],
            until=snooze_choices(now).get(form.cleaned_data["length"] or "tomorrow"),
            at=now,
        )
        queries.forget_counts(agent_of(request))
        said = ngettext("%(count)d conversation changed.", "%(count)d conversations changed.", done)
        messages.success(request, said % {"count": done})
    return redirect(url_of(pages.last_list(request)))
