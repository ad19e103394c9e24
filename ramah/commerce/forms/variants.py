"""What is asked of a variant: SKU, options, prices in every currency; and how its stock changed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ramah.commerce.commands.stock import MOST
from ramah.commerce.commands.variant_changes import Price, prices_of
from ramah.commerce.commands.variants import VariantTold, price_mark, variant_mark
from ramah.commerce.forms.parts import AmountField, currencies_sold
from ramah.commerce.models import StockChange, Variant

MOST_OPTIONS = 3
_ABOVE = gettext_lazy("It must be above the price; leave it empty where nothing is reduced.")


class VariantForm(forms.Form):
    """A variant but for its stock. Options in pairs; a price and a price before per currency of the shop."""

    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    sku = forms.CharField(
        label=gettext_lazy("SKU"), max_length=80, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    barcode = forms.CharField(label=gettext_lazy("Barcode"), max_length=40, required=False)
    weight_grams = forms.IntegerField(
        label=gettext_lazy("Weight, g"), min_value=0, max_value=10_000_000, required=False, initial=0
    )
    position = forms.IntegerField(
        label=gettext_lazy("Place among the variants"), min_value=0, max_value=32_000, required=False
    )
    is_active = forms.BooleanField(label=gettext_lazy("Offered in the shop"), required=False, initial=True)

    def __init__(
        self, told: QueryDict | None = None, *, variant: Variant | None = None, like: Variant | None = None
    ) -> None:
        super().__init__(told, initial=_initial(variant) if variant else {})
        known = variant or like
        own = known.currency if known else ""
        self.codes = currencies_sold(own, *(known.other_prices if known else ()))
        self.fields["currency"] = forms.ChoiceField(
            label=gettext_lazy("Its own currency"),
            choices=[(code, code) for code in self.codes],
            initial=own or self.codes[0],
            help_text=gettext_lazy("A price in this one is needed; in others it is sold where a price stands."),
        )
        self._add_prices(prices_of(variant) if variant else {})
        self._add_options(variant, like)

    def _add_prices(self, prices: Mapping[str, Price]) -> None:
        for code in self.codes:
            price = prices.get(code)
            self.fields[f"price_{code}"] = AmountField(
                code,
                label=_("Price, %(currency)s") % {"currency": code},
                required=False,
                initial=price and price.amount,
            )
            self.fields[f"before_{code}"] = AmountField(
                code,
                label=_("Price before, %(currency)s") % {"currency": code},
                required=False,
                initial=price and price.compare_at,
            )

    def _add_options(self, variant: Variant | None, like: Variant | None) -> None:
        pairs = list(variant.options.items()) if variant else [(name, "") for name in (like.options if like else ())]
        pairs += [("", "")] * (MOST_OPTIONS - len(pairs))
        self._options = len(pairs)
        for number, (name, value) in enumerate(pairs):
            self.fields[f"option_{number}"] = forms.CharField(
                label=_("Option %(number)s") % {"number": number + 1},
                max_length=40,
                required=False,
                initial=name,
                widget=forms.TextInput({"list": "option-names", "autocomplete": "off"}),
            )
            self.fields[f"value_{number}"] = forms.CharField(
                label=_("Its value"), max_length=80, required=False, initial=value
            )

    def options_asked(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The pairs of fields for options."""
        return [(self[f"option_{number}"], self[f"value_{number}"]) for number in range(self._options)]

    def prices_asked(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The pairs of fields for prices."""
        return [(self[f"price_{code}"], self[f"before_{code}"]) for code in self.codes]

    def clean_sku(self) -> str:
        return " ".join(str(self.cleaned_data["sku"]).split())

    def clean(self) -> dict[str, Any]:
        kept = self.cleaned_data
        for code in self.codes:
            self._check_price(code)
        own = kept.get("currency")
        if own and kept.get(f"price_{own}") is None and f"price_{own}" not in self.errors:
            self.add_error(f"price_{own}", _("A price in the variant's own currency is needed."))
        names = [str(kept.get(f"option_{number}", "")).lower() for number in range(self._options)]
        for number, name in enumerate(names):
            value = kept.get(f"value_{number}", "")
            if bool(name) != bool(value):
                self.add_error(f"value_{number}", _("Write both, or empty both."))
            elif name and name in names[:number]:
                self.add_error(f"option_{number}", _("This option stands above already."))
        return kept

    def _check_price(self, code: str) -> None:
        price, before = self.cleaned_data.get(f"price_{code}"), self.cleaned_data.get(f"before_{code}")
        if before is not None and price is None and f"price_{code}" not in self.errors:
            self.add_error(f"price_{code}", _("Write the price too."))
        elif before is not None and price is not None and before <= price:
            self.add_error(f"before_{code}", str(_ABOVE))

    def told(self) -> VariantTold:
        """What `commands.variants` takes."""
        kept = self.cleaned_data
        codes = sorted(self.codes, key=lambda code: code != kept["currency"])
        return VariantTold(
            sku=kept["sku"],
            prices={
                code: Price(kept[f"price_{code}"], kept[f"before_{code}"])
                for code in codes
                if kept[f"price_{code}"] is not None
            },
            options={
                kept[f"option_{number}"].lower(): kept[f"value_{number}"]
                for number in range(self._options)
                if kept[f"option_{number}"]
            },
            weight_grams=kept["weight_grams"] or 0,
            barcode=kept["barcode"],
            is_active=kept["is_active"],
            position=kept["position"],
        )


def _initial(variant: Variant) -> dict[str, Any]:
    names = ("sku", "barcode", "weight_grams", "position", "is_active")
    return {**{name: getattr(variant, name) for name in names}, "seen": variant_mark(variant)}


class PriceForm(forms.Form):
    """The price of a variant in its own currency, in a row of a table."""

    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, told: QueryDict | None = None, *, variant: Variant) -> None:
        super().__init__(
            told,
            initial={
                "price": variant.price_amount,
                "before": variant.compare_at_amount,
                "seen": price_mark(variant),
            },
            auto_id=f"%s-{variant.public_id}",
        )
        code = variant.currency
        self.fields["price"] = AmountField(code, label=_("Price, %(currency)s") % {"currency": code})
        self.fields["before"] = AmountField(
            code, label=_("Price before, %(currency)s") % {"currency": code}, required=False
        )

    def clean(self) -> dict[str, Any]:
        price, before = self.cleaned_data.get("price"), self.cleaned_data.get("before")
        if price is not None and before is not None and before <= price:
            self.add_error("before", str(_ABOVE))
        return self.cleaned_data

    def price(self) -> Price:
        """What `commands.variants.set_prices` takes for the variant's own currency."""
        amount: Decimal = self.cleaned_data["price"]
        return Price(amount, self.cleaned_data["before"])


_Reason = StockChange.Reason
# What the number means follows from why: what is counted is set, what came is added.
ADDS = (_Reason.RECEIVED, _Reason.RETURNED)
TAKES = (_Reason.DAMAGED,)
REASONS = (
    (_Reason.COUNTED, pgettext_lazy("stock", "Counted: set to")),
    (_Reason.RECEIVED, pgettext_lazy("stock", "Goods received: add")),
    (_Reason.RETURNED, pgettext_lazy("stock", "Came back: add")),
    (_Reason.DAMAGED, pgettext_lazy("stock", "Damaged or lost: take off")),
    (_Reason.OTHER, pgettext_lazy("stock", "Other reason: set to")),
)


class StockForm(forms.Form):
    """How many pieces, and why; the reason says whether the number is set, added or taken off."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=REASONS)
    pieces = forms.IntegerField(
        label=gettext_lazy("Pieces"), min_value=0, max_value=MOST, widget=forms.NumberInput({"inputmode": "numeric"})
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, told: QueryDict | None = None, *, variant: Variant) -> None:
        super().__init__(
            told,
            initial={"seen": variant.stock, "pieces": max(variant.stock, 0), "reason": _Reason.COUNTED},
            auto_id=f"stock-%s-{variant.public_id}",
        )

    def clean(self) -> dict[str, Any]:
        kept = self.cleaned_data
        if kept.get("reason") in (*ADDS, *TAKES) and kept.get("pieces") == 0:
            raise ValidationError({"pieces": _("Write how many pieces.")})
        return kept

    def change(self) -> int | None:
        """What is added (below zero: taken off); None where the number is set."""
        pieces: int = self.cleaned_data["pieces"]
        if self.cleaned_data["reason"] in ADDS:
            return pieces
        return -pieces if self.cleaned_data["reason"] in TAKES else None
