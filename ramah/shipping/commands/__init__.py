"""Writes on parcels."""

from ramah.shipping.commands.parcels import (
    DeliveredBeforeHandOver,
    ParcelArrived,
    correct_parcel,
    erase_tracking,
    hand_over,
    mark_delivered,
)

__all__ = [
    "DeliveredBeforeHandOver",
    "ParcelArrived",
    "correct_parcel",
    "erase_tracking",
    "hand_over",
    "mark_delivered",
]
