"""How customers are called by name: `Dana`, `Kak Dana`, «Олено». Pure."""

from typing import Final

# Said to whoever gave no name; in a greeting: "Hello there,", "Halo Kak,", «Вітаємо, шановний покупцю!».
_NAMELESS: Final = {"en": "there", "id": "Kak", "uk": "шановний покупцю"}
_VOWELS: Final = "аеєиіїоуюя"
_BY_ENDING: Final = (
    ("ія", "іє"),
    ("ій", "ію"),
    ("лля", "лле"),
    ("я", "ю"),
    ("а", "о"),
    ("й", "ю"),
    ("о", "е"),
    ("ь", "ю"),
    ("ор", "оре"),
    ("г", "же"),
    ("к", "ку"),
    ("х", "ху"),
)
_EXCEPTIONS: Final = {"ігор": "ігоре", "лев": "леве", "павло": "павле", "любов": "любове", "ілля": "ілле"}


def called(name: str, language: str) -> str:
    """The first of the names, as whoever has it is spoken to in `language` (en, id, uk)."""
    first = next(iter(name.split()), "")
    if not any(sign.isalpha() for sign in first):
        return _NAMELESS.get(language, _NAMELESS["en"])
    if language == "id":
        return f"Kak {first}"
    return vocative(first) if language == "uk" else first


def vocative(name: str) -> str:
    """A Ukrainian first name in the vocative: Олена - Олено, Андрій - Андрію. Others, and those in Latin letters, as they are."""
    lower = name.lower()
    if not any("а" <= sign <= "я" or sign in "єіїґ" for sign in lower):
        return name
    if lower in _EXCEPTIONS:
        return _like(name, _EXCEPTIONS[lower])
    for ending, instead in _BY_ENDING:
        if lower.endswith(ending) and len(lower) > len(ending):
            # After a vowel or an apostrophe: Мар'я - Мар'є, Зоя - Зоє.
            soft = ending == "я" and lower[-2] in _VOWELS + "'’ʼ"
            return _like(name, lower.removesuffix(ending) + ("є" if soft else instead))
    return name if lower[-1] in _VOWELS else _like(name, lower + "е")


def _like(name: str, lower: str) -> str:
    """`lower` with the capitals of `name`."""
    if name.isupper() and len(name) > 1:
        return lower.upper()
    return "".join(new.upper() if at < len(name) and name[at].isupper() else new for at, new in enumerate(lower))
