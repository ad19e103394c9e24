"""Forms in which customers speak: a review, a question."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ramah.commerce.commands.voices import LONGEST_NAME, LONGEST_TEXT, LONGEST_TITLE

_RATINGS = (
    (5, _("5 stars: very good")),
    (4, _("4 stars: good")),
    (3, _("3 stars: all right")),
    (2, _("2 stars: not so good")),
    (1, _("1 star: bad")),
)


class ReviewForm(forms.Form):
    """Stars and words on a product."""

    rating = forms.TypedChoiceField(
        label=_("How do you like it?"),
        choices=_RATINGS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one to five stars.")},
    )
    title = forms.CharField(label=_("In a few words"), max_length=LONGEST_TITLE, required=False)
    text = forms.CharField(
        label=_("Your review"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("How does it fit, feel, last? Please no names or addresses of other people."),
    )
    author_name = forms.CharField(
        label=_("Your name, as others see it"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_("Left empty, it is your first name and an initial."),
    )


class QuestionForm(forms.Form):
    """A question that others may read, too."""

    text = forms.CharField(
        label=_("Your question"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write your question.")},
    )
    author_name = forms.CharField(label=_("Your name, as others see it"), max_length=LONGEST_NAME, required=False)
    # People do not see it; what fills in every field is no person.
    website = forms.CharField(required=False, widget=forms.HiddenInput)
