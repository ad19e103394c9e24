"""Addresses that customers keep for the next order. Each sees their own."""

from typing import Any

from ramah.commerce.addresses import address_lines
from ramah.commerce.models import SavedAddress
from ramah.customers.permissions import KEEP_ACCOUNT
from ramah.customers.queries import customer_acting
from ramah.kernel.actors import Actor, NotVisible


def saved_addresses(actor: Actor) -> list[SavedAddress]:
    """The addresses of the customer who acts, the usual one first, then in the order they were saved. Never many."""
    own = customer_acting(actor)
    if own is None or not own.may(KEEP_ACCOUNT):
        return []
    return list(SavedAddress.objects.filter(customer_id=own.customer_id).order_by("-is_default", "id"))


def saved_address_for(actor: Actor, *, public_id: str) -> SavedAddress:
    """The saved address, for the customer whose it is. Raises `NotVisible`."""
    own = customer_acting(actor)
    if own is None or not own.may(KEEP_ACCOUNT):
        raise NotVisible
    found = SavedAddress.objects.filter(customer_id=own.customer_id, public_id=public_id).first()
    if found is None:
        raise NotVisible
    return found


def lines_of(saved: SavedAddress) -> list[str]:
    """The address line by line, as on a parcel."""
    return address_lines(saved.address)


def place_of(saved: SavedAddress) -> str:
    """What its owner calls it, or where it is: enough to recognize it by."""
    address = saved.address
    return saved.label or ", ".join(filter(None, (address.get("line1"), address.get("city"))))


def addresses_exported(customer_id: int) -> list[dict[str, Any]]:
    """All that a customer has saved, as JSON: for the customer's own copy of their data."""
    rows = SavedAddress.objects.filter(customer_id=customer_id).order_by("id")
    return [{"label": row.label, "address": row.address, "is_default": row.is_default} for row in rows]
