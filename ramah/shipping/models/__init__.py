"""Parcels, carriers, what is expected, and what is claimed."""

from ramah.shipping.models.carriers import Carrier, CarrierAccount, CarrierPost, CarrierService, UnmatchedEvent
from ramah.shipping.models.claims import Claim
from ramah.shipping.models.outlook import Flight, ForecastModel, ForecastPoint, ForecastRun, Lane
from ramah.shipping.models.shipments import CarrierTask, Shipment, ShipmentLine, TrackingEvent

__all__ = [
    "Carrier",
    "CarrierAccount",
    "CarrierPost",
    "CarrierService",
    "CarrierTask",
    "Claim",
    "Flight",
    "ForecastModel",
    "ForecastPoint",
    "ForecastRun",
    "Lane",
    "Shipment",
    "ShipmentLine",
    "TrackingEvent",
    "UnmatchedEvent",
]
