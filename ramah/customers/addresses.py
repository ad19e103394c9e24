"""Addresses of customers as they are written down once: e-mail in lower case, phone numbers in E.164. No database."""

import phonenumbers
from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

EMAIL, PHONE, WHATSAPP = "email", "phone", "whatsapp"
NUMBERS = (PHONE, WHATSAPP)
_LONGEST = 254


class NotAnAddress(Exception):
    """The text is no address of that kind; `region` is the country in which a number was tried (ISO 3166, may be empty)."""

    def __init__(self, kind: str, region: str = "") -> None:
        super().__init__(kind)
        self.kind, self.region = kind, region


def normalized(kind: str, text: str, *, region: str = "") -> str:
    """The address as it is stored. A number without country code is read as one of `region`. Raises `NotAnAddress`."""
    if kind == EMAIL:
        return _email(text)
    if kind in NUMBERS:
        return _number(kind, text, region)
    raise NotAnAddress(kind)


def _email(text: str) -> str:
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise NotAnAddress(EMAIL) from None
    if len(address) > _LONGEST:
        raise NotAnAddress(EMAIL)
    return address


def _number(kind: str, text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        raise NotAnAddress(kind, region) from None
    if not phonenumbers.is_valid_number(number):
        raise NotAnAddress(kind, region)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(*time_zones: str) -> str:
    """The country of the first time zone that has one (`Asia/Jakarta`: ID); empty when none has."""
    territories = get_global("zone_territories")
    return next((str(territories[zone]) for zone in time_zones if zone in territories), "")


def local_part(email: str) -> str:
    """What stands before the @, without a `+tag`."""
    return email.rpartition("@")[0].partition("+")[0]
