"""What goes out: every outgoing message with how it fares, and as a file where mails are written to files."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ramah.conversations import permissions
from ramah.conversations.models import MessageDelivery
from ramah.conversations.queries import deliveries_page, delivery_for
from ramah.desk.acting import agent_of
from ramah.desk.lines import shown_delivery
from ramah.desk.mail_files import mail_file_of, writes_files
from ramah.kernel.access import access
from ramah.kernel.masking import shown_address
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page


@access(permissions.VIEW_DELIVERIES)
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Outgoing messages, newest first; `state=failed` only those that failed."""
    state = request.GET.get("state", "")
    state = state if state in MessageDelivery.State.values else ""
    actor = agent_of(request)
    try:
        page = deliveries_page(actor, state=state, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    whole = actor.sees_contact_data
    rows = [
        (row, shown_delivery(row.message), ", ".join(shown_address(a, whole=whole) for a in row.recipients))
        for row in page.rows
    ]
    shown = {"rows": rows, "next_cursor": page.next_cursor, "state": state, "writes_files": writes_files()}
    return render(request, "desk/_outbox.html" if "HX-Request" in request.headers else "desk/outbox.html", shown)


@access(permissions.VIEW_DELIVERIES)
@require_GET
def delivery(request: HttpRequest, public_id: str) -> HttpResponse:
    """One outgoing message, with the mail itself where it was written to a file."""
    row = delivery_for(agent_of(request), public_id=public_id)
    shown = {"row": row, "delivery": shown_delivery(row.message), "mail": mail_file_of(row)}
    return render(request, "desk/delivery.html", shown)
