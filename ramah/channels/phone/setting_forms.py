"""The form of how an inbox takes calls: texts in each language, the keys of the menu, a phone for each agent."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from ramah.accounts.models import Agent, Team
from ramah.channels.phone.models import PhoneSettings
from ramah.channels.phone.numbers import number_of

LANGUAGES = [code for code, _name in settings.LANGUAGES]
KEYS, PARTS = "123456789", ("language", "skill", "team", "says")
CHOSEN = ("when_closed", "offers_callback", "is_recorded", "music_url", "skill", "offer_seconds", "wait_seconds")
_BROWSER = re.compile(r"client:[A-Za-z0-9_.-]{1,100}|sips?:[^\s<>\"]{3,180}", re.ASCII)
_TEXTS = {
    "greetings": gettext_lazy("Greeting (%(language)s)"),
    "closed_texts": gettext_lazy("When closed (%(language)s)"),
    "consent_texts": gettext_lazy("That it is recorded (%(language)s)"),
}


class PhoneForm(forms.Form):
    """All of it; texts that are empty are said in Ramah's words."""

    when_closed = forms.ChoiceField(label=gettext_lazy("Out of hours"), choices=PhoneSettings.Closed.choices)
    offers_callback = forms.BooleanField(
        label=gettext_lazy("Callers may be called back instead of waiting"), required=False
    )
    is_recorded = forms.BooleanField(
        label=gettext_lazy("Calls are recorded"),
        required=False,
        help_text=gettext_lazy("Callers are told before. Ask your lawyer whether that is enough where you are."),
    )
    music_url = forms.URLField(
        label=gettext_lazy("Music for those who wait"), required=False, max_length=300, assume_scheme="https"
    )
    skill = forms.CharField(label=gettext_lazy("Skill"), required=False, max_length=40)
    offer_seconds = forms.IntegerField(label=gettext_lazy("Seconds that a phone rings"), min_value=5, max_value=120)
    wait_seconds = forms.IntegerField(
        label=gettext_lazy("Seconds that callers wait at most"), min_value=30, max_value=7200
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        chosen: PhoneSettings,
        agents: Iterable[Agent],
        teams: Iterable[Team] = (),
    ) -> None:
        super().__init__(data, initial={name: getattr(chosen, name) for name in CHOSEN})
        self.agents = list(agents)
        lines = {str(line.get("key", "")): line for line in chosen.menu}
        for key in KEYS:
            self._add_key(key, lines.get(key, {}), teams)
        for field, label in _TEXTS.items():
            for code in LANGUAGES:
                words = label % {"language": get_language_info(code)["name_local"]}
                self.fields[f"{field}_{code}"] = forms.CharField(
                    label=words, required=False, max_length=1000, initial=getattr(chosen, field).get(code, "")
                )
        for agent in self.agents:
            self.fields[f"endpoint_{agent.public_id}"] = forms.CharField(
                label=_("Phone of %(name)s") % {"name": agent.name},
                required=False,
                max_length=200,
                initial=chosen.endpoints.get(agent.public_id, ""),
            )

    def _add_key(self, key: str, line: Mapping[str, str], teams: Iterable[Team]) -> None:
        languages = [("", _("Key not used")), *((code, get_language_info(code)["name_local"]) for code in LANGUAGES)]
        known = [("", _("Anyone")), *((team.public_id, team.name) for team in teams)]
        fields: dict[str, forms.Field] = {
            "language": forms.ChoiceField(label=_("Language"), choices=languages, required=False),
            "skill": forms.CharField(label=_("Skill"), max_length=40, required=False),
            "team": forms.ChoiceField(label=_("Team"), choices=known, required=False),
            "says": forms.CharField(label=_("Words"), max_length=500, required=False),
        }
        for part, field in fields.items():
            field.initial = line.get(part, "")
            self.fields[f"menu_{key}_{part}"] = field

    def menu_keys(self) -> list[tuple[str, bool, list[forms.BoundField]]]:
        """The keys, each with whether it is used (or wrong), and its fields."""
        rows = [(key, [self[f"menu_{key}_{part}"] for part in PARTS]) for key in KEYS]
        return [(key, any(bound.value() or bound.errors for bound in fields), fields) for key, fields in rows]

    def beginnings(self) -> list[forms.BoundField]:
        """The fields that stand alone."""
        return [self[name] for name in CHOSEN]

    def texts(self) -> list[forms.BoundField]:
        """What is said, in each language."""
        return [self[f"{field}_{code}"] for field in _TEXTS for code in LANGUAGES]

    def phones(self) -> list[forms.BoundField]:
        """Where agents are rung."""
        return [self[f"endpoint_{agent.public_id}"] for agent in self.agents]

    def clean(self) -> dict[str, Any]:
        """Phones are numbers, browsers or SIP addresses; a key of the menu has a language."""
        told = super().clean() or {}
        for key in KEYS:
            if any(told.get(f"menu_{key}_{part}") for part in PARTS) and not told.get(f"menu_{key}_language"):
                self.add_error(f"menu_{key}_language", _("Choose the language in which it goes on."))
        for agent in self.agents:
            name = f"endpoint_{agent.public_id}"
            text = str(told.get(name) or "").strip()
            told[name] = text if _BROWSER.fullmatch(text) else number_of(text)
            if text and not told[name]:
                self.add_error(name, _("Write a number with its country code, client:name or sip:name@host."))
        return told

    def chosen_fields(self) -> dict[str, Any]:
        """What is to be saved."""
        told = self.cleaned_data
        texts = {
            field: {code: told[f"{field}_{code}"].strip() for code in LANGUAGES if told[f"{field}_{code}"].strip()}
            for field in _TEXTS
        }
        phones = {agent.public_id: told[f"endpoint_{agent.public_id}"] for agent in self.agents}
        menu = [{"key": key, **{part: told[f"menu_{key}_{part}"].strip() for part in PARTS}} for key in KEYS]
        return {
            **{name: told[name] for name in CHOSEN},
            "menu": [line for line in menu if line["language"]],
            **texts,
            "endpoints": {agent: phone for agent, phone in phones.items() if phone},
        }
