"""Parts of forms: texts in three languages, amounts that read in one way only, moments on the shop's clock, a language's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ramah.commerce.imports import values
from ramah.commerce.imports.facts import plain
from ramah.commerce.imports.records import Refused
from ramah.commerce.imports.values import Reading
from ramah.commerce.models import Category
from ramah.commerce.queries.catalog import categories
from ramah.commerce.queries.terms import category_tree, shop_profile

# Each by its own name: whoever writes in it reads it.
LANGUAGES = (("en", "English"), ("id", "Bahasa Indonesia"), ("uk", "Українська"))


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is asked in every language; `rows` 0 is one line. `needed`: in one language at least."""

    name: str
    label: Any  # a text, or one to be translated
    longest: int
    rows: int = 0
    needed: bool = False
    help_text: Any = ""


class SpokenForm(forms.Form):
    """A form with texts in three languages, and the mark of what it was made from (`ramah.commerce.seen`)."""

    texts_asked: ClassVar[tuple[Text, ...]] = ()
    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, told: QueryDict | None = None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(told, initial=dict(initial or {}))
        for text in self.texts_asked:
            for code, _name in LANGUAGES:
                attrs = {"lang": code, **({"rows": text.rows} if text.rows else {})}
                self.fields[f"{text.name}_{code}"] = forms.CharField(
                    label=text.label,
                    max_length=text.longest,
                    required=False,
                    help_text=text.help_text,
                    widget=forms.Textarea(attrs) if text.rows else forms.TextInput(attrs),
                )

    def languages(self) -> list[tuple[str, list[BoundField]]]:
        """What is asked in each language, under its name."""
        return [(name, [self[f"{text.name}_{code}"] for text in self.texts_asked]) for code, name in LANGUAGES]

    def words(self, name: str) -> dict[str, str]:
        """What was written, by language; nothing of the languages that were left out."""
        told = {code: self.cleaned_data.get(f"{name}_{code}", "") for code, _name in LANGUAGES}
        return {code: text for code, text in told.items() if text}

    def clean(self) -> dict[str, Any]:
        for text in self.texts_asked:
            fields = [f"{text.name}_{code}" for code, _name in LANGUAGES]
            if text.needed and not any(self.cleaned_data.get(field) or field in self.errors for field in fields):
                self.add_error(fields[0], _("Write it in one language at least."))
        return self.cleaned_data


def spoken(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """The initial values of a text's fields."""
    return {f"{name}_{code}": text for code, text in texts.items()}


def amount_in(text: str, currency: str) -> Decimal:
    """The amount that somebody wrote: `389.000` are rupiah in full. Raises `ValidationError` for what reads in two ways."""
    try:
        return values.amount(text, currency, column="", reading=Reading())
    except Refused as error:
        raise ValidationError(_("Write the amount in digits, such as 389000 or 1249.50.")) from error


class AmountField(forms.CharField):
    """An amount in one currency, as text: a browser's number field would read 389.000 as less than four hundred."""

    def __init__(self, currency: str, **options: Any) -> None:
        options.setdefault("max_length", 30)
        super().__init__(widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}), **options)
        self.currency = currency

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return amount_in(text, self.currency) if text else None

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value


class AnyAmountField(forms.CharField):
    """An amount whose currency stands elsewhere in the form; `amount_in` reads it once that is known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=30, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}), **options
        )

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value


class ShopMomentField(forms.DateTimeField):
    """A moment on the clock of the shop, whoever writes it wherever."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)

    def clean(self, value: Any) -> Any:
        with timezone.override(shop_zone()):
            return super().clean(value)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(shop_zone()).replace(tzinfo=None) if isinstance(value, datetime) else value


def shop_zone() -> ZoneInfo:
    """The clock of the shop."""
    return ZoneInfo(settings.SHOP_TIME_ZONE)


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    """One of the categories, called by the names of those above it and its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(categories(), to_field_name="public_id", required=False, **options)

    def label_from_instance(self, obj: Any) -> str:
        return category_words(obj)


def category_words(category: Category | None) -> str:
    """`Fashion / Shirts`, in the language of the page; empty without a category."""
    if category is None:
        return ""
    language = (get_language() or "en").split("-")[0]
    lineage = category_tree().lineage(category.pk)
    return " / ".join(str(node.name_in(language)) for node in lineage) or str(category.name_in(language))


def currencies_sold(*more: str) -> list[str]:
    """The currencies in which the shop sells, home first, then those of `more` that it no longer does."""
    profile = shop_profile()
    return list(dict.fromkeys([profile.currency, *profile.countries.values(), *filter(None, more)]))


FRESH_WORDS = gettext_lazy(
    "Somebody else changed this after you opened it. Nothing was saved. Load the page anew, then make your change again."
)
