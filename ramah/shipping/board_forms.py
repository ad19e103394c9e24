"""What is asked on the delivery board, in the panel beside a conversation, and on a claim."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _

from ramah.shipping.models import CarrierTask, Claim
from ramah.shipping.queries.board import ALL, VIEWS, Wanted
from ramah.shipping.queries.board_parts import MOST_AT_ONCE

K = CarrierTask.Kind
MOST_WORDS: Final = 300
# What goes with each wish, by the names under which carriers are told; the first is needed.
WISHES: Final[Mapping[str, Sequence[tuple[str, LazyString | str]]]] = {
    K.ADDRESS: (
        ("line1", _("Street and house number")),
        ("line2", _("Further to the address")),
        ("district", _("District")),
        ("city", _("City")),
        ("region", _("Region")),
        ("postal_code", _("Postal code")),
        ("name", _("Name")),
        ("phone", _("Phone number")),
    ),
    K.DATE: (("day", _("Day")),),
    K.PICKUP_POINT: (("place", _("Pick-up point")),),
    K.NEIGHBOR: (("who", _("Name and house of the neighbor")),),
    K.LEAVE: (("where", _("Where it may be left")),),
    K.RETURN: (),
    K.CANCEL: (),
}
WISH_NAMES: Final[Mapping[str, LazyString | str]] = {
    K.ADDRESS: _("Fix address"),
    K.DATE: _("Another day"),
    K.PICKUP_POINT: _("Pick-up point"),
    K.NEIGHBOR: _("Neighbor"),
    K.LEAVE: _("Leave it"),
    K.RETURN: _("Call it back"),
    K.CANCEL: _("Cancel the label"),
}
WISH_ICONS: Final[Mapping[str, str]] = {
    K.ADDRESS: "pin",
    K.DATE: "cal",
    K.PICKUP_POINT: "bank",
    K.NEIGHBOR: "users",
    K.LEAVE: "out-box",
    K.RETURN: "undo",
    K.CANCEL: "x",
}


class BoardForm(forms.Form):
    """Which deliveries are looked at; what is not known is all of them."""

    view = forms.CharField(required=False)
    carrier = forms.CharField(required=False, max_length=30)
    place = forms.CharField(required=False, max_length=80)

    @property
    def wanted(self) -> Wanted:
        """As the query takes it."""
        told = self.cleaned_data if self.is_valid() else {}
        view = told.get("view", "")
        return Wanted(view if view in VIEWS else ALL, told.get("carrier", ""), told.get("place", ""))


class BulkForm(forms.Form):
    """What is done with the boxes that are ticked."""

    do = forms.CharField(max_length=20)
    words = forms.CharField(required=False, max_length=MOST_WORDS)

    def __init__(self, told: QueryDict) -> None:
        super().__init__(told)
        self.told = told

    def clean(self) -> dict[str, Any]:
        """At least one box, at most two hundred; which of them are still there, the board finds out."""
        told = super().clean() or self.cleaned_data
        keys = list(dict.fromkeys(str(key)[:40] for key in self.told.getlist("item")))
        if not keys:
            raise forms.ValidationError(_("Tick what you want to change."))
        if len(keys) > MOST_AT_ONCE:
            raise forms.ValidationError(_("At most 200 at once. Nothing was changed."))
        return {**told, "keys": keys}


class WishForm(forms.Form):
    """What the carrier is asked for: `detail` has what goes with it."""

    kind = forms.ChoiceField(choices=[(kind, name) for kind, name in WISH_NAMES.items()], widget=forms.HiddenInput)

    def __init__(self, told: Any = None, *, kind: str, auto_id: str = "id_%s") -> None:
        super().__init__(told, initial={"kind": kind}, auto_id=auto_id)
        for place, (name, label) in enumerate(WISHES.get(kind, ())):
            self.fields[name] = _day_field(label) if name == "day" else _text_field(label, is_required=not place)

    @property
    def detail(self) -> dict[str, str]:
        """What was filled in, as text."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "kind" and value}
        return {name: value if isinstance(value, str) else value.isoformat() for name, value in told.items()}


class ClaimForm(forms.Form):
    """Where a claim goes from here, and what its carrier said."""

    state = forms.ChoiceField(label=_("What came of it"), choices=())
    reference = forms.CharField(label=_("The carrier’s number of it"), max_length=80, required=False)
    paid_amount = forms.DecimalField(
        label=_("Paid amount"),
        help_text=_("Of a paid claim. Empty: all that was claimed."),
        required=False,
        min_value=Decimal(0),
        max_digits=14,
        decimal_places=2,
    )

    def __init__(self, told: Any = None, *, claim: Claim, steps: Sequence[str]) -> None:
        super().__init__(told, initial={"reference": claim.reference})
        labels = dict(Claim.State.choices)
        self.fields["state"].choices = [(step, labels[step]) for step in steps]  # type: ignore[attr-defined]
        if Claim.State.PAID not in steps:
            del self.fields["paid_amount"]


def _text_field(label: Any, *, is_required: bool) -> forms.Field:
    return forms.CharField(label=label, max_length=120, required=is_required)


def _day_field(label: Any) -> forms.Field:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))
