"""Where things are to be sent."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ramah.commerce.queries.countries import country_name
from ramah.commerce.queries.delivery import regions_of
from ramah.storefront.visiting import Place


class PlaceForm(forms.Form):
    """Country, region, city and postal code; only the country must be told."""

    country = forms.ChoiceField(label=_("Country"))
    region = forms.ChoiceField(label=_("Province or region"), required=False)
    city = forms.CharField(
        label=_("City"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    postal_code = forms.RegexField(
        r"^[0-9A-Za-z -]*$",
        label=_("Postal code"),
        max_length=12,
        required=False,
        help_text=_("Cost and day of delivery go by it."),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
        error_messages={"invalid": _("A postal code is made of digits; some countries add letters.")},
    )

    def __init__(self, *args: Any, countries: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.fields["country"].choices = [(code, country_name(code, language)) for code in countries]  # type: ignore[attr-defined]
        regions = regions_of(self.told_country)
        if regions:
            choices = [("", _("Not told")), *((name, name) for name in regions)]
            self.fields["region"].choices = choices  # type: ignore[attr-defined]
        else:
            self.fields["region"] = forms.CharField(label=_("Province or region"), max_length=80, required=False)

    @classmethod
    def of(cls, place: Place, countries: Mapping[str, str], *, country: str = "") -> "PlaceForm":
        """The form filled with a place; with another `country`, only with that."""
        if country in countries and country != place.country:
            return cls(initial={"country": country}, countries=countries)
        told = {"country": place.country, "region": place.region, "city": place.city, "postal_code": place.postal_code}
        return cls(initial=told, countries=countries)

    @property
    def told_country(self) -> str:
        """The country that is told, or shown."""
        told: str = self.data.get("country", "") if self.is_bound else self.initial.get("country", "")
        return told

    @property
    def place(self) -> Place:
        """What was told. Only of a valid form."""
        told = self.cleaned_data
        return Place(told["country"], told["region"].strip(), told["city"].strip(), told["postal_code"].strip().upper())
