"""What the pages of customers show, gathered: one function for each page or part of one, ready for its template."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from ramah.customers import permissions, queries
from ramah.customers.forms import AddressForm, ProofForm
from ramah.customers.models import Customer
from ramah.customers.presentation import language_name, name_of, row_of, sight_of
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.masking import sees_contact_data
from ramah.kernel.timeline import timeline_page


def words_of(request: HttpRequest) -> str:
    """What is looked for."""
    return request.GET.get("q", "").replace("\0", "").strip()[:254]


def facts(actor: Actor, row: Customer) -> dict[str, Any]:
    """Name, language and addresses, as far as the actor may see them."""
    whole = sees_contact_data(actor)
    points = queries.contact_points_of(row)
    suggested = queries.link_suggestions(actor, row, points=points)
    return {
        "customer": row,
        "name": name_of(row, whole=whole),
        "writes": language_name(row.language) if row.language else "",
        "points": [sight_of(point, whole=whole) for point in points],
        "suggestions": [row_of(one.customer, whole=whole, reasons=one.reasons) for one in suggested],
    }


def customer(
    actor: Actor,
    row: Customer,
    *,
    before: datetime | None = None,
    address_form: AddressForm | None = None,
    owner: Customer | None = None,
) -> dict[str, Any]:
    """The page of a customer. `address_form` is one that was not accepted, `owner` who has its address."""
    whole = sees_contact_data(actor)
    return {
        **facts(actor, row),
        **timeline(actor, row, before=before),
        "before": before,
        "may_edit": actor.may(permissions.EDIT),
        "may_merge": actor.may(permissions.MERGE),
        "address_form": address_form or AddressForm(),
        "proofs": ProofForm().fields["proof"].choices,  # type: ignore[attr-defined]  # a choice field
        "owner": owner,
        "owner_name": name_of(owner, whole=whole) if owner else "",
        "merges": [
            (merge, name_of(merge.merged, whole=whole), merge.kept_id == row.pk)
            for merge in queries.merges_of(actor, row)
        ],
    }


def timeline(actor: Actor, row: Customer, *, before: datetime | None) -> dict[str, Any]:
    """A page of the time line and the address of what was earlier."""
    entries, earlier = timeline_page(actor, row.pk, before=before)
    url = reverse("customer", args=[row.public_id])
    return {"entries": entries, "earlier": f"{url}?{urlencode({'before': earlier.isoformat()})}" if earlier else ""}


def merging(actor: Actor, row: Customer, *, words: str, named: str) -> dict[str, Any]:
    """Who may be merged into `row`: whom `words` find, the customer with the public id `named`, or likely ones."""
    whole = sees_contact_data(actor)
    if words:
        found = queries.customers_page(actor, words, size=10).rows
        rows = [row_of(one, whole=whole) for one in found if one.pk != row.pk]
    elif named:
        rows = _named(actor, row, named, whole=whole)
    else:
        likely = queries.merge_candidates(actor, row)
        rows = [row_of(one.customer, whole=whole, reasons=one.reasons) for one in likely]
    return {"customer": row, "name": name_of(row, whole=whole), "words": words, "rows": rows}


def _named(actor: Actor, row: Customer, public_id: str, *, whole: bool) -> list[Any]:
    try:
        other = queries.customer_for(actor, public_id=public_id)
    except NotVisible:
        return []
    return [row_of(other, whole=whole)] if other.pk != row.pk else []
