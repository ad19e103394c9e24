"""What a customer writes at checkout: read from a form or a draft, checked, shown again with what is wrong beside each field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms.renderers import BaseRenderer
from django.forms.utils import ErrorDict, ErrorList, flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ramah.commerce.queries.checkout import Choice, Offer
from ramah.commerce.queries.countries import country_name
from ramah.commerce.queries.delivery import AddressField, address_form, kind_of, read_address

# Everything that is kept of what was written. Amounts are never among it: they are worked out anew.
KEPT = (
    "email", "name", "phone", "country", "region", "city", "postal_code", "line1", "line2", "district", "branch",
    "delivery", "payment", "note", "news", "filled_from",
)  # fmt: skip
PLACE = ("region", "city", "postal_code")
_LONGEST = 1000
_SELECTED = SafeString(" selected")
_NO_ORDER = Decimal(10) ** 12


@dataclass(frozen=True)
class Written:
    """The fields as they were written, whatever they hold."""

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Mapping[str, Any], *, countries: Mapping[str, str], country: str) -> "Written":
        """Read a form, a draft or what is known of a customer; `country` where none, or none that we sell to, is told."""
        values = {name: str(told.get(name, ""))[:_LONGEST].replace("\0", "") for name in KEPT}
        if values["country"] not in countries:
            values["country"] = country
        return cls(values)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def with_values(self, **values: str) -> "Written":
        """The same with other values."""
        return Written({**self.values, **values})

    @property
    def choice(self) -> Choice:
        """What the offer goes by."""
        return Choice(
            self["country"],
            self["region"].strip(),
            self["postal_code"].strip(),
            delivery=self["delivery"],
            payment=self["payment"],
        )


@dataclass(frozen=True)
class Checked:
    """The address and e-mail address as they are kept, and what is wrong, by field."""

    address: dict[str, str]
    email: str
    errors: dict[str, str]


def checked(written: Written, *, email: str = "") -> Checked:
    """What was written, read for an order. `email` is the address of whoever is signed in: only others are asked for one."""
    address, errors = read_address(written.values, country=written["country"], kind=kind_of(written["delivery"]))
    email = email or written["email"].strip().lower()
    found = {} if (fault := _email_fault(email)) is None else {"email": fault}
    return Checked(address, email, found | errors)


def choice_faults(written: Written, offer: Offer) -> dict[str, str]:
    """What is wrong with the ways that were chosen, by field."""
    found = {}
    if offer.quote is None:
        found["delivery"] = _("We do not deliver to this place yet. Check province and postal code, or choose another.")
    elif offer.quote.option_public_id != written["delivery"]:
        found["delivery"] = _("Choose how it reaches you.")
    if offer.totals.total_amount and (offer.way is None or offer.way.method != written["payment"]):
        found["payment"] = _("Choose how you pay.")
    return found


def amount_told(text: str) -> Decimal:
    """The total that the page showed; one that no order has where it is no amount."""
    try:
        amount = Decimal(text[:20])
    except InvalidOperation:
        return Decimal(-1)
    return amount if amount.is_finite() and abs(amount) < _NO_ORDER else Decimal(-1)


class _Select(forms.Select):
    """The same HTML as Django's, without a template for each of forty options."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """The element with its options, that of `value` selected."""
        told = self.build_attrs(self.attrs, attrs)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, _SELECTED if key == value else "", words) for key, words in self.choices),
        )
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(told), options)


class CheckoutForm(forms.Form):
    """The fields for showing: what was written, and what `checked` found wrong with it."""

    use_required_attribute = False

    def __init__(
        self, written: Written, errors: Mapping[str, str], *, kind: str, countries: Mapping[str, str], asks_email: bool
    ) -> None:
        super().__init__(dict(written.values))
        self._found = errors
        asked = {one.name: one for one in address_form(written["country"], kind)}
        self.fields["name"] = _field(asked.pop("name"))
        if asks_email:
            self.fields["email"] = _email_field()
        self.fields["phone"] = _field(asked.pop("phone"))
        if len(countries) > 1:
            self.fields["country"] = _country_field(countries)
        for one in asked.values():
            self.fields[one.name] = _field(one)
        self.fields["note"] = _note_field()

    def full_clean(self) -> None:
        """Nothing is checked here: `checked` did, before."""
        self.cleaned_data = {}
        self._errors = ErrorDict({name: ErrorList([text]) for name, text in self._found.items()})

    @property
    def contact(self) -> list[forms.BoundField]:
        """Who orders."""
        return self._present("name", "email", "phone")

    @property
    def country_choice(self) -> list[forms.BoundField]:
        """The country, where there is more than one to choose from."""
        return self._present("country")

    @property
    def place(self) -> list[forms.BoundField]:
        """Where it goes, as far as cost and day go by it."""
        return self._present(*PLACE)

    @property
    def door(self) -> list[forms.BoundField]:
        """What the courier, or the carrier's branch, needs beyond that."""
        return self._present("line1", "line2", "district", "branch")

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What is wrong, with the id of the field, in the order of the page."""
        order = ("name", "email", "phone", *PLACE, "delivery", "line1", "line2", "district", "branch", "payment")
        return [(f"id_{name}", self._found[name]) for name in order if name in self._found]

    def _present(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]


def _field(asked: AddressField) -> forms.Field:
    attrs: dict[str, str] = {"autocomplete": asked.autocomplete}
    if asked.inputmode:
        attrs["inputmode"] = asked.inputmode
    if asked.name == "phone":
        attrs["type"] = "tel"
    if asked.choices:
        choices = [("", _("Choose")), *((choice, choice) for choice in asked.choices)]
        return forms.ChoiceField(
            label=asked.label, required=asked.required, choices=choices, widget=_Select(attrs=attrs)
        )
    return forms.CharField(
        label=asked.label,
        required=asked.required,
        help_text=_("For news of the delivery only") if asked.name == "phone" else asked.help_text,
        widget=forms.TextInput(attrs={**attrs, "maxlength": str(asked.max_length)}),
    )


def _email_field() -> forms.Field:
    attrs = {"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false", "maxlength": "254"}
    return forms.CharField(
        label=_("E-mail"), help_text=_("The confirmation goes there"), widget=forms.EmailInput(attrs=attrs)
    )


def _country_field(countries: Mapping[str, str]) -> forms.Field:
    language = get_language() or "en"
    choices = [(code, country_name(code, language)) for code in countries]
    return forms.ChoiceField(label=_("Country"), choices=choices, widget=_Select(attrs={"autocomplete": "country"}))


def _note_field() -> forms.Field:
    attrs = {"rows": "2", "maxlength": str(_LONGEST), "autocomplete": "off"}
    return forms.CharField(label=_("A note for us"), required=False, widget=forms.Textarea(attrs=attrs))


def _email_fault(email: str) -> str | None:
    if not email:
        return _("Write your e-mail address: the confirmation goes there.")
    try:
        validate_email(email)
    except ValidationError:
        return _("This is not an e-mail address. Write it as in name@example.com.")
    return None if len(email) <= 254 else _("This e-mail address is too long.")
