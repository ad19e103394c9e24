"""Making two customers one, and two of one again."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ramah.customers import commands, pages, permissions, queries
from ramah.customers.forms import ApartForm
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of


@require_GET
@access(permissions.MERGE)
def choose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who may be the same person; with `q` whom that finds, with `with` that customer. A fragment for htmx's dialog."""
    actor = actor_of(request)
    row = queries.customer_for(actor, public_id=public_id)
    shown = pages.merging(actor, row, words=pages.words_of(request), named=request.GET.get("with", ""))
    return render(
        request, "customers/_merge.html" if request.headers.get("HX-Request") else "customers/merge.html", shown
    )


@require_POST
@access(permissions.MERGE)
def merge(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Make the chosen customer a part of this one."""
    actor = actor_of(request)
    kept = queries.customer_for(actor, public_id=public_id)
    merged = queries.customer_for(actor, public_id=request.POST.get("other", ""))
    try:
        commands.merge_customers(actor=actor, kept=kept, merged=merged, at=clock.now())
    except (commands.SameCustomer, commands.AlreadyMerged):
        messages.error(request, _("These two are one customer already, or were merged meanwhile. Look again."))
    else:
        messages.success(request, _("The two customers are one now. You can undo it below."))
    return redirect("customer", public_id=kept.public_id)


@require_POST
@access(permissions.MERGE)
def keep_apart(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """These two are not one person: they are not suggested to each other any more. With htmx the panel comes back."""
    actor = actor_of(request)
    row = queries.customer_for(actor, public_id=public_id)
    other = queries.customer_for(actor, public_id=request.POST.get("other", ""))
    form = ApartForm(request.POST)
    is_part = bool(request.headers.get("HX-Request"))
    if not form.is_valid():
        if not is_part:
            messages.error(request, _("Say in a few words why these are two."))
            return redirect("customer", public_id=row.public_id)
        shown = {**pages.facts(actor, row), "apart_missing": other.public_id}
        return render(request, "customers/panel.html", shown, status=422)
    with suppress(commands.SameCustomer):  # merged meanwhile: then there is nothing left to say
        commands.keep_apart(actor=actor, one=row, other=other, reason=form.cleaned_data["reason"], at=clock.now())
    if is_part:
        return render(request, "customers/panel.html", pages.facts(actor, row))
    messages.success(request, _("Noted: these are two customers."))
    return redirect("customer", public_id=row.public_id)


@require_POST
@access(permissions.MERGE)
def undo(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Take two merged customers apart."""
    merge = queries.merge_for(actor_of(request), public_id=public_id)
    try:
        commands.undo_merge(actor=actor_of(request), merge=merge, at=clock.now())
    except commands.AlreadyUndone:
        messages.warning(request, _("This merge was undone before."))
    except commands.MergedFurther:
        messages.error(request, _("The customer was merged once more since. Undo that merge first."))
    else:
        messages.success(request, _("The two are separate customers again. What came after the merge stays here."))
    return redirect("customer", public_id=merge.kept.public_id)
