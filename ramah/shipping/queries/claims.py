"""Reads of claims on carriers."""

from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.paging import Page, keyset_page
from ramah.shipping.models import Claim, Shipment
from ramah.shipping.permissions import MANAGE_CLAIMS

_WITH = ("shipment__order__customer", "shipment__carried_by")


def claims_page(actor: Actor, *, state: str = "", cursor: str = "", size: int = 25) -> Page[Claim]:
    """Claims, newest first, with parcel, order and customer: one query. Raises `NotVisible` and `BadCursor`."""
    if not actor.may(MANAGE_CLAIMS):
        raise NotVisible
    rows = Claim.objects.select_related(*_WITH)
    if state in Claim.State.values:
        rows = rows.filter(state=state)
    return keyset_page(rows, order=["-id"], cursor=cursor, size=size)


def claim_for(actor: Actor, *, public_id: str) -> Claim:
    """The claim with parcel, order and customer. Raises `NotVisible`."""
    found = (
        Claim.objects.select_related(*_WITH).filter(public_id=public_id)
        if public_id.isalnum()
        else Claim.objects.none()
    )
    claim = found.first() if actor.may(MANAGE_CLAIMS) else None
    if claim is None:
        raise NotVisible
    return claim


def claims_of(shipment: Shipment) -> list[Claim]:
    """The claims on a parcel, newest first. Whoever shows them has passed the door to the parcel."""
    return list(Claim.objects.filter(shipment=shipment).order_by("-id"))
