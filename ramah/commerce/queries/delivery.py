"""What delivery costs and when it arrives, and what an address needs. From the kept terms, without a query of the database."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language

from ramah.commerce.address_fields import AddressField, address_form, read_address
from ramah.commerce.delivery_quotes import BRANCH, HOME, LOCKER, PICKUP, Parcel, Quote, Way, quotes
from ramah.commerce.models import DeliveryOption
from ramah.commerce.queries.terms import delivery_options
from ramah.commerce.regions import regions_of
from ramah.promises.models import Calendar
from ramah.promises.queries import ALWAYS_OPEN, BusinessTimeError, Schedule, schedule_of

__all__ = [
    "BRANCH",
    "HOME",
    "LOCKER",
    "PICKUP",
    "AddressField",
    "Quote",
    "address_form",
    "kind_of",
    "quotes_for",
    "read_address",
    "regions_of",
]


def quotes_for(
    *,
    country: str,
    region: str = "",
    postal_code: str = "",
    currency: str,
    items_amount: Decimal,
    grams: int,
    at: datetime,
    language: str = "",
) -> list[Quote]:
    """The ways of delivery to a place, in the merchant's order, with cost and promised days, for goods ordered at `at`.

    `items_amount` is what the goods cost before any voucher; names are in `language` (default: the active one).
    """
    parcel = Parcel(country, region, postal_code, currency, items_amount, grams)
    language = language or get_language() or "en"
    found = []
    for option in delivery_options():
        try:
            found += quotes([_way(option, language)], parcel, at)
        except BusinessTimeError:  # a calendar that is never open, or broken: nothing can be promised on it
            continue
    return found


def kind_of(public_id: str) -> str:
    """The kind of the delivery option with this public id; to the door where there is no such option."""
    return next((option.kind for option in delivery_options() if option.public_id == public_id), HOME)


def _way(option: DeliveryOption, language: str) -> Way:
    return Way(
        key=option.pk,
        public_id=option.public_id,
        name=option.name_in(language),
        note=option.note_in(language),
        kind=option.kind,
        carrier=option.carrier,
        schedule=_schedule(option.calendar),
        cut_off=option.cut_off,
        handling_days=option.handling_days,
        rates=list(option.rates.all()),
        calendar=option.calendar,
    )


def _schedule(calendar: Calendar | None) -> Schedule:
    if calendar is not None:
        return schedule_of(calendar)
    return Schedule(tz=ZoneInfo(settings.SHOP_TIME_ZONE), week=ALWAYS_OPEN.week)
