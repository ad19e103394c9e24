"""Background work that failed for good."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ramah.desk import permissions, queries
from ramah.desk.acting import agent_of
from ramah.desk.commands.retrying import NotFailed, retry_run
from ramah.kernel import clock
from ramah.kernel.access import access
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page


@access(permissions.VIEW_FAILURES)
@require_GET
def failures(request: HttpRequest) -> HttpResponse:
    """What failed, newest first, with the last line of its error and all of it one click away."""
    try:
        page = queries.failed_runs_page(agent_of(request), cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    rows = [(run, run.error.strip().rpartition("\n")[2][:200]) for run in page.rows]
    is_part = "HX-Request" in request.headers
    shown = {"rows": rows, "next_cursor": page.next_cursor}
    return render(request, "desk/_failures.html" if is_part else "desk/failures.html", shown)


@access(permissions.VIEW_FAILURES)
@require_POST
def retry(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Let a worker try it again."""
    actor = agent_of(request)
    with suppress(NotFailed):  # somebody was faster
        retry_run(actor=actor, run=queries.failed_run_for(actor, run_id=run_id), at=clock.now())
    messages.success(request, _("It is tried again within a minute."))
    return redirect("desk_failures")
