"""Parcels from a CSV file: rows into records. `ramah import shipments` knows it by the registration at the end."""

import re
from datetime import date, datetime

from django.utils.translation import gettext as _

from ramah.commerce.commands import Column, Group, Reading, Refused, Row, register_import, values
from ramah.shipping import position
from ramah.shipping.commands.importing import ImportedParcel, save_imported_parcels

COLUMNS = (
    Column("order_number", "Number of the order", ("Order", "Order number", "Order no", "Name"), required=True),
    Column("tracking_number", "Tracking number", ("Tracking", "AWB", "Resi", "TTN", "Tracking numbers")),
    Column("carrier", "Who carries it: key or name of a carrier, or any name", ("Shipping company", "Courier")),
    Column("service", "Key of the carrier's service", ("Shipping method", "Shipping service")),
    Column("handed_over_at", "When the carrier took it; empty: it has only its label", ("Shipped at", "Fulfilled at")),
    Column("delivered_at", "When it arrived, came back or was given up", ("Delivered on",)),
    Column("status", "State: see the table of states; else by the times", ("State", "Shipment status")),
    Column("promised_at", "The day until which it was promised, where the order has none", ("Promised until", "ETA")),
    Column("external_id", "Id of the parcel where it comes from; by it the parcel is known", ("Shipment ID", "Id")),
    Column("skus", "What is in it: SHIRT-M:2, MUG; empty: all that is left of the order", ("SKU", "Items")),
)
# Words of other systems, compared without case, spaces and signs, beside our own.
_WORDS = {
    "labelcreated": position.PRE_TRANSIT, "announced": position.PRE_TRANSIT, "pending": position.PRE_TRANSIT,
    "shipped": position.IN_TRANSIT, "fulfilled": position.IN_TRANSIT, "ontheway": position.IN_TRANSIT,
    "transit": position.IN_TRANSIT,
    "failedattempt": position.DELIVERY_ATTEMPTED, "attempted": position.DELIVERY_ATTEMPTED,
    "readyforpickup": position.AVAILABLE_FOR_PICKUP, "pickup": position.AVAILABLE_FOR_PICKUP, "completed": position.DELIVERED,
    "failure": position.EXCEPTION, "failed": position.EXCEPTION, "returntosender": position.RETURNED, "missing": position.LOST,
}  # fmt: skip
STATES = {state.replace("_", ""): state for state in position.STATES} | _WORDS
_PIECES = re.compile(r"(?P<sku>.+?)\s*[:=×]\s*(?P<pieces>\d{1,6})")


def parcel_key(row: Row) -> str:
    """What makes two rows the same parcel: its id, else its order and number."""
    cells = row.cells
    if "external_id" in cells:
        return f"id {cells['external_id']}"
    return f"{cells['order_number']} {cells.get('tracking_number', '')}" if "order_number" in cells else ""


def parcel_of(group: Group, reading: Reading) -> ImportedParcel:
    """The parcel of a row, or of several that name one SKU each. Raises `Refused`."""
    told = {name: cell for row in reversed(group) for name, cell in row.cells.items()}
    if not told.get("order_number"):
        raise Refused(_("it is empty"), column="order_number")
    if any(row.cells.get("order_number", told["order_number"]) != told["order_number"] for row in group):
        raise Refused(_("rows of one parcel name several orders"), column="order_number")
    handed_over_at, delivered_at = (_moment(told, name, reading) for name in ("handed_over_at", "delivered_at"))
    if handed_over_at and delivered_at and delivered_at < handed_over_at:
        raise Refused(_("it is before the hand-over"), column="delivered_at")
    state = _state(told.get("status", ""), handed_over_at, delivered_at)
    if state == position.DELIVERED and delivered_at is None:
        raise Refused(_("it is empty, though the parcel is delivered"), column="delivered_at")
    return ImportedParcel(
        order_number=values.text(told["order_number"], limit=40, column="order_number"),
        tracking_number=values.text(told.get("tracking_number", ""), limit=60, column="tracking_number"),
        carrier=values.text(told.get("carrier", ""), limit=80, column="carrier"),
        service=values.text(told.get("service", ""), limit=40, column="service"),
        external_id=values.text(told.get("external_id", ""), limit=80, column="external_id"),
        handed_over_at=handed_over_at,
        ended_at=delivered_at,
        state=state,
        promised_on=_day(told, reading),
        pieces=_pieces(group),
        line=group[0].line,
    )


def _moment(told: dict[str, str], column: str, reading: Reading) -> datetime | None:
    return values.moment(told[column], column=column, reading=reading) if told.get(column) else None


def _day(told: dict[str, str], reading: Reading) -> date | None:
    return values.day(told["promised_at"], column="promised_at", reading=reading) if told.get("promised_at") else None


def _state(word: str, handed_over_at: datetime | None, delivered_at: datetime | None) -> str:
    if word:
        state = STATES.get("".join(sign for sign in word.casefold() if sign.isalnum()))
        if state is None:
            reason = _("%(cell)r is no state; write in_transit, delivered, returned or lost")
            raise Refused(reason % {"cell": word[:30]}, column="status")
        return state
    if delivered_at:
        return position.DELIVERED
    return position.IN_TRANSIT if handed_over_at else position.PRE_TRANSIT


def _pieces(group: Group) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in group:
        for part in re.split(r"[,;|]", row.cells.get("skus", "")):
            match = _PIECES.fullmatch(part.strip())
            sku = values.text(match["sku"] if match else part, limit=80, column="skus")
            if sku:
                count = values.pieces(match["pieces"], column="skus") if match else 1
                found[sku] = found.get(sku, 0) + count
    return found


register_import(
    "shipments",
    says="One row per parcel; known by external_id, else by order and tracking number.",
    columns=COLUMNS,
    key=parcel_key,
    read=parcel_of,
    store=save_imported_parcels,
)
