"""What customers pick and fill in when a notice, or the page of a parcel, lets them choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ramah.commerce.models import Order
from ramah.notices.queries.choices import LINKS, ChoiceWords, choice_words
from ramah.storefront.order_forms import AddressForm

_LONGEST = 120
_NAMES = {"pickup_point": "place", "neighbor": "who", "leave": "where"}


class Offer(Protocol):
    """What can be picked: `choosing.Offered`, or a row of it."""

    @property
    def kind(self) -> str: ...

    @property
    def offer(self) -> Mapping[str, str]: ...


class DayForm(forms.Form):
    """One of the days that can be chosen."""

    use_required_attribute = False

    def __init__(self, offer: Mapping[str, str], told: QueryDict | None = None) -> None:
        super().__init__(told)
        first, last = date.fromisoformat(offer["from"]), date.fromisoformat(offer["to"])
        days = [first + timedelta(days=further) for further in range((last - first).days + 1)]
        choices = [(day.isoformat(), str(date_format(day, "l, j E"))) for day in days]
        self.fields["day"] = forms.ChoiceField(label=_("Which day?"), choices=[("", ""), *choices])


class WordsForm(forms.Form):
    """A line in the customer's words: to which point, to whom, where."""

    use_required_attribute = False

    def __init__(self, kind: str, told: QueryDict | None = None) -> None:
        super().__init__(told)
        labels = {
            "pickup_point": (_("Which pick-up point?"), _("Its number or address.")),
            "neighbor": (_("Which neighbor?"), _("Name and door, such as Budi, number 12.")),
            "leave": (_("Where?"), _("Such as the porch, or behind the gate.")),
        }
        label, hint = labels[kind]
        self.fields[_NAMES[kind]] = forms.CharField(label=label, help_text=hint, max_length=_LONGEST)


@dataclass(frozen=True, slots=True)
class Pick:
    """One choice in words, and what is to be filled in for it (None: nothing). `url`: it leads to a page of its own."""

    kind: str
    words: ChoiceWords
    form: forms.Form | None
    is_picked: bool
    url: str = ""


class Picks:
    """The choices of a page, of which one is picked; bound where something was posted."""

    def __init__(
        self,
        order: Order,
        offered: Sequence[Offer],
        request: HttpRequest,
        *,
        asked: str = "",
        links: Mapping[str, str] | None = None,
    ) -> None:
        self.order, self.offered = order, list(offered)
        kinds = [one.kind for one in self.offered if one.kind not in LINKS]
        if request.method == "POST":
            asked = request.POST.get("choice", "")
        self.kind = asked if asked in kinds else ""
        self._told = request.POST if request.method == "POST" and self.kind else None
        # Who picked on another page is asked for the rest here; nothing is wrong yet.
        self._is_first = self._told is not None and not any(name != "choice" for name in _named(self._told))
        self.error = _("Choose one of these.") if request.method == "POST" and not self.kind else ""
        self.picks = [self._pick(one, links or {}) for one in self.offered]

    @property
    def form(self) -> forms.Form | None:
        """What is filled in for the choice that is picked."""
        return next((one.form for one in self.picks if one.kind == self.kind), None)

    @property
    def status(self) -> int:
        """Of the page that shows them: 422 where something was wrong."""
        is_wrong = self.error or (self.form is not None and self.form.is_bound and not self.form.is_valid())
        return 422 if is_wrong else 200

    @property
    def said(self) -> dict[str, str]:
        """What was filled in; `is_valid` comes first."""
        form = self.form
        if isinstance(form, AddressForm):
            return dict(form.address)
        return {name: str(value) for name, value in form.cleaned_data.items()} if form is not None else {}

    def is_valid(self) -> bool:
        """Whether one is picked, and what it asks for is there."""
        return bool(self.kind) and (self.form is None or self.form.is_valid())

    def _pick(self, one: Offer, links: Mapping[str, str]) -> Pick:
        is_picked = one.kind == self.kind
        told = self._told if is_picked and not self._is_first else None
        words = choice_words(one.kind, one.offer)
        return Pick(one.kind, words, self._form_of(one, told), is_picked, links.get(one.kind, ""))

    def _form_of(self, one: Offer, told: QueryDict | None) -> forms.Form | None:
        if one.kind == "address":
            place = self.order.shipping_address
            return AddressForm(
                self.order, {key: place[key] for key in ("name", "city", "region") if key in place}, told
            )
        if one.kind == "date":
            return DayForm(one.offer, told)
        return WordsForm(one.kind, told) if one.kind in _NAMES else None


def _named(told: QueryDict) -> list[Any]:
    return [name for name in told if name != "csrfmiddlewaretoken"]
