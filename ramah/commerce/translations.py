"""Texts in several languages: a JSON object `{"en": "Linen shirt", "id": "Kemeja linen"}`."""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Translated:
    """A text and the language it is in: pages mark it with `lang`, so a fallback is seen and read aloud as what it is."""

    text: str
    language: str
    is_fallback: bool = False

    def __str__(self) -> str:
        return self.text


def in_language(texts: Mapping[str, str], language: str) -> Translated:
    """The text in `language`, else in its base language (`pt` for `pt-br`), else in English, else in the first there is."""
    for wanted in (language, language.split("-")[0]):
        if texts.get(wanted):
            return Translated(texts[wanted], wanted)
    for other in (DEFAULT, *sorted(texts)):
        if texts.get(other):
            return Translated(texts[other], other, is_fallback=True)
    return Translated("", language)
