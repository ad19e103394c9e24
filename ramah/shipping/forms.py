"""What is asked when a parcel leaves or arrives."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models import Order
from ramah.shipping.queries.parcels import announced_pieces


class CarrierForm(forms.Form):
    """Who carries the parcel, and its number there."""

    carrier = forms.CharField(label=_("Carrier"), max_length=80, required=False)
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=60, required=False)


class ParcelForm(CarrierForm):
    """What goes into the parcel: for each line how many of the pieces that are left. All that is left, unless changed."""

    def __init__(self, told: QueryDict | None = None, *, order: Order) -> None:
        super().__init__(told, initial={"carrier": order.delivery_option.carrier if order.delivery_option else ""})
        waiting = announced_pieces(order)
        self.left = {
            line.pk: max(0, line.quantity - line.shipped_quantity - waiting.get(line.pk, 0))
            for line in order.lines.all()
        }
        for line in order.lines.all():
            if self.left[line.pk]:
                words = ", ".join(filter(None, (line.title, *line.options.values())))
                self.fields[f"line-{line.pk}"] = forms.IntegerField(
                    label=words, min_value=0, max_value=self.left[line.pk], initial=self.left[line.pk]
                )

    def clean(self) -> dict[str, Any]:
        """At least one piece."""
        told = super().clean() or self.cleaned_data
        if not self.errors and not self.quantities:
            raise forms.ValidationError(_("A parcel holds at least one piece."))
        return told

    @property
    def quantities(self) -> dict[int, int]:
        """Pieces by the key of their line; lines of which nothing goes are left out."""
        told = self.cleaned_data
        return {key: told[f"line-{key}"] for key in self.left if told.get(f"line-{key}")}


class ArrivalForm(forms.Form):
    """On which day a parcel arrived."""

    on = forms.DateField(label=_("Arrived on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
