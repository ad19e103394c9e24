"""Customers put right what we know of them: name, language, phone number."""

from datetime import datetime

from django.db import transaction

from ramah.customers.addresses import PHONE, normalized
from ramah.customers.commands.editing import AddressTaken
from ramah.customers.models import ContactPoint, Customer, Proof
from ramah.customers.permissions import CHANGE_CONTACT, KEEP_ACCOUNT
from ramah.customers.proof import CustomerActor
from ramah.customers.queries import own_phone
from ramah.kernel import audit
from ramah.kernel.actors import require


def change_own_details(*, actor: CustomerActor, name: str, language: str, at: datetime) -> None:
    """How a customer is addressed, and in which language we write to them. Raises `PermissionDenied`."""
    require(actor, KEEP_ACCOUNT)
    with transaction.atomic():
        row = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.customer_id)
        told = {"name": name, "language": language}
        changed = [field for field, value in told.items() if getattr(row, field) != value]
        for field in changed:
            setattr(row, field, told[field])
        if changed:
            row.save(update_fields=changed)
            audit.record(actor, "customer.edit", f"customer:{row.pk}", at=at, fields=changed)


def change_own_phone(*, actor: CustomerActor, number: str, region: str, at: datetime) -> None:
    """The number at which a customer wants to be called, instead of the one they gave before; empty: none.

    A number without country code is one of `region`. It stands as claimed. Raises `NotAnAddress`, `AddressTaken` (by somebody
    else), `PermissionDenied`; then nothing was changed.
    """
    require(actor, CHANGE_CONTACT)
    value = normalized(PHONE, number, region=region) if number.strip() else ""
    with transaction.atomic():
        row = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.customer_id)
        before = own_phone(row.pk)
        if value == (before.value if before else ""):
            return
        if value:
            point, _made = ContactPoint.objects.select_related("customer").get_or_create(
                kind=PHONE, value=value, defaults={"customer": row, "proof": Proof.CLAIMED, "created_at": at}
            )
            if point.customer_id != row.pk:
                raise AddressTaken(point.customer)
        if before:
            before.delete()
        audit.record(actor, "customer.change_phone", f"customer:{row.pk}", at=at)
