"""Looking: the list, a customer with the time line, the panel beside a conversation."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from ramah.customers import pages, permissions, queries
from ramah.customers.presentation import row_of
from ramah.kernel.access import access, actor_of
from ramah.kernel.masking import sees_contact_data
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page


@require_GET
@access(permissions.VIEW)
def customers(request: HttpRequest) -> HttpResponse:
    """All customers, newest first, or those whom `q` finds."""
    actor, cursor, words = actor_of(request), request.GET.get("cursor", ""), pages.words_of(request)
    try:
        page = queries.customers_page(actor, words, cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    query = {**({"q": words} if words else {}), "cursor": page.next_cursor}
    shown = {
        "words": words,
        "rows": [row_of(row, whole=sees_contact_data(actor)) for row in page.rows],
        "more": f"{reverse('customers')}?{urlencode(query)}" if page.next_cursor else "",
    }
    is_part = request.headers.get("HX-Request") and cursor
    return render(request, "customers/customers.html#rows" if is_part else "customers/customers.html", shown)


@require_GET
@access(permissions.VIEW)
def customer(request: HttpRequest, public_id: str) -> HttpResponse:
    """One customer: facts, addresses, merges, time line. With `before` the time line goes on from there."""
    actor = actor_of(request)
    row = queries.customer_for(actor, public_id=public_id)
    if row.public_id != public_id:
        return redirect("customer", public_id=row.public_id)
    before = _moment(request.GET.get("before", ""))
    if before is None and "before" in request.GET:
        return error_page(request, 400)
    if before and request.headers.get("HX-Request"):
        return render(request, "customers/_timeline.html", pages.timeline(actor, row, before=before))
    return render(request, "customers/customer.html", pages.customer(actor, row, before=before))


@require_GET
@access(permissions.VIEW)
def panel(request: HttpRequest, customer_public_id: str) -> HttpResponse:
    """Who writes, as a fragment beside a conversation."""
    actor = actor_of(request)
    row = queries.customer_for(actor, public_id=customer_public_id)
    return render(request, "customers/panel.html", pages.facts(actor, row))


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
