"""Writes on parcels, what is told of them, and the flights that forecasts go by."""

from ramah.shipping.commands.erasing import erase_tracking
from ramah.shipping.commands.flights import note_order, note_orders, rebuild
from ramah.shipping.commands.parcels import (
    DeliveredBeforeHandOver,
    NumberInUse,
    ParcelArrived,
    announce_parcel,
    correct_parcel,
    hand_over,
    hand_over_announced,
    mark_delivered,
    mark_lost,
)
from ramah.shipping.commands.taking_in import PostNotReplayable, process_waiting, replay, set_aside, take_in
from ramah.shipping.commands.unmatched import attend_unmatched

__all__ = [
    "DeliveredBeforeHandOver",
    "NumberInUse",
    "ParcelArrived",
    "PostNotReplayable",
    "announce_parcel",
    "attend_unmatched",
    "correct_parcel",
    "erase_tracking",
    "hand_over",
    "hand_over_announced",
    "mark_delivered",
    "mark_lost",
    "note_order",
    "note_orders",
    "process_waiting",
    "rebuild",
    "replay",
    "set_aside",
    "take_in",
]
