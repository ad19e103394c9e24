"""Agents put right what is known of a customer: the name, how to reach them, how well it is known who they are."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from ramah.customers import permissions
from ramah.customers.addresses import normalized, region_of
from ramah.customers.models import ContactPoint, Customer, Proof
from ramah.kernel import audit
from ramah.kernel.actors import Actor, NotVisible, require

# What a person can find out by asking. An order is proved each time anew, an account by its log-in.
PROOF_BY_HAND = (Proof.CLAIMED, Proof.CHANNEL_VERIFIED)
FIELDS = ("name", "language", "time_zone", "note")


class AddressTaken(Exception):
    """Another customer has the address: `owner`. Perhaps the two are one."""

    def __init__(self, owner: Customer) -> None:
        super().__init__(owner.public_id)
        self.owner = owner


class ProofNotByHand(Exception):
    """This proof cannot be given by a person, or not for this kind of address."""


class CustomerIsMerged(Exception):
    """The customer was merged into another meanwhile; nothing was changed."""


def edit_customer(*, actor: Actor, customer: Customer, at: datetime, **fields: str) -> None:
    """Set name, language (BCP 47), time zone (IANA) or note; what is not given stays. Raises `CustomerIsMerged`."""
    require(actor, permissions.EDIT)
    with transaction.atomic():
        row = _locked(customer)
        changed = [name for name in FIELDS if name in fields and getattr(row, name) != fields[name]]
        for name in changed:
            setattr(row, name, fields[name])
        if changed:
            row.save(update_fields=changed)
            audit.record(actor, "customer.edit", f"customer:{row.pk}", at=at, fields=changed)


def add_contact_point(*, actor: Actor, customer: Customer, kind: str, value: str, at: datetime) -> ContactPoint:
    """Write down a further address, as claimed. One that the customer has already is returned as it is.

    A number without country code is read as one of the customer's country, else of the shop's. Raises `NotAnAddress`,
    `AddressTaken`, `CustomerIsMerged`.
    """
    require(actor, permissions.EDIT)
    region = region_of(customer.time_zone, settings.SHOP_TIME_ZONE)
    with transaction.atomic():
        row = _locked(customer)
        point, made = ContactPoint.objects.select_related("customer").get_or_create(
            kind=kind,
            value=normalized(kind, value, region=region),
            defaults={"customer": row, "proof": Proof.CLAIMED, "created_at": at},
        )
        if point.customer_id != row.pk:
            raise AddressTaken(point.customer)
        if made:
            _note(actor, "add_contact", point, at=at)
    return point


def remove_contact_point(*, actor: Actor, point: ContactPoint, at: datetime) -> None:
    """Forget an address. What was written from it stays; the next message from it meets a new customer. Raises `NotVisible`."""
    require(actor, permissions.EDIT)
    with transaction.atomic():
        row = _locked_point(point)
        _note(actor, "remove_contact", row, at=at)
        row.delete()


def clear_bounce(*, actor: Actor, point: ContactPoint, at: datetime) -> None:
    """The address is right again: mail goes to it as before. Raises `NotVisible`."""
    require(actor, permissions.EDIT)
    with transaction.atomic():
        row = _locked_point(point)
        if row.bounced_at is None:
            return
        row.bounced_at, row.bounce_reason = None, ""
        row.save(update_fields=["bounced_at", "bounce_reason"])
        _note(actor, "clear_bounce", row, at=at)


def set_proof(*, actor: Actor, point: ContactPoint, proof: str, at: datetime) -> None:
    """Say how well it is known that the address is the customer's: after a call, say.

    Raises `ProofNotByHand`, `NotVisible`.
    """
    require(actor, permissions.EDIT)
    if proof not in PROOF_BY_HAND or point.kind == ContactPoint.Kind.VISITOR:
        raise ProofNotByHand
    with transaction.atomic():
        row = _locked_point(point)
        before = row.proof
        if before == proof:
            return
        row.proof = proof
        row.verified_at = None if proof == Proof.CLAIMED else at
        row.save(update_fields=["proof", "verified_at"])
        _note(actor, "set_proof", row, at=at, before=before, after=proof)


def _locked(customer: Customer) -> Customer:
    row = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
    if row.merged_into_id is not None:
        raise CustomerIsMerged
    return row


def _locked_point(point: ContactPoint) -> ContactPoint:
    row = ContactPoint.objects.select_for_update(of=("self",)).filter(pk=point.pk).first()
    if row is None:  # somebody removed it meanwhile
        raise NotVisible
    return row


def _note(actor: Actor, action: str, point: ContactPoint, *, at: datetime, **detail: str) -> None:
    subject = f"customer:{point.customer_id}"
    audit.record(actor, f"customer.{action}", subject, at=at, contact_point=point.pk, kind=point.kind, **detail)
