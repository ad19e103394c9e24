"""What a notice is for, as a key: two of the same key are one thing, told once. Pure."""

from datetime import date


def delay(promise_id: int, *, after: date | None = None) -> str:
    """An order will be, or is, later than promised; `after`: the day passed too that an earlier notice of this told."""
    key = f"delay:promise:{promise_id}"
    return f"{key}:after:{after.isoformat()}" if after else key


def stall(shipment_id: int, *, last_moved: int) -> str:
    """A parcel stands still since `last_moved` (seconds since 1970)."""
    return f"stall:shipment:{shipment_id}:{last_moved}"


def lost(shipment_id: int) -> str:
    """A parcel is lost."""
    return f"lost:shipment:{shipment_id}"


def failed(shipment_id: int, *, attempt: int) -> str:
    """The carrier came and could not hand it over, for the `attempt`th time."""
    return f"failed:shipment:{shipment_id}:{attempt}"


def customs(shipment_id: int) -> str:
    """A parcel is held by customs."""
    return f"customs:shipment:{shipment_id}"


def out_for_delivery(shipment_id: int, *, day: date) -> str:
    """A parcel comes on this day."""
    return f"ofd:shipment:{shipment_id}:{day.isoformat()}"


def delivered(shipment_id: int) -> str:
    """A parcel has arrived."""
    return f"delivered:shipment:{shipment_id}"


def alert(alert_id: int) -> str:
    """What somebody waited for is there, or costs less."""
    return f"alert:{alert_id}"


def changed(order_id: int, *, promise_id: int) -> str:
    """The shop has promised another day for an order."""
    return f"changed:order:{order_id}:{promise_id}"


def unpaid(order_id: int) -> str:
    """An order waits for its money."""
    return f"unpaid:order:{order_id}"


def refund(refund_id: int) -> str:
    """Money has gone back."""
    return f"refund:{refund_id}"


def promotion(rule_id: int, *, version: int, customer_id: int) -> str:
    """A promotion, in one of its versions."""
    return f"promo:{rule_id}:{version}:customer:{customer_id}"
