"""What visitors fill in about their cart. No form here knows a price: what things cost is read by the commands."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ramah.commerce.queries.carts import MOST_PIECES

_HOW_MANY = _("How many? A whole number from 1 to 999.")
_ERRORS: dict[str, Any] = {
    "required": _HOW_MANY,
    "invalid": _HOW_MANY,
    "min_value": _HOW_MANY,
    "max_value": _HOW_MANY,
}


class LineForm(forms.Form):
    """Which line. A variant that is not known is a line that is not there."""

    variant = forms.CharField(max_length=26)


class AddForm(LineForm):
    """Which variant, and how many pieces more: one where nothing is said. `later`: back to what is kept for later."""

    quantity = forms.IntegerField(min_value=1, max_value=MOST_PIECES, required=False, error_messages=_ERRORS)
    later = forms.BooleanField(required=False)


class QuantityForm(LineForm):
    """How many pieces of a line there are to be; 0 takes it out."""

    quantity = forms.IntegerField(min_value=0, max_value=MOST_PIECES, error_messages=_ERRORS)


class VoucherForm(forms.Form):
    """The code of a voucher."""

    code = forms.CharField(max_length=80, error_messages={"required": _("Type the code of the voucher.")})
