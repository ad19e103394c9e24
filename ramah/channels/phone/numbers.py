"""Phone numbers as callers type and say them, and as providers write them. Pure."""

import phonenumbers

# What providers write where the number is withheld: https://www.twilio.com/docs/voice/twiml#twilios-request-to-your-application
_WITHHELD = frozenset({"", "anonymous", "restricted", "unknown", "unavailable", "private", "withheld"})
_WITHHELD_DIGITS = frozenset({"266696687", "7378742833", "2562533", "8656696", "86282452253"})
SHORTEST = 6


def number_of(text: str, *, region: str = "", exactly: bool = False) -> str:
    """The number in E.164; empty where it is withheld or none. One without country code is of `region`.

    What a provider says is believed where the numbering plan may be newer than our table; with `exactly` it must be in it.
    """
    text = text.strip()
    if text.lower() in _WITHHELD or text.lstrip("+") in _WITHHELD_DIGITS:
        return ""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not (phonenumbers.is_valid_number(number) if exactly else phonenumbers.is_possible_number(number)):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of_number(number: str) -> str:
    """The country of a number, as ISO 3166 code; empty where it is not known."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def said_number(digits: str, speech: str, *, region: str) -> str:
    """The number that a caller typed, or else said; empty where neither is one."""
    for text in (digits, "".join(character for character in speech if character.isdecimal() or character == "+")):
        typed = "".join(character for character in text if character.isdecimal() or character == "+")
        if len(typed) >= SHORTEST and (found := number_of(typed, region=region, exactly=True)):
            return found
    return ""
