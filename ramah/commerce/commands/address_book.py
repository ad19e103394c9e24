"""Customers keep addresses for their next order: twenty at most, one of them the usual one."""

from datetime import datetime

from django.db import transaction

from ramah.commerce.addresses import Address
from ramah.commerce.models import SavedAddress
from ramah.customers.models import Customer
from ramah.customers.permissions import KEEP_ACCOUNT
from ramah.customers.queries import CustomerActor
from ramah.kernel import audit
from ramah.kernel.actors import NotVisible, require

MOST = 20


class TooManyAddresses(Exception):
    """The customer keeps twenty addresses; one must go before another comes."""


def save_address(
    *,
    actor: CustomerActor,
    address: Address,
    label: str = "",
    is_default: bool = False,
    saved: SavedAddress | None = None,
    at: datetime,
) -> SavedAddress:
    """Keep a new address, or change `saved`. `address` has passed `address_fields.read_address`. The first one is the usual one.

    The same address under the same name is kept once. Raises `TooManyAddresses`, `NotVisible`, `PermissionDenied`.
    """
    require(actor, KEEP_ACCOUNT)
    with transaction.atomic():
        rows = _locked(actor)
        row = _own(rows, saved) if saved else next((r for r in rows if (r.address, r.label) == (address, label)), None)
        if row is None:
            if len(rows) >= MOST:
                raise TooManyAddresses
            row = SavedAddress(customer_id=actor.customer_id, created_at=at)
        row.address, row.label = address, label
        row.is_default = is_default or row.is_default or not any(r.is_default for r in rows)
        row.save()
        if row.is_default:
            SavedAddress.objects.filter(customer_id=actor.customer_id).exclude(pk=row.pk).update(is_default=False)
        audit.record(actor, "customer.save_address", f"customer:{actor.customer_id}", at=at, address=row.pk)
    return row


def choose_default_address(*, actor: CustomerActor, saved: SavedAddress, at: datetime) -> None:
    """Make an address the usual one. Raises `NotVisible`, `PermissionDenied`."""
    require(actor, KEEP_ACCOUNT)
    with transaction.atomic():
        row = _own(_locked(actor), saved)
        SavedAddress.objects.filter(customer_id=actor.customer_id).exclude(pk=row.pk).update(is_default=False)
        SavedAddress.objects.filter(pk=row.pk).update(is_default=True)
        audit.record(actor, "customer.choose_address", f"customer:{actor.customer_id}", at=at, address=row.pk)


def remove_address(*, actor: CustomerActor, saved: SavedAddress, at: datetime) -> None:
    """Forget an address; orders sent to it keep it. The eldest of the others becomes the usual one where this was it.

    Raises `NotVisible`, `PermissionDenied`.
    """
    require(actor, KEEP_ACCOUNT)
    with transaction.atomic():
        rows = _locked(actor)
        row = _own(rows, saved)
        rest = [other for other in rows if other.pk != row.pk]
        audit.record(actor, "customer.remove_address", f"customer:{actor.customer_id}", at=at, address=row.pk)
        row.delete()
        if row.is_default and rest:
            SavedAddress.objects.filter(pk=rest[0].pk).update(is_default=True)


def forget_addresses(*, customer_id: int) -> None:
    """Remove the saved addresses of a customer who is forgotten. Repeatable."""
    SavedAddress.objects.filter(customer_id=customer_id).delete()


def _locked(actor: CustomerActor) -> list[SavedAddress]:
    # The customer's row is the lock: of two requests at once one counts after the other.
    Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.customer_id)
    return list(SavedAddress.objects.filter(customer_id=actor.customer_id).order_by("id"))


def _own(rows: list[SavedAddress], saved: SavedAddress) -> SavedAddress:
    found = next((row for row in rows if row.pk == saved.pk), None)
    if found is None:  # somebody else's, or removed meanwhile
        raise NotVisible
    return found
