"""Log-ins of customers: a proved address opens the history of the customer it belongs to, and may be given up for another."""

from datetime import datetime

from django.db import transaction

from ramah.accounts import commands as accounts
from ramah.accounts.models import User
from ramah.customers.addresses import EMAIL, normalized
from ramah.customers.commands.meeting import meet_customer
from ramah.customers.commands.merging import AlreadyMerged, merge_customers
from ramah.customers.models import ContactPoint, Customer, CustomerLogin, Proof
from ramah.customers.permissions import CHANGE_CONTACT
from ramah.customers.proof import CustomerActor
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, require

_PROVED = (Proof.CHANNEL_VERIFIED, Proof.ORDER_VERIFIED, Proof.SIGNED_IN)


class AddressInUse(Exception):
    """The address opens somebody else's log-in, or belongs to a customer who has one."""


def link_login(*, user: User, email: str, at: datetime) -> Customer:
    """The customer whose log-in `user` is; found by the address (which the user has proved) or made, the first time.

    Once linked it stays so, whatever becomes of the address; of a merged customer it is the one that was kept. Idempotent, and
    safe when two requests do it at once. Raises `NotAnAddress`.
    """
    address = normalized(EMAIL, email)
    with transaction.atomic():
        # Two requests of one user wait for each other here.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        login = CustomerLogin.objects.select_related("customer__merged_into").filter(user=user).first()
        if login is not None:
            return login.customer.merged_into or login.customer
        _give_own_customer_where_only_claimed(address, user.language, at=at)
        point = meet_customer(kind=EMAIL, value=address, language=user.language, proof=Proof.SIGNED_IN, at=at)
        customer = point.customer.merged_into or point.customer
        CustomerLogin.objects.create(user=user, customer=customer, created_at=at)
        actor = CustomerActor(customer.pk, Proof.SIGNED_IN, customer.name)
        audit.record(actor, "customer.link_login", f"customer:{customer.pk}", at=at, user=user.pk)
    return customer


def _give_own_customer_where_only_claimed(address: str, language: str, *, at: datetime) -> None:
    """An address that was merely claimed for a customer who has proved another one, or logs in, opens nothing of theirs."""
    point = ContactPoint.objects.select_for_update().filter(kind=EMAIL, value=address, proof=Proof.CLAIMED).first()
    if point is None:
        return
    others = ContactPoint.objects.filter(customer=point.customer_id, kind=EMAIL, proof__in=_PROVED)
    if others.exists() or CustomerLogin.objects.filter(customer=point.customer_id).exists():
        before = point.customer_id
        point.customer = Customer.objects.create(language=language, created_at=at)
        point.save(update_fields=["customer"])
        audit.record(SYSTEM, "customer.part_address", f"customer:{before}", at=at, contact_point=point.pk)


def change_email(*, actor: CustomerActor, user: User, email: str, at: datetime) -> None:
    """A customer logs in with another address from now on, which they have just proved, and is written to there.

    A customer of that address without a log-in is the same person, and becomes a part of this one. The old address opens nothing
    any more. Raises `AddressInUse`, `NotAnAddress`, `PermissionDenied`.
    """
    require(actor, CHANGE_CONTACT)
    address = normalized(EMAIL, email)
    with transaction.atomic():
        customer = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.customer_id)
        old = ContactPoint.objects.filter(kind=EMAIL, value=user.email.lower(), customer=customer).first()
        try:
            accounts.change_login_email(actor=actor, user=user, email=address, at=at)
        except accounts.EmailTaken:
            raise AddressInUse from None
        _take_in(customer, address, at=at)
        new = ContactPoint.objects.filter(kind=EMAIL, value=address).first()
        if new is None and old is not None:
            # The point itself moves, and so does what hangs on it: conversations, alerts.
            old.value, old.bounced_at, old.bounce_reason = address, None, ""
            _prove(old, at=at)
        else:
            _prove(meet_customer(kind=EMAIL, value=address, proof=Proof.SIGNED_IN, at=at), at=at, customer=customer)
            if old is not None and old.value != address:
                old.delete()
        audit.record(actor, "customer.change_email", f"customer:{customer.pk}", at=at)


def _prove(point: ContactPoint, *, at: datetime, customer: Customer | None = None) -> None:
    point.customer = customer or point.customer
    point.proof, point.verified_at = Proof.SIGNED_IN, at
    point.save()


def _take_in(customer: Customer, address: str, *, at: datetime) -> None:
    point = ContactPoint.objects.select_related("customer").filter(kind=EMAIL, value=address).first()
    if point is None or point.customer_id == customer.pk:
        return
    if CustomerLogin.objects.filter(customer=point.customer_id).exists():
        raise AddressInUse
    try:
        merge_customers(actor=SYSTEM, kept=customer, merged=point.customer, at=at)
    except AlreadyMerged:
        raise AddressInUse from None
