"""Finding a conversation again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from ramah.conversations import permissions
from ramah.desk import finding
from ramah.desk.acting import agent_of
from ramah.desk.forms import SearchForm
from ramah.desk.queries import promises_outstanding
from ramah.desk.rows import rows_of
from ramah.kernel import clock
from ramah.kernel.access import access


@access(permissions.VIEW)
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Conversations by case number, e-mail address or beginning of the customer's name."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    actor = agent_of(request)
    found = finding.find(actor, words) if words else []
    if len(found) == 1 and finding.reference_in(words) and not request.headers.get("HX-Request"):
        return redirect("desk_conversation", public_id=found[0].public_id)
    shown = {
        "form": form,
        "words": words,
        "rows": rows_of(found, promises_outstanding(row.pk for row in found), viewer=actor),
        "now": clock.now(),
        "is_full": len(found) == finding.MOST,
    }
    return render(request, "desk/search.html", shown)
