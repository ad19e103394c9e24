"""What customers fill in about their orders."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models import DeliveryOption, Order
from ramah.commerce.queries.delivery import AddressField, address_form, read_address

Address = Mapping[str, str]


class FindForm(forms.Form):
    """Which order, and who asks."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=40,
        help_text=_("It stands in the confirmation mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The address you ordered with."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """The six digits from the mail."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code"}),
    )

    def refuse(self) -> None:
        """Say that the code opens nothing; the same whatever the reason."""
        self.add_error("code", gettext("This code is not right, or it is too old. Ask for a new one below."))


class CancelForm(forms.Form):
    """Why, for whoever wants to say it."""

    REASONS = (
        ("", _("I would rather not say")),
        ("changed_mind", _("I changed my mind")),
        ("too_late", _("It would arrive too late")),
        ("mistake", _("I ordered it by mistake, or twice")),
        ("cheaper", _("I found it for less elsewhere")),
        ("other", _("Something else")),
    )
    reason = forms.ChoiceField(label=_("Why?"), choices=REASONS, required=False, widget=forms.RadioSelect)

    def words(self) -> str:
        """The reason as it is kept and shown; empty where none was given."""
        told = self.cleaned_data["reason"]
        return str(dict(self.REASONS)[told]) if told else ""


class AddressForm(forms.Form):
    """Another delivery address in the same country, for the same way of delivery."""

    use_required_attribute = False  # what is missing, `read_address` says in better words than the browser

    def __init__(self, order: Order, shown: Address, told: QueryDict | None = None) -> None:
        super().__init__(told, initial=dict(shown))
        option = order.delivery_option
        self._country = order.shipping_address.get("country", "")
        self._kind = option.kind if option else DeliveryOption.Kind.HOME
        for asked in address_form(self._country, self._kind):
            self.fields[asked.name] = _field(asked)

    def clean(self) -> dict[str, Any]:
        """Check the address as a whole; `address` is what is kept of it."""
        written = {name: self.data.get(name, "") for name in self.fields}
        self.address, errors = read_address(written, country=self._country, kind=self._kind)
        self.errors.clear()
        for name, error in errors.items():
            self.add_error(name, error)
        return self.cleaned_data


def _field(asked: AddressField) -> forms.Field:
    attrs = {"autocomplete": asked.autocomplete}
    if asked.inputmode:
        attrs["inputmode"] = asked.inputmode
    if asked.choices:
        names = [("", ""), *((choice, choice) for choice in asked.choices)]
        return forms.ChoiceField(
            label=asked.label, required=asked.required, choices=names, widget=forms.Select(attrs=attrs)
        )
    return forms.CharField(
        label=asked.label,
        required=asked.required,
        help_text=asked.help_text,
        widget=forms.TextInput(attrs={**attrs, "maxlength": str(asked.max_length)}),
    )
