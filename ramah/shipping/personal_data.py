"""What parcels hold of a customer: numbers under which a carrier shows where they went, and the places it told of."""

from typing import Any

from ramah.kernel.personal_data import PersonalData, register_personal_data
from ramah.shipping.commands import erase_tracking
from ramah.shipping.queries import shipments_told
from ramah.shipping.queries.events import events_told


def _export(customer_id: int) -> dict[str, Any]:
    return {"parcels": shipments_told(customer_id), "events": events_told(customer_id)}


register_personal_data(PersonalData("shipping", export=_export, erase=erase_tracking))
