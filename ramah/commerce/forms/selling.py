"""What is asked of vouchers, taxes, delivery options and their rates."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from ramah.commerce.commands.delivery_terms import OptionTold, RateTold, option_mark, rate_mark
from ramah.commerce.commands.selling import TaxTold
from ramah.commerce.commands.voucher_terms import VoucherTold, voucher_mark
from ramah.commerce.forms.parts import (
    AnyAmountField,
    ShopMomentField,
    SpokenForm,
    Text,
    amount_in,
    currencies_sold,
    spoken,
)
from ramah.commerce.models import DeliveryOption, DeliveryRate, Voucher
from ramah.commerce.queries.countries import country_name
from ramah.commerce.queries.delivery import regions_of
from ramah.commerce.queries.selling import customer_at, holder_address
from ramah.commerce.queries.terms import shop_profile
from ramah.customers.models import Customer
from ramah.kernel.actors import Actor
from ramah.promises.queries import calendars

MOST_PREFIXES = 400
NOT_YET_SAID = "ID"  # where a shop sells that has not said where, as its visitors see it


class VoucherForm(forms.Form):
    """A voucher. Times are on the shop's clock; amounts in the currency that is chosen."""

    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Letters A to Z, digits and hyphens. Empty: one is made up that nobody can guess."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it gives"), choices=Voucher.Kind.choices)
    percent = forms.DecimalField(
        label=gettext_lazy("Percent"), min_value=Decimal("0.01"), max_value=100, decimal_places=2, required=False
    )
    amount = AnyAmountField(label=gettext_lazy("Amount"), required=False)
    minimum_amount = AnyAmountField(
        label=gettext_lazy("The goods cost at least"), required=False, help_text=gettext_lazy("Empty: no minimum.")
    )
    starts_at = ShopMomentField(label=gettext_lazy("Valid from"), required=False)
    ends_at = ShopMomentField(label=gettext_lazy("Valid until"), required=False)
    use_limit = forms.IntegerField(
        label=gettext_lazy("Uses in all"),
        min_value=1,
        max_value=10_000_000,
        required=False,
        help_text=gettext_lazy("Empty: as often as wanted."),
    )
    customer_limit = forms.IntegerField(
        label=gettext_lazy("Uses by one customer"),
        min_value=1,
        max_value=100_000,
        required=False,
        help_text=gettext_lazy("Empty: as often as wanted."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For you; customers do not see it."),
    )
    customer = forms.CharField(
        label=gettext_lazy("Only for the customer with this e-mail address"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Only they can use it, and only signed in. Empty: everyone can."),
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    is_active = forms.BooleanField(label=gettext_lazy("May be used"), required=False, initial=True)

    def __init__(self, told: QueryDict | None = None, *, actor: Actor, voucher: Voucher | None = None) -> None:
        super().__init__(told, initial=_voucher_initial(actor, voucher) if voucher else {})
        self._actor, self._voucher = actor, voucher
        codes = currencies_sold(voucher.currency if voucher else "")
        self.fields["currency"] = forms.ChoiceField(
            label=gettext_lazy("Currency"),
            choices=[("", _("Any")), *((code, code) for code in codes)],
            required=False,
            help_text=gettext_lazy("Of amount and minimum. A cart in another currency cannot use it."),
        )
        if voucher and voucher.uses:
            for name in ("code", "kind", "percent", "amount", "currency"):
                self.fields[name].disabled = True

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip().upper()
        if code and not re.fullmatch(r"[A-Z0-9]([A-Z0-9-]{1,38}[A-Z0-9])", code):
            raise ValidationError(_("Use letters A to Z, digits and hyphens, three signs at least."))
        return code

    def clean_customer(self) -> Customer | None:
        email = str(self.cleaned_data["customer"])
        if self._voucher and "customer" not in self.changed_data:
            return self._voucher.customer  # also of somebody who has no address any more: it does not become everyone's
        found = customer_at(self._actor, email=email)
        if email and found is None:
            raise ValidationError(_("No customer is known by this address. Check it letter by letter."))
        return found

    def clean(self) -> dict[str, Any]:
        kept = self.cleaned_data
        needed = {"percent": "percent", "amount": "amount"}.get(kept.get("kind", ""))
        for name in ("amount", "minimum_amount"):
            self._read_amount(name)
        if needed and not kept.get(needed) and needed not in self.errors:
            self.add_error(needed, _("Write how much."))
        starts_at, ends_at = kept.get("starts_at"), kept.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("It must end after it begins."))
        return kept

    def _read_amount(self, name: str) -> None:
        text, code = self.cleaned_data.get(name), self.cleaned_data.get("currency")
        if not text or isinstance(text, Decimal):
            self.cleaned_data[name] = text or None
        elif not code:
            if "currency" not in self.errors:
                self.add_error("currency", _("An amount needs a currency."))
        else:
            try:
                self.cleaned_data[name] = amount_in(text, code)
            except ValidationError as error:
                self.add_error(name, error)

    def told(self) -> VoucherTold:
        """What `commands.voucher_terms` takes."""
        kept = self.cleaned_data
        names = ("kind", "code", "note", "percent", "amount", "currency", "minimum_amount", "starts_at", "ends_at")
        more = ("use_limit", "customer_limit", "customer", "is_active")
        return VoucherTold(**{name: kept[name] for name in (*names, *more)})


def _voucher_initial(actor: Actor, voucher: Voucher) -> dict[str, Any]:
    names = (
        "code", "kind", "percent", "amount", "currency", "minimum_amount", "starts_at", "ends_at", "use_limit",
        "customer_limit", "note", "is_active",
    )  # fmt: skip
    told = {"customer": holder_address(actor, voucher), "seen": voucher_mark(voucher)}
    return {**{name: getattr(voucher, name) for name in names}, **told}


class TaxForm(forms.Form):
    """The tax on what is sold into a country."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=20, help_text=gettext_lazy("As on the invoice: PPN, ПДВ.")
    )
    percent = forms.DecimalField(
        label=gettext_lazy("Percent"), min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    is_included = forms.BooleanField(label=gettext_lazy("Prices hold it already"), required=False, initial=True)

    def __init__(self, told: QueryDict | None = None, *, initial: dict[str, Any] | None = None, country: str) -> None:
        super().__init__(told, initial=initial or {}, prefix=f"tax-{country}")
        self.country = country

    def told(self) -> TaxTold:
        """What `commands.selling.set_tax` takes."""
        return TaxTold(self.country, **self.cleaned_data)


class _CalendarField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    def __init__(self) -> None:
        super().__init__(
            calendars(),
            to_field_name="public_id",
            required=False,
            label=gettext_lazy("Working days of the carrier"),
            empty_label=_("Every day, in the time zone of the shop"),
            help_text=gettext_lazy("A calendar of the settings. Promised days count its working days."),
        )


class DeliveryOptionForm(SpokenForm):
    """A way of delivery; what it costs where stands in its rates."""

    texts_asked = (
        Text("name", gettext_lazy("Name"), 80, needed=True),
        Text("note", gettext_lazy("Line below the name"), 120),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Brings it"), choices=DeliveryOption.Kind.choices)
    carrier = forms.CharField(label=gettext_lazy("Carrier"), max_length=80, required=False)
    cut_off = forms.TimeField(
        label=gettext_lazy("Cut-off time"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Ordered before, it leaves the same working day. Empty: whatever is ordered that day."),
    )
    handling_days = forms.IntegerField(
        label=gettext_lazy("Working days to pack it"), min_value=0, max_value=60, initial=0
    )
    tracking_url = forms.CharField(
        label=gettext_lazy("Tracking page"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "With {number} where the tracking number goes: https://carrier.example/track?n={number}"
        ),
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    is_active = forms.BooleanField(label=gettext_lazy("Offered at checkout"), required=False, initial=True)

    def __init__(self, told: QueryDict | None = None, *, option: DeliveryOption | None = None) -> None:
        super().__init__(told, initial=_option_initial(option) if option else {"handling_days": 0, "is_active": True})
        self.fields["calendar"] = _CalendarField()

    def clean_tracking_url(self) -> str:
        address = str(self.cleaned_data["tracking_url"]).strip()
        if address and not re.fullmatch(r"https?://[^\s{}]+\{number\}[^\s{}]*", address):
            raise ValidationError(_("Write an address that begins with https:// and has {number} in it."))
        return address

    def told(self) -> OptionTold:
        """What `commands.delivery_terms` takes."""
        names = ("carrier", "kind", "calendar", "cut_off", "handling_days", "tracking_url", "is_active")
        return OptionTold(
            names=self.words("name"), notes=self.words("note"), **{name: self.cleaned_data[name] for name in names}
        )


def _option_initial(option: DeliveryOption) -> dict[str, Any]:
    names = ("kind", "carrier", "cut_off", "handling_days", "tracking_url", "is_active")
    return {
        **spoken("name", option.names),
        **spoken("note", option.notes),
        **{name: getattr(option, name) for name in names},
        "calendar": option.calendar and option.calendar.public_id,
        "seen": option_mark(option),
    }


class RateForm(forms.Form):
    """What an option costs into a zone, and how long it takes. The country is chosen first: it brings regions and currency."""

    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    amount = AnyAmountField(label=gettext_lazy("Cost"), help_text=gettext_lazy("0: free."))
    free_from_amount = AnyAmountField(
        label=gettext_lazy("Free from"),
        required=False,
        help_text=gettext_lazy("When the goods cost at least so much. Empty: never free."),
    )
    up_to_grams = forms.IntegerField(
        label=gettext_lazy("Up to a weight of, g"),
        min_value=1,
        max_value=10_000_000,
        required=False,
        help_text=gettext_lazy("Empty: whatever it weighs."),
    )
    min_days = forms.IntegerField(label=gettext_lazy("Working days, at best"), min_value=0, max_value=365, initial=1)
    max_days = forms.IntegerField(
        label=gettext_lazy("Working days, at the latest"),
        min_value=0,
        max_value=365,
        initial=3,
        help_text=gettext_lazy("From hand-over. This is the day that is promised."),
    )
    cash_on_delivery = forms.BooleanField(label=gettext_lazy("The carrier takes the money at the door"), required=False)
    postal_prefixes = forms.CharField(
        label=gettext_lazy("Postal codes that begin with"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("Between commas: 164, 12, 13. Empty: all."),
    )

    def __init__(self, told: QueryDict | None = None, *, country: str, rate: DeliveryRate | None = None) -> None:
        super().__init__(told, initial=_rate_initial(rate) if rate else {})
        self.country = country
        own = str(shop_profile().countries.get(country, shop_profile().currency))
        codes = list(dict.fromkeys([rate.currency if rate else own, own]))
        self.fields["currency"] = forms.ChoiceField(
            label=gettext_lazy("Currency"), choices=[(code, code) for code in codes]
        )
        regions = regions_of(country)
        if regions:
            self.fields["regions"] = forms.MultipleChoiceField(
                label=pgettext_lazy("delivery zone", "Only into"),
                choices=[(region, region) for region in regions],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=gettext_lazy("None ticked: the whole country."),
            )

    def clean_postal_prefixes(self) -> list[str]:
        told = [part.strip().upper() for part in re.split(r"[,;\s]+", self.cleaned_data["postal_prefixes"])]
        prefixes = list(dict.fromkeys(filter(None, told)))
        if len(prefixes) > MOST_PREFIXES or any(not re.fullmatch(r"[A-Z0-9-]{1,10}", one) for one in prefixes):
            raise ValidationError(_("Write the beginnings of postal codes between commas: 164, 12, 13."))
        return prefixes

    def clean(self) -> dict[str, Any]:
        kept = self.cleaned_data
        for name in ("amount", "free_from_amount"):
            text, code = kept.get(name), kept.get("currency")
            if not text or not code:
                kept[name] = None
                continue
            try:
                kept[name] = amount_in(text, code)
            except ValidationError as error:
                self.add_error(name, error)
        first, last = kept.get("min_days"), kept.get("max_days")
        if first is not None and last is not None and last < first:
            self.add_error("max_days", _("The latest day comes before the best one."))
        return kept

    def told(self) -> RateTold:
        """What `commands.delivery_terms` takes."""
        kept = self.cleaned_data
        names = (
            "currency", "amount", "postal_prefixes", "free_from_amount", "up_to_grams", "min_days", "max_days",
            "cash_on_delivery",
        )  # fmt: skip
        return RateTold(country=self.country, regions=kept.get("regions", []), **{name: kept[name] for name in names})


def _rate_initial(rate: DeliveryRate) -> dict[str, Any]:
    names = (
        "currency", "amount", "free_from_amount", "up_to_grams", "min_days", "max_days", "cash_on_delivery", "regions",
    )  # fmt: skip
    return {
        **{name: getattr(rate, name) for name in names},
        "postal_prefixes": ", ".join(rate.postal_prefixes),
        "seen": rate_mark(rate),
    }


class PreviewForm(forms.Form):
    """To whom something is sent, and how much: what checkout would offer them."""

    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=12, required=False)
    goods = AnyAmountField(label=gettext_lazy("The goods cost"), required=False)
    grams = forms.IntegerField(
        label=gettext_lazy("Weight, g"), min_value=0, max_value=10_000_000, required=False, initial=500
    )

    def __init__(self, told: QueryDict | None = None, *, country: str) -> None:
        super().__init__(told if told else None)
        self.country = country
        self.currency = str(shop_profile().countries.get(country, shop_profile().currency))
        regions = [(region, region) for region in regions_of(country)]
        self.fields["region"] = (
            forms.ChoiceField(label=gettext_lazy("Region"), choices=[("", "–"), *regions], required=False)
            if regions
            else forms.CharField(label=gettext_lazy("Region"), max_length=80, required=False)
        )
        self.order_fields(["region", "postal_code", "goods", "grams"])

    def clean_goods(self) -> Decimal:
        text = self.cleaned_data["goods"]
        return amount_in(text, self.currency) if text else Decimal(0)


def countries_sold() -> list[tuple[str, str]]:
    """The countries into which the shop sells, home first, each with its name in the reader's language."""
    codes = shop_profile().countries or {NOT_YET_SAID: ""}
    return [(code, country_name(code, get_language() or "en")) for code in codes]
