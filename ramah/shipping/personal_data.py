"""What parcels hold of a customer: numbers under which a carrier shows where they went."""

from ramah.kernel.personal_data import PersonalData, register_personal_data
from ramah.shipping.commands import erase_tracking
from ramah.shipping.queries import shipments_told

register_personal_data(PersonalData("shipping", export=shipments_told, erase=erase_tracking))
