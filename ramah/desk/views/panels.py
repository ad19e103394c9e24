"""The desk's own panel beside a conversation: the customer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ramah.conversations.queries import conversations_of_customer
from ramah.customers import permissions
from ramah.customers.queries import customer_for
from ramah.desk.acting import agent_of
from ramah.kernel.access import access
from ramah.kernel.masking import shown_address

_MOST_EARLIER = 8


@access(permissions.VIEW)
@require_GET
def customer(request: HttpRequest, customer_public_id: str) -> HttpResponse:
    """Who writes: name, addresses (masked for whoever may not see them), language, proof, other conversations."""
    actor = agent_of(request)
    row = customer_for(actor, public_id=customer_public_id)
    points = list(row.contact_points.order_by("id"))
    shown = {
        "customer": row,
        "points": [(point, shown_address(point.value, whole=actor.sees_contact_data)) for point in points],
        "conversations": conversations_of_customer(actor, row.pk, limit=_MOST_EARLIER),
    }
    return render(request, "desk/_customer_panel.html", shown)
