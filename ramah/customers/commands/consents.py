"""Consents: what a customer allows us to do beyond serving them. Each decision is a row of its own; the newest counts."""

from datetime import datetime

from django.db import transaction

from ramah.customers import permissions
from ramah.customers.models import Consent, ContactPoint, Customer
from ramah.customers.queries import consent_to, customer_acting
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, PermissionDenied, require


def decide_consent(
    *, actor: Actor, customer: Customer, purpose: str, granted: bool, source: str, at: datetime
) -> Consent | None:
    """Note that `customer` allows a purpose or does so no more; it counts at once. `source` says where: account, checkout.

    Customers decide for themselves, whatever their proof; agents who may change customers decide for them. What was decided so
    already is not written again: then None. Raises `PermissionDenied`, ValueError for an unknown purpose.
    """
    own = customer_acting(actor)
    if own is None:
        require(actor, permissions.EDIT)
    elif own.customer_id != customer.pk:
        raise PermissionDenied("customers.consent")
    purpose = Consent.Purpose(purpose)
    with transaction.atomic():
        Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
        before = consent_to(customer.pk, purpose)
        if (before.granted if before else False) == granted:
            return None
        row = Consent.objects.create(customer=customer, purpose=purpose, granted=granted, at=at, source=source)
        detail = {"purpose": str(purpose), "granted": granted, "source": source}
        audit.record(actor, "customer.consent", f"customer:{customer.pk}", at=at, **detail)
    return row


def opt_out(*, contact_point: ContactPoint, source: str, at: datetime) -> bool:
    """They want nothing but answers at this address (STOP), and every consent is withdrawn. False: they had said so before."""
    with transaction.atomic():
        rows = ContactPoint.objects.filter(pk=contact_point.pk, opted_out_at=None)
        if not rows.update(opted_out_at=at):
            return False
        contact_point.opted_out_at = at
        customer = Customer.objects.get(pk=contact_point.customer_id)
        for purpose in Consent.Purpose.values:
            decide_consent(actor=SYSTEM, customer=customer, purpose=purpose, granted=False, source=source, at=at)
        audit.record(SYSTEM, "customer.opt_out", f"customer:{customer.pk}", at=at, source=source)
        return True


def opt_in(*, contact_point: ContactPoint, source: str, at: datetime) -> bool:
    """They may be written to at this address again (START), which is no consent to anything. False: they always might."""
    with transaction.atomic():
        rows = ContactPoint.objects.filter(pk=contact_point.pk).exclude(opted_out_at=None)
        if not rows.update(opted_out_at=None):
            return False
        contact_point.opted_out_at = None
        audit.record(SYSTEM, "customer.opt_in", f"customer:{contact_point.customer_id}", at=at, source=source)
        return True
