"""Forms of customers: what may be entered, and what is said when it may not."""

from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ramah.customers.commands import PROOF_BY_HAND, NotAnAddress
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.presentation import language_name

_KINDS = (ContactPoint.Kind.EMAIL, ContactPoint.Kind.PHONE, ContactPoint.Kind.WHATSAPP)


class ApartForm(forms.Form):
    """Why two customers are not one person."""

    reason = forms.CharField(max_length=200)


class CustomerForm(forms.Form):
    """Name, language, time zone, note."""

    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, help_text=_("Ramah writes to the customer in this language.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For colleagues; the customer may ask for a copy."),
    )

    def __init__(self, *args: object, customer: Customer, **kwargs: object) -> None:
        kwargs["initial"] = {name: getattr(customer, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they come
        nothing = ("", _("Not known"))
        self.fields["language"].choices = [nothing, *_languages(customer.language)]  # type: ignore[attr-defined]  # a choice field
        zones = sorted(available_timezones() | ({customer.time_zone} - {""}))
        self.fields["time_zone"].choices = [nothing, *((zone, zone) for zone in zones)]  # type: ignore[attr-defined]  # likewise


def _languages(current: str) -> list[tuple[str, str]]:
    """Ours first, then all that have a name; what is set stays a choice even when it has none."""
    ours = [str(code) for code, _name in settings.LANGUAGES]
    names = {str(code): str(name) for code, name in Locale.parse(get_language() or "en", sep="-").languages.items()}
    others = sorted((code for code in names if len(code) == 2), key=lambda code: names[code].lower())
    return [(code, language_name(code)) for code in dict.fromkeys([*ours, *filter(None, [current]), *others])]


class AddressForm(forms.Form):
    """A further address of a customer."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, kind.label) for kind in _KINDS])
    value = forms.CharField(
        label=_("Address or number"), max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def refuse(self, error: NotAnAddress) -> None:
        """Say why the text is no address."""
        if error.kind == ContactPoint.Kind.EMAIL:
            self.add_error("value", _("This is no e-mail address. It looks like name@mail.example."))
        elif error.region:
            said = _("This is no phone number of %(country)s. Write it with + and the country code.")
            self.add_error("value", said % {"country": error.region})
        else:
            self.add_error("value", _("Write the number with + and the country code: +62 812 3456 7890."))


class ProofForm(forms.Form):
    """How well it is known that an address is the customer's."""

    proof = forms.ChoiceField(choices=[(proof.value, proof.label) for proof in PROOF_BY_HAND])
