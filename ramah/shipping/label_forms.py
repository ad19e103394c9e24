"""What is asked when a label is made: by which account and service, and what goes into the parcel."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models import Order
from ramah.kernel.money import format_money
from ramah.shipping.carriers.contract import Rated
from ramah.shipping.forms import ParcelForm

MOST_GRAMS = 1_000_000


class LabelForm(ParcelForm):
    """The pieces of a parcel that has not left, its weight, and the service."""

    service = forms.CharField(label=_("Service"), max_length=40, required=False)
    grams = forms.IntegerField(label=_("Weight, g"), min_value=1, max_value=MOST_GRAMS)

    def __init__(
        self, told: QueryDict | None = None, *, order: Order, grams: int, services: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(told, order=order)
        del self.fields["carrier"], self.fields["tracking_number"]
        self.initial = {"grams": grams, "service": services[0][0] if services else ""}
        if services:
            self.fields["service"].widget = forms.RadioSelect(choices=services)
            self.fields["service"].required = True


def service_words(rated: Rated) -> str:
    """What an agent reads of a service."""
    days = f", {date_format(rated.arrives_to, 'j E')}" if rated.arrives_to else ""
    return f"{rated.name}: {format_money(rated.amount)}{days}"
