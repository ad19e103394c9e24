"""What customers want to be told, and by which way."""

from datetime import time
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ramah.customers.models import ContactPoint
from ramah.notices.models import Preference

# What is wanted or not as one; the kinds of `notices.kinds` behind it. A lost parcel, or one that could not be handed over,
# is always told.
TOPICS: Final = (
    ("late", _("A parcel is late, may be late, or stands still"), ("at_risk", "late", "stalled", "customs")),
    ("out_for_delivery", _("A parcel goes out for delivery"), ("out_for_delivery",)),
    ("delivered", _("A parcel has arrived"), ("delivered",)),
    ("order", _("Something about an order changes"), ("order_changed",)),
    ("money", _("A payment is missing, or money goes back"), ("payment_missing", "refund_sent")),
)
_CHANNELS: Final = tuple(
    (kind.value, kind.label)
    for kind in (
        ContactPoint.Kind.EMAIL,
        ContactPoint.Kind.WHATSAPP,
        ContactPoint.Kind.TELEGRAM,
        ContactPoint.Kind.MESSENGER,
        ContactPoint.Kind.INSTAGRAM,
    )
)


class NoticesForm(forms.Form):
    """Channel, topics, and quiet hours on the customer's own clock: both ends or none."""

    use_required_attribute = False

    topics = forms.MultipleChoiceField(
        label=_("Tell me when"),
        required=False,
        choices=[(key, words) for key, words, _kinds in TOPICS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("When a parcel is lost or could not be handed over, we tell you in any case."),
    )
    channel = forms.ChoiceField(
        label=_("First by"),
        required=False,
        choices=[("", _("As it fits best")), *_CHANNELS],
        help_text=_("Where that does not work, we take another way that you have used with us."),
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_to = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("On your clock. Left empty, we write to you by day and not at night."),
    )

    def __init__(self, kept: Preference | None, told: QueryDict | None = None) -> None:
        self._muted = list(kept.muted) if kept else []
        initial = {
            "topics": [key for key, _words, kinds in TOPICS if not set(kinds) <= set(self._muted)],
            "channel": kept.channel if kept else "",
            "quiet_from": kept.quiet_from if kept else None,
            "quiet_to": kept.quiet_to if kept else None,
        }
        super().__init__(told, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Quiet hours have two ends, which differ."""
        told = super().clean() or {}
        starts, ends = told.get("quiet_from"), told.get("quiet_to")
        if not self.errors and ((starts is None) != (ends is None) or (starts is not None and starts == ends)):
            self.add_error("quiet_to", gettext("Fill in both, and not the same time twice."))
        return told

    @property
    def told(self) -> dict[str, Any]:
        """As `set_preference` takes it. What this form does not show stays muted as it was."""
        shown = {kind for _key, _words, kinds in TOPICS for kind in kinds}
        wanted = set(self.cleaned_data["topics"])
        muted = [kind for kind in self._muted if kind not in shown]
        muted += [kind for key, _words, kinds in TOPICS if key not in wanted for kind in kinds]
        starts: time | None = self.cleaned_data["quiet_from"]
        return {
            "channel": self.cleaned_data["channel"],
            "muted": muted,
            "quiet_from": starts,
            "quiet_to": self.cleaned_data["quiet_to"],
        }
