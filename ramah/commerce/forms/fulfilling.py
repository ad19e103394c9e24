"""What is asked while an order is worked on: why it is cancelled, a note, what money came."""

from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ramah.commerce.commands.fulfilling import MOST_NOTED
from ramah.commerce.models import Order
from ramah.kernel import clock


class NoteForm(forms.Form):
    """What colleagues should know."""

    note = forms.CharField(
        label=_("Note for colleagues"),
        max_length=MOST_NOTED,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "data-grow": True}),
    )


class CancelForm(forms.Form):
    """Why an order is cancelled; the customer reads it."""

    reason = forms.CharField(label=_("Reason, as the customer reads it"), max_length=200, required=False)


class TransferForm(forms.Form):
    """How much came in, when, and under which words."""

    amount = forms.DecimalField(label=_("Amount received"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2)
    on = forms.DateField(label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reference = forms.CharField(label=_("Reference"), max_length=80, required=False)

    def __init__(self, told: QueryDict | None = None, *, order: Order) -> None:
        left = order.total_amount - order.received_amount
        initial = {"amount": left.quantize(Decimal(1)) if left == left.to_integral_value() else left}
        super().__init__(told, initial={**initial, "on": timezone.localdate(clock.now())})

    def clean_on(self) -> object:
        """Not in the future."""
        on = self.cleaned_data["on"]
        if on > timezone.localdate(clock.now()):
            raise forms.ValidationError(_("This day is still to come."))
        return on
