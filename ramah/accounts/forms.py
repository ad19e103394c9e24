"""Forms of accounts: what may be entered, and what is said when it may not."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast
from zoneinfo import available_timezones

import moneyed
from allauth.account import forms as allauth_forms
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ramah.accounts import queries
from ramah.accounts.models import Agent, Invitation, Limit, Role, Team, User
from ramah.kernel.actors import SYSTEM
from ramah.ui.preferences import THEMES


class _TeamsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    def __init__(self) -> None:
        super().__init__(queries.teams(), label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple)


class LoginForm(allauth_forms.LoginForm):
    """allauth's form under our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak_of_email(self.fields["login"])
        self.fields["remember"].label = _("Keep me logged in on this device")


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """allauth's form under our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak_of_email(self.fields["email"])


def _speak_of_email(field: forms.Field) -> None:
    field.label = _("E-mail")
    field.widget.attrs.pop("placeholder", None)


class InviteForm(forms.Form):
    """Who is invited, and as what."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AGENT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teams"] = _TeamsField()


class AgentForm(forms.Form):
    """What an owner sets of an agent."""

    name = forms.CharField(label=_("Name"), max_length=120)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teams"] = _TeamsField()
        self.fields["languages"] = forms.CharField(
            label=_("Answers in"),
            required=False,
            max_length=100,
            help_text=_("Codes of languages with commas between, such as id, en. Empty: any language."),
        )
        self.fields["skills"] = forms.CharField(
            label=_("Knows about"),
            required=False,
            max_length=300,
            help_text=_("Words with commas between, such as returns, sizes. Chats that ask for one go to who has it."),
        )
        self.fields["most_chats"] = forms.IntegerField(
            label=_("Chats at a time"),
            required=False,
            min_value=0,
            max_value=20,
            help_text=_("0: none are offered. Empty: as it is."),
        )

    @staticmethod
    def initial_of(agent: Agent) -> dict[str, Any]:
        """What the form shows before somebody changes it."""
        return {
            "name": agent.name,
            "role": agent.role,
            "teams": agent.teams.all(),
            "languages": ", ".join(agent.languages),
            "skills": ", ".join(agent.skills),
            "most_chats": agent.most_chats,
        }

    def clean_languages(self) -> list[str]:
        """The codes, in lower case and each once."""
        codes = _listed(self.cleaned_data["languages"])
        for code in codes:
            if not _LANGUAGE.fullmatch(code):
                raise forms.ValidationError(
                    _("“%(code)s” is no code of a language; id, en and uk are."), params={"code": code}
                )
        return codes

    def clean_skills(self) -> list[str]:
        """The words, in lower case and each once."""
        words = _listed(self.cleaned_data["skills"])
        if any(len(word) > 40 for word in words):
            raise forms.ValidationError(_("At most 40 characters for each."))
        return words


_LANGUAGE = re.compile(r"[a-z]{2,3}")


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(word for part in text.split(",") if (word := " ".join(part.split()).lower())))


class NewTeamForm(forms.Form):
    """A team to be."""

    name = forms.CharField(label=_("Team name"), max_length=80)


class TeamForm(NewTeamForm):
    """A team and who belongs to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"] = forms.ModelMultipleChoiceField(
            queries.agents(), label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
        )

    @staticmethod
    def initial_of(team: Team) -> dict[str, Any]:
        """What the form shows before somebody changes it."""
        return {"name": team.name, "members": queries.agents(team_id=team.pk)}


class AcceptForm(forms.Form):
    """The name and the password with which somebody takes the offered seat."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"name": invitation.name})
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.fields["password"].help_text = password_validators_help_text_html()

    def clean(self) -> dict[str, Any]:
        """Hold the password against the rules, name and address of its owner among them."""
        cleaned = super().clean() or {}
        if password := cleaned.get("password"):
            user = User(email=self.invitation.email)
            user.name = cleaned.get("name", "")  # type: ignore[attr-defined]  # read by the similarity rule
            try:
                validate_password(password, user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class AddPasskeyForm(AddWebAuthnForm):
    """allauth's form under our words: a key opens the log-in without a password unless one says otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["passwordless"].label = _("Log in with it without a password")
        self.fields["passwordless"].help_text = _("The device then asks for fingerprint, face or PIN.")
        self.fields["passwordless"].initial = True


class ProfileForm(forms.Form):
    """What agents set for themselves."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As customers and colleagues see it."))
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=[("", _("As the device")), *zip(THEMES, (_("Light"), _("Dark")), strict=True)],
        help_text=_("For this browser."),
    )
    signature = forms.CharField(
        label=_("Signature"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stands under your answers, above the signature of the inbox."),
    )

    def __init__(self, *args: Any, languages: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        cast("forms.ChoiceField", self.fields["language"]).choices = [("", _("As the browser asks")), *languages]
        cast("forms.ChoiceField", self.fields["time_zone"]).choices = [
            ("", _("As the browser says")),
            *((z, z) for z in zones),
        ]


class SecondFactorForm(forms.Form):
    """The roles that must have a second factor."""

    roles = forms.MultipleChoiceField(
        label=_("A second factor is required of"),
        required=False,
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who has none yet is led to setting one up at the next page they open."),
    )


class LimitsForm(forms.Form):
    """How much each role may give away in one currency."""

    def __init__(self, given: Any = None, *, currency: str) -> None:
        known = queries.limits()
        super().__init__(given, prefix=currency)
        self.currency = currency
        for role, role_label in Role.choices:
            for key, key_label in Limit.Key.choices:
                self.fields[f"{role}_{key}"] = forms.DecimalField(
                    label=f"{role_label}: {key_label}",
                    required=False,
                    min_value=Decimal(0),
                    max_digits=14,
                    decimal_places=2,
                    initial=_plain(known.get((role, key, currency))),
                    widget=forms.NumberInput(attrs={"class": "input"}),
                )

    def rows(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """One row per role: its name, and per `Limit.Key` the name and the field."""
        return [
            (str(label), [(str(says), self[f"{role}_{key}"]) for key, says in Limit.Key.choices])
            for role, label in Role.choices
        ]

    def amounts(self) -> dict[tuple[str, str, str], Decimal | None]:
        """The valid form as limits by role, key and currency."""
        return {
            (role, key, self.currency): self.cleaned_data[f"{role}_{key}"]
            for role in Role.values
            for key in Limit.Key.values
        }


def _plain(amount: Decimal | None) -> Decimal | None:
    # As people type it: without decimals where there are none.
    return amount.to_integral_value() if amount is not None and amount == amount.to_integral_value() else amount


class CurrencyForm(forms.Form):
    """A currency to set limits in."""

    currency = forms.CharField(
        label=_("Currency"), min_length=3, max_length=3, help_text=_("Three letters, for instance IDR or UAH.")
    )

    def clean_currency(self) -> str:
        """The code in capitals, if there is such a currency."""
        code = str(self.cleaned_data["currency"]).upper()
        if code not in moneyed.CURRENCIES:
            raise forms.ValidationError(_("There is no currency “%(code)s”."), params={"code": code})
        return code


class AuditFilterForm(forms.Form):
    """Which entries of the audit log to show. Days are those of the viewer's time zone."""

    actor = forms.ChoiceField(label=_("Who"), required=False)
    action = forms.CharField(label=_("Did what"), required=False, max_length=60)
    subject = forms.CharField(label=_("To what"), required=False, max_length=80)
    since = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(f"agent:{agent.pk}", agent.name) for agent in queries.agents(active=None)]
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"
        cast("forms.ChoiceField", self.fields["actor"]).choices = [
            ("", _("Anyone")),
            (SYSTEM.ref, SYSTEM.label),
            *people,
        ]

    def wanted(self) -> dict[str, Any]:
        """Arguments of `queries.audit_entries`; what is wrong is left out."""
        given = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return {
            "actor": given.get("actor", ""),
            "action": given.get("action", ""),
            "subject": given.get("subject", ""),
            "since": _midnight(given.get("since")),
            "until": _midnight(given.get("until"), days_later=1),
        }


def _midnight(day: date | None, days_later: int = 0) -> datetime | None:
    if day is None:
        return None
    later = date.fromordinal(min(day.toordinal() + days_later, date.max.toordinal()))
    return timezone.make_aware(datetime.combine(later, time.min))
