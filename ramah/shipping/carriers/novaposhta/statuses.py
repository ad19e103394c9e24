"""What Nova Poshta answers of a parcel: one entry, its present status. Times are of Kyiv, without an offset, in four forms."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ramah.kernel.providers.json import Object, text_in
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.facts import Told

KYIV = ZoneInfo("Europe/Kyiv")
NOT_FOUND = "3"
_FORMS = ("%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%H:%M %d.%m.%Y")

# `StatusCode` of getStatusDocuments; there is none for a loss.
STATUSES: Mapping[str, tuple[str, str]] = {
    "1": (position.PRE_TRANSIT, ""),
    "2": (position.EXCEPTION, facts.CANCELED),
    "4": (position.IN_TRANSIT, ""),
    "5": (position.IN_TRANSIT, ""),
    "6": (position.IN_TRANSIT, ""),
    "7": (position.AVAILABLE_FOR_PICKUP, ""),
    "8": (position.AVAILABLE_FOR_PICKUP, ""),
    "9": (position.DELIVERED, ""),
    "10": (position.DELIVERED, ""),
    "11": (position.DELIVERED, ""),
    "12": (position.PRE_TRANSIT, ""),
    "41": (position.IN_TRANSIT, ""),
    "101": (position.OUT_FOR_DELIVERY, ""),
    "102": (position.RETURNED, facts.REFUSED),  # it begins
    "103": (position.RETURNED, facts.REFUSED),
    "104": (position.IN_TRANSIT, facts.ADDRESS),
    "105": (position.EXCEPTION, facts.UNCLAIMED),
    "106": (position.DELIVERED, ""),
    "111": (position.DELIVERY_ATTEMPTED, facts.AWAY),
    "112": (position.IN_TRANSIT, facts.RESCHEDULED),
}
_AT_HOME = frozenset({"1", "4", "12", "41"})  # still where it started
_ARRIVED = frozenset({"9", "10", "11", "106"})


def parse(body: bytes) -> list[Told]:
    """What an entry of the answer tells; nothing where the number is not known there. Raises `Unreadable`."""
    entry = facts.read_object(body)
    number = facts.checked_number(text_in(entry, "Number"))
    code = text_in(entry, "StatusCode", most=10)
    if code in ("", NOT_FOUND):
        return []
    return [
        facts.told(
            number=number,
            meaning=STATUSES.get(code, (position.IN_TRANSIT, facts.UNMAPPED)),
            code=code,
            told_at=_told_at(entry, code),
            place=text_in(entry, "CitySender" if code in _AT_HOME else "CityRecipient"),
            country="UA",
            message=text_in(entry, "Status"),
            raw={name: entry.get(name) for name in _KEPT},
        )
    ]


# Without names, phones and what the parcel costs.
_KEPT = (
    "Number", "StatusCode", "Status", "TrackingUpdateDate", "DateCreated", "DateScan", "ActualDeliveryDate",
    "ScheduledDeliveryDate", "CitySender", "CityRecipient", "WarehouseRecipientNumber", "UndeliveryReasons",
    "UndeliveryReasonsSubtypeDescription", "LastCreatedOnTheBasisNumber", "LastCreatedOnTheBasisDocumentType",
)  # fmt: skip


def _told_at(entry: Object, code: str) -> str:
    """The moment of the status with the offset of Kyiv; what cannot be read stays as it came."""
    first = "DateCreated" if code == "1" else "ActualDeliveryDate" if code in _ARRIVED else "TrackingUpdateDate"
    told = [text_in(entry, name, most=40) for name in (first, "TrackingUpdateDate", "RecipientDateTime", "DateScan")]
    for text in told:
        for form in _FORMS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=KYIV).isoformat()
            except ValueError:
                continue
    return next(filter(None, told), "")
