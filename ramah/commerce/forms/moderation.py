"""What is decided of a review or a question."""

from django import forms
from django.utils.translation import gettext_lazy

from ramah.commerce.commands.voices import LONGEST_REASON, LONGEST_TEXT


class DecisionForm(forms.Form):
    """Why something is not shown; for colleagues."""

    reason = forms.CharField(label=gettext_lazy("Why it is not shown"), max_length=LONGEST_REASON, required=False)


class AnswerForm(forms.Form):
    """What the shop answers, for all to read."""

    answer = forms.CharField(
        label=gettext_lazy("Answer, for all to read"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
