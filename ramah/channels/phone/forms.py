"""Forms of the phone: writing a call down, what came of it, what the caller could answer."""

from collections.abc import Iterable
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ramah.accounts.models import Agent, Team
from ramah.channels.phone.models import Call
from ramah.channels.phone.questions import QUESTIONS


class LoggedCallForm(forms.Form):
    """A call that was made on any phone. With a conversation the number may be left out."""

    number = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    direction = forms.ChoiceField(
        label=_("Who called"),
        choices=((Call.Direction.INCOMING, _("The customer")), (Call.Direction.OUTGOING, _("We"))),
        initial=Call.Direction.INCOMING,
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Call.Outcome.choices, initial=Call.Outcome.SOLVED)
    note = forms.CharField(
        label=_("Note"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4, "data-grow": True})
    )


class NotesForm(forms.Form):
    """What came of a call."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[("", _("Not said yet")), *Call.Outcome.choices], required=False
    )
    notes = forms.CharField(
        label=_("Notes"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3, "data-grow": True})
    )


class HandOverForm(forms.Form):
    """To whom a call is given while it goes on: those who could be rung now."""

    to = forms.ChoiceField(label=_("Hand over to"))

    def __init__(self, data: QueryDict | None, *, colleagues: Iterable[Agent], teams: Iterable[Team]) -> None:
        super().__init__(data, auto_id="call-%s")
        people, groups = {one.public_id: one for one in colleagues}, {one.public_id: one for one in teams}
        self._known: dict[str, Agent | Team] = {**people, **groups}
        told = [
            (title, [(key, one.name) for key, one in rows.items()])
            for title, rows in ((_("Colleagues"), people), (_("Teams"), groups))
            if rows
        ]
        cast(forms.ChoiceField, self.fields["to"]).choices = told

    @property
    def chosen(self) -> Agent | Team:
        """Who it is."""
        return self._known[self.cleaned_data["to"]]

    @property
    def has_anybody(self) -> bool:
        """Whether there is anybody to choose."""
        return bool(self._known)


class ProofForm(forms.Form):
    """The questions that the caller has answered rightly."""

    answered = forms.MultipleChoiceField(
        choices=[(question.key, question.asks) for question in QUESTIONS], required=False
    )
    order = forms.CharField(label=_("Order number"), max_length=40, required=False)
