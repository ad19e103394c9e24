"""Putting right: facts, addresses, proof."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ramah.customers import commands, pages, permissions, queries
from ramah.customers.forms import AddressForm, CustomerForm, ProofForm
from ramah.customers.models import Customer
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of

_MERGED = gettext_lazy("The customer was merged with another meanwhile. Nothing was changed; look again.")


@require_http_methods(["GET", "POST"])
@access(permissions.EDIT)
def edit(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Change name, language, time zone, note."""
    customer = _customer(request, public_id)
    form = CustomerForm(request.POST or None, customer=customer)
    if form.is_valid():
        try:
            commands.edit_customer(actor=actor_of(request), customer=customer, at=clock.now(), **form.cleaned_data)
        except commands.CustomerIsMerged:
            messages.error(request, _MERGED)
        else:
            messages.success(request, _("Saved."))
        return redirect("customer", public_id=customer.public_id)
    shown = {"form": form, "customer": customer}
    return render(request, "customers/edit.html", shown, status=422 if form.errors else 200)


@require_POST
@access(permissions.EDIT)
def add_address(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Write down a further address; one that somebody else has offers to merge the two."""
    actor, customer, form, owner = actor_of(request), _customer(request, public_id), AddressForm(request.POST), None
    if form.is_valid():
        try:
            commands.add_contact_point(actor=actor, customer=customer, at=clock.now(), **form.cleaned_data)
        except commands.NotAnAddress as error:
            form.refuse(error)
        except commands.AddressTaken as error:
            owner = error.owner
            form.add_error("value", _("Another customer has this address."))
        except commands.CustomerIsMerged:
            messages.error(request, _MERGED)
            return redirect("customer", public_id=customer.public_id)
        else:
            messages.success(request, _("The address is written down."))
            return redirect("customer", public_id=customer.public_id)
    shown = pages.customer(actor, customer, address_form=form, owner=owner)
    return render(request, "customers/customer.html", shown, status=422)


@require_POST
@access(permissions.EDIT)
def remove_address(request: HttpRequest, key: int) -> HttpResponseBase:
    """Forget an address."""
    point = queries.contact_point_for(actor_of(request), key=key)
    commands.remove_contact_point(actor=actor_of(request), point=point, at=clock.now())
    messages.success(request, _("The address is removed. What was written from it stays."))
    return redirect("customer", public_id=point.customer.public_id)


@require_POST
@access(permissions.EDIT)
def clear_bounce(request: HttpRequest, key: int) -> HttpResponseBase:
    """The address is right again."""
    point = queries.contact_point_for(actor_of(request), key=key)
    commands.clear_bounce(actor=actor_of(request), point=point, at=clock.now())
    messages.success(request, _("Mail goes to this address again."))
    return redirect("customer", public_id=point.customer.public_id)


@require_POST
@access(permissions.EDIT)
def set_proof(request: HttpRequest, key: int) -> HttpResponseBase:
    """The agent has made sure, or takes it back."""
    point, form = queries.contact_point_for(actor_of(request), key=key), ProofForm(request.POST)
    try:
        proof = form.cleaned_data["proof"] if form.is_valid() else ""
        commands.set_proof(actor=actor_of(request), point=point, proof=proof, at=clock.now())
    except commands.ProofNotByHand:
        messages.error(request, _("This proof cannot be given by hand."))
    else:
        messages.success(request, _("Saved."))
    return redirect("customer", public_id=point.customer.public_id)


def _customer(request: HttpRequest, public_id: str) -> Customer:
    return queries.customer_for(actor_of(request), public_id=public_id)
