"""Reads of parcels, carriers and what is expected of deliveries."""

from ramah.shipping.queries.parcels import shipment_for, shipments_of, shipments_told

__all__ = ["shipment_for", "shipments_of", "shipments_told"]
