"""Forms of the intake."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SetAsideForm(forms.Form):
    """Why an item is set aside."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("It stays with the item."))
