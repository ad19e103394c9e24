"""What an address needs, by country and way of delivery: which fields are asked, and whether what was written will do. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

import phonenumbers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ramah.commerce.addresses import Address, make_address
from ramah.commerce.delivery_quotes import BRANCH, HOME, LOCKER, PICKUP
from ramah.commerce.regions import regions_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text = Union[str, "_StrPromise"]
_FIVE_DIGITS = re.compile(r"\d{5}", re.ASCII)
_POSTAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{1,11}", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_NUMBER_SIGNS = re.compile(r"^\D*?(\d+)$", re.ASCII)
# The number stands on the parcel, so what it is of is said in the carrier's language.
_ON_THE_LABEL = {("UA", BRANCH): "Відділення №", ("UA", LOCKER): "Поштомат №"}
# Where to, before it is known how: what a quote is made from.
PLACE_FIELDS = ("region", "city", "postal_code")


@dataclass(frozen=True, slots=True)
class AddressField:
    """One field of the form. `choices` are all there is to choose from; `autocomplete` is HTML's name for it."""

    name: str
    label: Text
    autocomplete: str = "off"
    required: bool = True
    help_text: Text = ""
    choices: tuple[str, ...] = ()
    inputmode: str = ""
    max_length: int = 120


NAME = AddressField("name", gettext_lazy("Full name"), "name")
PHONE = AddressField("phone", gettext_lazy("Phone number"), "tel", inputmode="tel", max_length=40)
_CITY = AddressField("city", gettext_lazy("City"), "address-level2")
_POSTAL_DIGITS = AddressField(
    "postal_code", gettext_lazy("Postal code"), "postal-code", inputmode="numeric", max_length=12
)
_STREET = AddressField("line1", gettext_lazy("Street and house number"), "address-line1")


def address_form(country: str, kind: str = HOME) -> tuple[AddressField, ...]:
    """The fields of an address in `country` for a way of delivery of this kind, in the order of asking; name and phone first."""
    place = _PLACES.get(country, _place_elsewhere)(kind)
    return (NAME, PHONE, *place, *_door(country, kind))


def read_address(parts: Mapping[str, str], *, country: str, kind: str = HOME) -> tuple[Address, dict[str, str]]:
    """The address as it is kept, and what is wrong with it by field, in plain words; without errors it is complete.

    What the form does not ask is left out, whatever `parts` holds.
    """
    kept: dict[str, str] = {"country": country}
    errors: dict[str, str] = {}
    for field in address_form(country, kind):
        value = _tidy(parts.get(field.name, ""))
        if error := _missing(field, value) or _too_long(field, value):
            errors[field.name] = error
        elif value:
            kept[field.name], error = _checked(field, value, country, kind)
            if error:
                errors[field.name] = error
    return make_address(kept), errors


def _place_in_indonesia(kind: str) -> tuple[AddressField, ...]:
    province = AddressField("region", gettext_lazy("Province"), "address-level1", choices=regions_of("ID"))
    city = AddressField("city", gettext_lazy("City or regency"), "address-level2")
    if kind == PICKUP:
        return (_optional(province), _optional(_POSTAL_DIGITS))
    return (province, city, _POSTAL_DIGITS)


def _place_in_ukraine(kind: str) -> tuple[AddressField, ...]:
    oblast = AddressField("region", gettext_lazy("Region"), "address-level1", choices=regions_of("UA"))
    city = AddressField("city", gettext_lazy("City or village"), "address-level2")
    if kind == PICKUP:
        return (_optional(oblast),)
    return (oblast, city, _POSTAL_DIGITS) if kind == HOME else (oblast, city)


def _place_elsewhere(kind: str) -> tuple[AddressField, ...]:
    region = AddressField("region", gettext_lazy("State or region"), "address-level1", required=False)
    postal = AddressField("postal_code", gettext_lazy("Postal code"), "postal-code", required=False, max_length=12)
    return (region, postal) if kind == PICKUP else (_CITY, region, postal)


_PLACES = {"ID": _place_in_indonesia, "UA": _place_in_ukraine}


def _door(country: str, kind: str) -> tuple[AddressField, ...]:
    if kind == PICKUP:
        return ()
    if kind == BRANCH:
        label = gettext_lazy("Number of the branch")
        return (AddressField("branch", label, inputmode="numeric", help_text=_BRANCH_HELP, max_length=40),)
    if kind == LOCKER:
        label = gettext_lazy("Number of the parcel locker")
        return (AddressField("branch", label, inputmode="numeric", help_text=_LOCKER_HELP, max_length=40),)
    if country == "ID":
        district = pgettext_lazy("kecamatan", "District")
        return (_STREET, AddressField("district", district, "address-level3", required=False))
    if country == "UA":
        return (AddressField("line1", gettext_lazy("Street, house and flat"), "address-line1"),)
    more = AddressField("line2", gettext_lazy("Flat, floor, building"), "address-line2", required=False)
    return (_STREET, more)


_BRANCH_HELP = gettext_lazy("As the carrier counts them: 12.")
_LOCKER_HELP = gettext_lazy("It stands on the locker and in the carrier's app: 5172.")


def _optional(field: AddressField) -> AddressField:
    return AddressField(
        field.name,
        field.label,
        field.autocomplete,
        required=False,
        choices=field.choices,
        inputmode=field.inputmode,
        max_length=field.max_length,
    )


def _tidy(text: str) -> str:
    """One line without control characters, spaces made single."""
    visible = "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} else sign for sign in text[:1000])
    return " ".join(visible.split())


def _missing(field: AddressField, value: str) -> str:
    if value or not field.required:
        return ""
    return str(_EMPTY[field.name])


_EMPTY = {
    "name": gettext_lazy("Write the name of whoever receives the parcel."),
    "phone": gettext_lazy("Write a phone number at which the courier reaches you."),
    "region": gettext_lazy("Choose where it goes."),
    "city": gettext_lazy("Write the city."),
    "postal_code": gettext_lazy("Write the postal code."),
    "line1": gettext_lazy("Write the street and the number of the house."),
    "branch": gettext_lazy("Write the number of the branch or parcel locker."),
}


def _too_long(field: AddressField, value: str) -> str:
    if len(value) <= field.max_length:
        return ""
    return _("At most %(count)d characters fit on the label.") % {"count": field.max_length}


def _checked(field: AddressField, value: str, country: str, kind: str) -> tuple[str, str]:
    """The value as it is kept, and what is wrong with it."""
    if field.name == "phone":
        return _phone(value, country)
    if field.name == "postal_code":
        return _postal_code(value, country)
    if field.name == "branch":
        return _branch(value, _ON_THE_LABEL.get((country, kind), "№"))
    if field.choices:
        return _choice(value, field.choices)
    return value, ""


def _phone(value: str, country: str) -> tuple[str, str]:
    try:
        number = phonenumbers.parse(value, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
        if example is None:
            return value, _("This is not a phone number. Write it with the country code, as in +62 812 3456 7890.")
        shown = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        return value, _("This is not a phone number. Write it as in %(example)s.") % {"example": shown}
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), ""


def _postal_code(value: str, country: str) -> tuple[str, str]:
    if country in _PLACES:
        digits = value.replace(" ", "")
        return digits, "" if _FIVE_DIGITS.fullmatch(digits) else _("A postal code has five digits.")
    return value.upper(), "" if _POSTAL.fullmatch(value) else _("This is not a postal code.")


def _branch(value: str, words: str) -> tuple[str, str]:
    digits = _NUMBER_SIGNS.sub(r"\1", value)
    if _NUMBER.fullmatch(digits):
        return f"{words} {digits}", ""
    return value, _("Write the number alone, as in 12.")


def _choice(value: str, choices: tuple[str, ...]) -> tuple[str, str]:
    known = {choice.casefold(): choice for choice in choices}
    if value.casefold() in known:
        return known[value.casefold()], ""
    return value, _("Choose one from the list.")
