"""Claims on carriers: opened with what a parcel was worth and what was told of it, then sent, answered and paid."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.money import round_money
from ramah.shipping.models import Claim, Shipment, ShipmentLine, TrackingEvent
from ramah.shipping.permissions import MANAGE_CLAIMS

State, Kind = Claim.State, Claim.Kind
# From where a claim goes on to where.
STEPS: Final[Mapping[str, frozenset[str]]] = {
    State.DRAFT: frozenset({State.SENT}),
    State.SENT: frozenset({State.ACCEPTED, State.REFUSED, State.PAID}),
    State.ACCEPTED: frozenset({State.REFUSED, State.PAID}),
    State.REFUSED: frozenset(),
    State.PAID: frozenset(),
}
_WITHIN_DAYS: Final = 60  # where nothing is known of the carrier
MOST_EVENTS: Final = 50
MOST_PHOTOS: Final = 20


class NothingToClaim(Exception):
    """The carrier never had the parcel, or it is not lost: it was delivered."""


class ClaimExists(Exception):
    """Of this parcel the same is claimed already."""


class ClaimStateNotAllowed(Exception):
    """The claim cannot go from where it is to there."""


class BadAmount(ValueError):
    """An amount of a claim is more than nothing."""


@transaction.atomic
def open_claim(
    *,
    actor: Actor,
    shipment: Shipment,
    kind: str,
    at: datetime,
    amount: Decimal | None = None,
    photos: Sequence[str] = (),
    note: str = "",
) -> Claim:
    """Claim a parcel as `lost`, `damaged` or `late`, with its tracking events as evidence.

    `amount` in the order's currency; left out, it is what was paid for the pieces in it, or for its delivery where it is late.
    `photos` are public ids of attachments. Raises `PermissionDenied`, `NothingToClaim`, `ClaimExists` and `BadAmount`.
    """
    require(actor, MANAGE_CLAIMS)
    shipment = Shipment.objects.select_related("order", "carried_by").get(pk=shipment.pk)
    if shipment.handed_over_at is None or (kind == Kind.LOST and shipment.delivered_at is not None):
        raise NothingToClaim
    amount = _worth(shipment, Kind(kind)) if amount is None else amount
    if not (amount.is_finite() and amount >= 0):
        raise BadAmount
    claim = Claim(
        shipment=shipment,
        kind=Kind(kind),
        amount=amount,
        currency=shipment.order.currency,
        due_on=_due_on(shipment),
        note=note,
        evidence=[
            *_events(shipment),
            *({"kind": "photo", "key": key[:26], "says": ""} for key in photos[:MOST_PHOTOS]),
        ],
        created_at=at,
    )
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError as error:
        raise ClaimExists from error
    _note(actor, "claim.open", claim, at, kind=claim.kind, amount=str(claim.amount))
    return claim


@transaction.atomic
def change_claim(
    *, actor: Actor, claim: Claim, state: str, at: datetime, reference: str = "", paid_amount: Decimal | None = None
) -> Claim:
    """The claim was `sent`, `accepted`, `refused` or `paid`. The same once more is harmless.

    `reference`: the carrier's number of it. `paid_amount`: left out, all that was claimed was paid. Raises `PermissionDenied`,
    `ClaimStateNotAllowed` and `BadAmount`.
    """
    require(actor, MANAGE_CLAIMS)
    claim = Claim.objects.select_for_update(of=("self",)).select_related("shipment").get(pk=claim.pk)
    if claim.state == state:
        return claim
    if state not in STEPS[claim.state]:
        raise ClaimStateNotAllowed(f"{claim.state} > {state}")
    before, claim.state = claim.state, state
    claim.reference = reference.strip()[:80] or claim.reference
    if state == State.SENT:
        claim.sent_at = at
    if state in (State.REFUSED, State.PAID):
        claim.ended_at = at
    if state == State.PAID:
        claim.paid_amount = claim.amount if paid_amount is None else paid_amount
        if not (claim.paid_amount.is_finite() and claim.paid_amount >= 0):
            raise BadAmount
    claim.save()
    _note(actor, "claim.change_state", claim, at, from_state=before, to_state=state)
    return claim


@transaction.atomic
def drop_claim(*, actor: Actor, claim: Claim, at: datetime) -> None:
    """Take back a claim that was opened by mistake and not sent yet. Raises `PermissionDenied`, `ClaimStateNotAllowed`."""
    require(actor, MANAGE_CLAIMS)
    claim = Claim.objects.select_for_update(of=("self",)).select_related("shipment").get(pk=claim.pk)
    if claim.state != State.DRAFT:
        raise ClaimStateNotAllowed(claim.state)
    _note(actor, "claim.drop", claim, at, kind=claim.kind)
    claim.delete()


def _worth(shipment: Shipment, kind: str) -> Decimal:
    order = shipment.order
    if kind == Kind.LATE:
        cost = shipment.cost_amount if shipment.cost_currency == order.currency else None
        return order.shipping_amount if cost is None else cost
    lines = ShipmentLine.objects.filter(shipment=shipment).select_related("order_line")
    total = Decimal(0)
    for line in lines:
        line.order_line.order = order
        total += line.order_line.paid_amount * line.quantity / line.order_line.quantity
    return round_money(order.money(total)).amount


def _due_on(shipment: Shipment) -> date | None:
    """The last day on which the carrier takes it, on the shop's calendar."""
    if shipment.handed_over_at is None:
        return None
    days = shipment.carried_by.claim_within_days if shipment.carried_by else _WITHIN_DAYS
    return shipment.handed_over_at.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE)).date() + timedelta(days=days)


def _events(shipment: Shipment) -> list[dict[str, object]]:
    rows = TrackingEvent.objects.filter(shipment=shipment).exclude(adjusted="foreign").order_by("-occurred_at", "-id")
    return [
        {
            "kind": "event",
            "key": row.pk,
            "says": f"{row.occurred_at:%Y-%m-%d %H:%M} UTC {row.state} {row.place}".strip(),
        }
        for row in reversed(list(rows[:MOST_EVENTS]))
    ]


def _note(actor: Actor, action: str, claim: Claim, at: datetime, **detail: str) -> None:
    audit.record(actor, action, f"order:{claim.shipment.order_id}", at=at, shipment=claim.shipment_id, **detail)
