"""What is asked of the shop itself: who it is, where it sells, how it is paid, returns."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ramah.commerce import order_states
from ramah.commerce.commands.selling import profile_mark
from ramah.commerce.forms.parts import AmountField, SpokenForm, Text, spoken
from ramah.commerce.imports.facts import plain
from ramah.commerce.models import Payment, ShopProfile
from ramah.commerce.queries.countries import country_choices, currency_choices

MORE_COUNTRIES, MORE_ACCOUNTS = 2, 2
_ACCOUNT = (
    ("bank", gettext_lazy("Bank"), 60),
    ("number", gettext_lazy("Account number"), 60),
    ("holder", gettext_lazy("Account holder"), 120),
)
CANCEL_UNTIL = (
    (order_states.PLACED, gettext_lazy("Never; they write to you")),
    (order_states.PAID, gettext_lazy("Until it is paid")),
    (order_states.PACKED, gettext_lazy("Until it is packed")),
    (order_states.SHIPPED, gettext_lazy("Until it is handed to the carrier")),
)
_PLAIN = (
    "name", "legal_name", "address", "tax_number", "email", "phone", "currency", "order_prefix", "payment_methods",
    "transfer_hours", "return_days", "cancel_until",
)  # fmt: skip


class ShopForm(SpokenForm):
    """All terms of the shop but taxes and delivery."""

    texts_asked = (
        Text("about", gettext_lazy("About the shop"), 2000, rows=3),
        Text("return_terms", gettext_lazy("Return terms, in plain words"), 4000, rows=3),
    )
    name = forms.CharField(label=gettext_lazy("Name of the shop"), max_length=80)
    legal_name = forms.CharField(
        label=gettext_lazy("Legal name"), max_length=120, required=False, help_text=gettext_lazy("As on the invoice.")
    )
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=600, required=False, widget=forms.Textarea({"rows": 3})
    )
    tax_number = forms.CharField(label=gettext_lazy("Tax number"), max_length=40, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = forms.CharField(label=gettext_lazy("Phone number"), max_length=40, required=False)
    order_prefix = forms.RegexField(
        r"^[A-Za-z0-9-]*$", label=gettext_lazy("Order numbers begin with"), max_length=8, required=False
    )
    payment_methods = forms.MultipleChoiceField(
        label=gettext_lazy("Ways to pay"),
        choices=[choice for choice in Payment.Method.choices if choice[0] != Payment.Method.OTHER],
        widget=forms.CheckboxSelectMultiple,
    )
    transfer_hours = forms.IntegerField(
        label=gettext_lazy("Hours for a bank transfer"),
        min_value=1,
        max_value=24 * 30,
        help_text=gettext_lazy("An order that is not paid by then is cancelled."),
    )
    return_days = forms.IntegerField(label=gettext_lazy("Days to return something"), min_value=0, max_value=3650)
    cancel_until = forms.ChoiceField(
        label=gettext_lazy("Customers cancel an order by themselves"), choices=CANCEL_UNTIL
    )

    def __init__(self, told: QueryDict | None = None, *, profile: ShopProfile) -> None:
        super().__init__(told, initial=_initial(profile))
        language = get_language() or "en"
        currencies = currency_choices(language)
        self.fields["currency"] = forms.ChoiceField(
            label=gettext_lazy("Currency of the shop"),
            choices=currencies,
            help_text=gettext_lazy("Where a visitor's country has none of its own."),
        )
        self._countries = self._add_countries(profile, language, currencies)
        self._codes = list(dict.fromkeys([profile.currency, *profile.countries.values()]))
        self._accounts = self._add_accounts(profile)
        self._add_cod(profile)

    def _add_countries(self, profile: ShopProfile, language: str, currencies: list[tuple[str, str]]) -> int:
        rows = [*profile.countries.items(), *[("", "")] * MORE_COUNTRIES]
        for number, (country, currency) in enumerate(rows):
            self.fields[f"country_{number}"] = forms.ChoiceField(
                label=_("Country %(number)s") % {"number": number + 1},
                choices=[("", "–"), *country_choices(language)],
                required=False,
                initial=country,
            )
            self.fields[f"country_currency_{number}"] = forms.ChoiceField(
                label=_("Currency there"), choices=[("", "–"), *currencies], required=False, initial=currency
            )
        return len(rows)

    def _add_accounts(self, profile: ShopProfile) -> int:
        rows: list[dict[str, str]] = [*profile.bank_accounts, *[{}] * MORE_ACCOUNTS]
        for number, account in enumerate(rows):
            for part, label, longest in _ACCOUNT:
                self.fields[f"account_{part}_{number}"] = forms.CharField(
                    label=label, max_length=longest, required=False, initial=account.get(part, "")
                )
            self.fields[f"account_currency_{number}"] = forms.ChoiceField(
                label=gettext_lazy("Currency"),
                choices=[("", "–"), *((code, code) for code in dict.fromkeys([*self._codes, *_currency(account)]))],
                required=False,
                initial=account.get("currency", ""),
            )
        return len(rows)

    def _add_cod(self, profile: ShopProfile) -> None:
        for code in self._codes:
            for name, label, kept in (
                ("cod_fee", _("Fee, %(currency)s"), profile.cod_fees),
                ("cod_limit", _("Up to a total of, %(currency)s"), profile.cod_limits),
            ):
                amount = Decimal(kept[code]) if kept.get(code) else None
                self.fields[f"{name}_{code}"] = AmountField(
                    code, label=label % {"currency": code}, required=False, initial=amount
                )

    def countries_asked(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The pairs of fields for where it sells."""
        return [(self[f"country_{number}"], self[f"country_currency_{number}"]) for number in range(self._countries)]

    def accounts_asked(self) -> list[list[forms.BoundField]]:
        """The fields of each bank account."""
        parts = (*(part for part, _label, _longest in _ACCOUNT), "currency")
        return [[self[f"account_{part}_{number}"] for part in parts] for number in range(self._accounts)]

    def cod_asked(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Fee and limit in each currency, for cash on delivery."""
        return [(self[f"cod_fee_{code}"], self[f"cod_limit_{code}"]) for code in self._codes]

    def clean(self) -> dict[str, Any]:
        kept = super().clean()
        chosen: list[str] = []
        for number in range(self._countries):
            self._check_country(number, chosen)
        if not chosen and not self.errors:
            self.add_error("country_0", _("The shop sells into one country at least."))
        for number in range(self._accounts):
            told = [bool(kept.get(f"account_{part}_{number}")) for part, _label, _longest in _ACCOUNT]
            if any(told) and not all(told):
                part = _ACCOUNT[told.index(False)][0]
                self.add_error(f"account_{part}_{number}", _("Write bank, number and holder, or empty all of them."))
        return kept

    def _check_country(self, number: int, chosen: list[str]) -> None:
        country = self.cleaned_data.get(f"country_{number}", "")
        currency = self.cleaned_data.get(f"country_currency_{number}", "")
        if country and not currency:
            self.add_error(f"country_currency_{number}", _("Choose the currency in which it sells there."))
        elif country in chosen:
            self.add_error(f"country_{number}", _("This country stands above already."))
        elif country:
            chosen.append(country)

    def told(self) -> dict[str, Any]:
        """What `commands.selling.change_shop` takes."""
        kept = self.cleaned_data
        rows = [(kept[f"country_{number}"], kept[f"country_currency_{number}"]) for number in range(self._countries)]
        return {
            **{name: kept[name] for name in _PLAIN},
            "about": self.words("about"),
            "return_terms": self.words("return_terms"),
            "countries": {country: currency for country, currency in rows if country},
            "bank_accounts": [account for account in map(self._account, range(self._accounts)) if account["bank"]],
            "cod_fees": self._amounts("cod_fee"),
            "cod_limits": self._amounts("cod_limit"),
        }

    def _account(self, number: int) -> dict[str, str]:
        parts = (*(part for part, _label, _longest in _ACCOUNT), "currency")
        return {part: self.cleaned_data[f"account_{part}_{number}"] for part in parts}

    def _amounts(self, name: str) -> dict[str, str]:
        told = {code: self.cleaned_data[f"{name}_{code}"] for code in self._codes}
        return {code: plain(amount) for code, amount in told.items() if amount is not None}


def _currency(account: dict[str, str]) -> list[str]:
    return [account["currency"]] if account.get("currency") else []


def _initial(profile: ShopProfile) -> dict[str, Any]:
    return {
        **{name: getattr(profile, name) for name in _PLAIN},
        **spoken("about", profile.about),
        **spoken("return_terms", profile.return_terms),
        "seen": profile_mark(profile),
    }
