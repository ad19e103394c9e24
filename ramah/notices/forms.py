"""Forms of the pages of notices: a rule in parts, settings, who is spared."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.functional import Promise as LazyString
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from ramah.customers.models import ContactPoint
from ramah.desk.queries.details import choice_words
from ramah.notices import kinds
from ramah.notices.commands.rules import CHANNELS, MOST_HOLDOUT, MOST_HOURS, RuleTold
from ramah.notices.commands.switching import MOST_CREDITS, MOST_PER_WEEK
from ramah.notices.kinds import KINDS
from ramah.notices.models import NoticeSettings, Rule, Suppression
from ramah.notices.texts import LANGUAGES, MOST_SUBJECT, MOST_TEXT, VARIABLES

_TIME: Final = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
_WORDS_TERMS: Final = ("countries", "languages", "carriers")
# Which terms a kind goes by, beside country, language and carrier.
_TERMS: Final[Mapping[str, Sequence[str]]] = {
    kinds.AT_RISK: ("probability", "days"),
    kinds.STALLED: ("after_hours",),
    kinds.PAYMENT_MISSING: ("after_hours",),
    kinds.PROMOTION: ("category", "bought_days", "idle_days"),
}
_LABELS: Final[Mapping[str, tuple[LazyString | str, LazyString | str]]] = {
    "probability": (
        _("How likely it is late, at least, in percent"),
        _("Empty: as the forecast’s own back-test says."),
    ),
    "days": (_("Only so many days before the promised one"), _("Empty: any number of days.")),
    "after_hours": (_("After so many hours"), ""),
    "countries": (_("Only to these countries"), _("Two letters each, by commas: ID, UA. Empty: everywhere.")),
    "languages": (_("Only customers who read"), _("Codes by commas: en, id, uk. Empty: all.")),
    "carriers": (_("Only parcels of these carriers"), _("Their keys by commas. Empty: all.")),
    "category": (_("Who bought in this category"), _("Its path in the shop. Empty: anything.")),
    "bought_days": (_("within so many days"), _("Empty: ever.")),
    "idle_days": (_("and nothing for so many days"), _("Empty: it does not matter.")),
}


class RuleForm(forms.Form):
    """A rule: `told` has it as `commands.rules.save_rule` takes it. Fields that its kind does not know are not asked."""

    name = forms.CharField(label=_("Name of the rule"), max_length=80)

    def __init__(
        self, told: Any = None, *, kind: str, rule: Rule | None = None, currencies: Sequence[str] = ()
    ) -> None:
        self.kind = KINDS[kind]
        self._currencies = list(dict.fromkeys([*currencies, *(rule.credit if rule else ())]))
        super().__init__(told, initial=_initial(rule) if rule else None)
        self._add_terms()
        self._add_channels()
        for language in LANGUAGES:
            info = get_language_info(language)
            self.fields[f"subject_{language}"] = forms.CharField(label=_("Subject"), max_length=MOST_SUBJECT)
            text = forms.CharField(label=_("Text"), max_length=MOST_TEXT, strip=False, widget=_area(info["code"]))
            self.fields[f"text_{language}"] = text
        self._add_choices()

    def _add_terms(self) -> None:
        for name in (*_TERMS.get(self.kind.key, ()), *_WORDS_TERMS):
            if name == "carriers" and self.kind.key == kinds.PROMOTION:
                continue
            label, help_text = _LABELS[name]
            told: dict[str, Any] = {"label": label, "help_text": help_text, "required": False}
            is_text = name in (*_WORDS_TERMS, "category")
            most = 100 if name == "probability" else 5000
            self.fields[name] = (
                forms.CharField(max_length=300, **told)
                if is_text
                else forms.IntegerField(min_value=0, max_value=most, **told)
            )

    def _add_channels(self) -> None:
        is_mail = self.kind.is_promotion or self.kind.on_request
        names = [(key, ContactPoint.Kind(key).label) for key in (("email",) if is_mail else CHANNELS)]
        labels = (_("Told by"), _("else by"), _("else by"))
        for place, label in enumerate(labels[: len(names)]):
            choices = names if not place else [("", "–"), *names]
            self.fields[f"channel_{place}"] = forms.ChoiceField(label=label, choices=choices, required=not place)

    def _add_choices(self) -> None:
        if self.kind.choices:
            self.fields["choices"] = forms.MultipleChoiceField(
                label=_("The customer may choose"),
                choices=[(key, choice_words(key)) for key in self.kind.choices],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
            self.fields["expires_hours"] = forms.IntegerField(
                label=_("for so many hours"), min_value=1, max_value=MOST_HOURS, initial=72
            )
        if kinds.CREDIT in self.kind.choices:
            for currency in self._currencies:
                self.fields[f"credit_{currency}"] = forms.DecimalField(
                    label=_("Credit, %(currency)s") % {"currency": currency},
                    required=False,
                    min_value=Decimal("0.01"),
                    max_digits=11,
                    decimal_places=2,
                )
        if self.kind.holds_out:
            self.fields["holdout_percent"] = forms.IntegerField(
                label=_("Customers left out, in percent"),
                help_text=_("They are not told, so that you see what telling is worth. Empty: nobody."),
                required=False,
                min_value=0,
                max_value=MOST_HOLDOUT,
            )

    @property
    def variables(self) -> list[str]:
        """What may stand in its texts."""
        return [f"{{{name}}}" for name in VARIABLES[self.kind.key]]

    @property
    def wordings(self) -> list[tuple[str, str, Any, Any]]:
        """Each language with its own name and its two fields."""
        return [
            (code, get_language_info(code)["name_local"].capitalize(), self[f"subject_{code}"], self[f"text_{code}"])
            for code in LANGUAGES
        ]

    @property
    def parts(self) -> dict[str, list[Any]]:
        """The fields beside name and texts, by what they are about."""
        part_of = dict.fromkeys(_LABELS, "terms") | {f"channel_{place}": "channels" for place in range(3)}
        found: dict[str, list[Any]] = {"terms": [], "channels": [], "choices": []}
        for bound in self:
            if bound.name != "name" and not bound.name.startswith(("subject_", "text_")):
                found[part_of.get(bound.name, "choices")].append(bound)
        return found

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """What was written, by language, as it was: also where it is not sound."""
        told = self.cleaned_data if self.is_bound else {}
        return {
            code: {
                "subject": str(told.get(f"subject_{code}", "")),
                "text": str(told.get(f"text_{code}", "")).replace("\r\n", "\n").strip(),
            }
            for code in LANGUAGES
        }

    @property
    def told(self) -> RuleTold:
        """The rule as it was filled in."""
        told = self.cleaned_data
        places = [told.get(f"channel_{place}") for place in range(3)]
        credit = {code: told.get(f"credit_{code}") for code in self._currencies}
        return RuleTold(
            name=told["name"],
            kind=self.kind.key,
            terms=self._terms(),
            channels=list(dict.fromkeys(place for place in places if place)),
            texts=self.texts,
            choices=told.get("choices", []),
            credit={code: f"{amount.normalize():f}" for code, amount in credit.items() if amount},
            expires_hours=told.get("expires_hours") or 72,
            holdout_percent=told.get("holdout_percent") or 0,
        )

    def _terms(self) -> dict[str, Any]:
        told = {name: self.cleaned_data[name] for name in _LABELS if self.cleaned_data.get(name)}
        for name in _WORDS_TERMS:
            if name in told:
                told[name] = [word.strip() for word in told[name].split(",") if word.strip()]
        if "countries" in told:
            told["countries"] = [word.upper() for word in told["countries"]]
        if "probability" in told:
            told["probability"] = told["probability"] / 100
        return told


class SettingsForm(forms.Form):
    """What holds for all notices."""

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=_TIME)
    quiet_to = forms.TimeField(
        label=_("Quiet until"),
        help_text=_("On each customer’s own clock. The same time twice: never quiet."),
        widget=_TIME,
    )
    per_week = forms.IntegerField(
        label=_("Service notices in a week"),
        help_text=_("That one customer gets at most. What is over waits, or goes out with the next."),
        min_value=0,
        max_value=MOST_PER_WEEK,
    )
    promotions_per_week = forms.IntegerField(label=_("Promotions in a week"), min_value=0, max_value=MOST_PER_WEEK)
    credits_per_year = forms.IntegerField(
        label=_("Credits in a year"), help_text=_("That one customer can choose."), min_value=0, max_value=MOST_CREDITS
    )

    @classmethod
    def of(cls, held: NoticeSettings, told: Any = None) -> "SettingsForm":
        """The form as things are now."""
        return cls(told, initial={name: getattr(held, name) for name in cls.base_fields})


class SwitchForm(forms.Form):
    """Why everything is stopped: colleagues read it."""

    reason = forms.CharField(label=_("Why?"), max_length=200)


class SpareForm(forms.Form):
    """Whom to spare: by an address of theirs."""

    address = forms.CharField(label=_("E-mail address or phone number"), max_length=254)
    is_whole = forms.BooleanField(
        label=_("All addresses of this customer"), help_text=_("Else this one alone."), required=False, initial=True
    )
    scope = forms.ChoiceField(label=_("Spared"), choices=Suppression.Scope.choices)
    until = forms.DateField(
        label=_("Until"),
        help_text=_("Empty: for good."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(label=_("Why?"), max_length=200, required=False)


def _initial(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {"name": rule.name, "choices": rule.choices, "expires_hours": rule.expires_hours}
    told |= {name: ", ".join(rule.terms[name]) for name in _WORDS_TERMS if rule.terms.get(name)}
    told |= {name: value for name, value in rule.terms.items() if name not in (*_WORDS_TERMS, "probability")}
    if share := rule.terms.get("probability"):
        told["probability"] = round(100 * share)
    told |= {f"channel_{place}": channel for place, channel in enumerate(rule.channels[:3])}
    told |= {f"credit_{code}": amount for code, amount in rule.credit.items()}
    told["holdout_percent"] = rule.holdout_percent or None
    for code, words in rule.texts.items():
        told |= {f"subject_{code}": words.get("subject", ""), f"text_{code}": words.get("text", "")}
    return told


def _area(language: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 8, "data-grow": "", "lang": language})
