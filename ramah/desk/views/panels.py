"""The desk's own panel beside a conversation: what else the customer wrote about."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ramah.conversations.permissions import VIEW
from ramah.conversations.queries import conversations_of_customer
from ramah.customers.queries import customer_for
from ramah.desk.acting import agent_of
from ramah.kernel.access import access

_MOST = 10


@access(VIEW)
@require_GET
def conversations(request: HttpRequest, customer_public_id: str) -> HttpResponse:
    """The newest conversations of the customer that the agent may open."""
    actor = agent_of(request)
    customer = customer_for(actor, public_id=customer_public_id)
    rows = conversations_of_customer(actor, customer.pk, limit=_MOST)
    return render(request, "desk/_conversations_panel.html", {"conversations": rows})
