"""Tracking numbers: whose they may be, whether their check digit is right, and where they stand in what a customer wrote. Pure.

A number is compared in one form: capitals and ASCII digits without what people put between them, leading zeros kept. Full-width
and Arabic signs are folded into it on purpose, since phones type them; other digits and signs are refused. A shape is shared by
carriers, and one number in seven to thirty-six passes a check digit by chance: a guess ranks, it proves nothing.
Never: asks a carrier, knows the shop's parcels.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase, ascii_uppercase
from typing import Final, Literal

Certainty = Literal["checked", "pattern"]
CHECKED: Final = "checked"
PATTERN: Final = "pattern"

# As many signs as a parcel keeps; what is typed may hold blanks besides.
LONGEST_NUMBER: Final = 60
LONGEST_TYPED: Final = 200
LONGEST_TEXT: Final = 100_000
MOST_FOUND: Final = 20
_SHORTEST: Final = 8
# Nobody writes a number in more groups; a longer row of groups is a table, read group by group.
_MOST_GROUPS: Final = 12
# A word stands near a number if no more signs than these lie between them.
_NEAR_BEFORE: Final = 60
_NEAR_AFTER: Final = 30

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FOLDED: Final[dict[int, str | None]] = {
    **{0xFF01 + place: chr(0x21 + place) for place in range(94)},  # full-width
    **{zero + digit: str(digit) for zero in (0x0660, 0x06F0) for digit in range(10)},  # Arabic, Persian
    **dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " "),
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-"),
    **dict.fromkeys(
        (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
    ),  # invisible
}
# Cyrillic letters that look like Latin ones: a number read off a label is often typed without changing the keyboard.
_CAPITALS: Final = str.maketrans(ascii_lowercase + "АВЕІКМНОРСТХУавеікмнорстху", ascii_uppercase + "ABEIKMHOPCTXY" * 2)
_BETWEEN: Final = re.compile(r"[\s.\-]+")
_NUMBER: Final = re.compile(rf"[A-Z0-9]{{1,{LONGEST_NUMBER}}}")


@dataclass(frozen=True, slots=True)
class Guess:
    """A carrier that a number may be of; `number` is as the carrier writes it, without blanks."""

    carrier: str
    number: str
    certainty: Certainty


def normalized(text: str) -> str:
    """What was typed or pasted, in the form in which numbers are compared; "" for what cannot be one."""
    if len(text) > LONGEST_TYPED:
        return ""
    number = _BETWEEN.sub("", text.translate(_FOLDED).translate(_CAPITALS))
    return number if _NUMBER.fullmatch(number) else ""


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    """The digits times the weights, which begin anew when they end, added up."""
    return sum(int(digit) * weights[place % len(weights)] for place, digit in enumerate(digits))


def _mod_10(digits: str, weights: tuple[int, int]) -> bool:
    """The last digit makes the weighed sum of those before it a multiple of ten; weights from the left."""
    return (_weighed(digits[:-1], weights) + int(digits[-1])) % 10 == 0


def ups_check(number: str) -> bool:
    """After `1Z`, modulo 10 with weights 1, 2; letters are ASCII less 3. Source: jkeen/tracking_number_data, checksums."""
    digits = "".join(sign if sign.isdigit() else str((ord(sign) - 3) % 10) for sign in number[2:])
    return _mod_10(digits, (1, 2))


def fedex_express_check(number: str) -> bool:
    """Eleven digits with weights 3, 1, 7, modulo 11, and of that the last digit. Source: as `ups_check`."""
    return _weighed(number[:-1], (3, 1, 7)) % 11 % 10 == int(number[-1])


def fedex_ground_check(number: str) -> bool:
    """Modulo 10 with weights 1, 3 on the fourteen digits before the last, whatever precedes. Source: as `ups_check`."""
    return _mod_10(number[-15:], (1, 3))


def fedex_barcode_check(number: str) -> bool:
    """The thirteen digits before the last with weights 1, 7, 3, modulo 11, last digit. Source: as `ups_check`."""
    return _weighed(number[-14:-1], (1, 7, 3)) % 11 % 10 == int(number[-1])


def smartpost_check(number: str) -> bool:
    """Modulo 10 with weights 3, 1, counted with the `92` that people leave out. Source: as `ups_check`."""
    return _mod_10(number if len(number) == 22 else f"92{number}", (3, 1))


def usps_label_check(number: str) -> bool:
    """Twenty digits: modulo 10 with weights 3, 1, as they are or with `91` before them. Source: as `ups_check`."""
    return _mod_10(number, (3, 1)) or _mod_10(f"91{number}", (3, 1))


def usps_package_check(number: str, *, length: int) -> bool:
    """Modulo 10 with weights 3, 1 on the last `length` digits; `420` and a ZIP code may precede. Source: as `ups_check`."""
    return _mod_10(number[-length:], (3, 1))


def s10_check(number: str) -> bool:
    """Weights 8 6 4 2 3 5 9 7, 11 less the sum modulo 11; 10 is written 0, 11 is written 5. Source: UPU standard S10."""
    rest = 11 - _weighed(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7)) % 11
    return {10: 0, 11: 5}.get(rest, rest) == int(number[10])


def tnt_check(number: str) -> bool:
    """The nine digits are checked like those of S10. Source: observed, not from TNT (Stack Overflow 57053)."""
    return s10_check(number if number[0].isalpha() else f"GD{number}WW")


def dhl_express_check(number: str) -> bool:
    """The last digit is the number before it modulo 7. Source: as `ups_check`."""
    return int(number[:-1]) % 7 == int(number[-1])


def gls_check(number: str) -> bool:
    """Eleven digits with weights 3, 1; one more than the sum is filled up to ten. Source: GLS Uni-Box TechDoku 3.2.1."""
    return (_weighed(number[:-1], (3, 1)) + 1 + int(number[-1])) % 10 == 0


def dpd_check(number: str) -> bool:
    """The code on the label ends with a check sign of ISO 7064 modulo 37, 36. Source: DPD label specification 2.4.1."""
    rest = 36
    for sign in number[:-1]:
        rest = ((rest + _ALPHABET.index(sign)) % 36 or 36) * 2 % 37
    return (rest + _ALPHABET.index(number[-1])) % 36 == 1


def ukrposhta_check(number: str) -> bool:
    """Weights 2 to 7 from the right, filled up to 11; 10 is written 0. Source: derived from Ukrposhta's 18 sample numbers."""
    return -_weighed(number[-2::-1], (2, 3, 4, 5, 6, 7)) % 11 % 10 == int(number[-1])


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where a carrier takes parcels (ISO 3166; none: everywhere), and its public page for a number ("": none that is stable)."""

    countries: tuple[str, ...] = ()
    page: str = ""


_EUROPE: Final = (
    "AT", "BE", "BG", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "NL",
    "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
CARRIERS: Final = {
    "ups": Carrier((), "https://www.ups.com/track?tracknum={number}"),
    "fedex": Carrier((), "https://www.fedex.com/fedextrack/?trknbr={number}"),
    "usps": Carrier(("US",), "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"),
    "dhl_express": Carrier((), "https://www.dhl.com/global-en/home/tracking.html?tracking-id={number}"),
    "gls": Carrier(_EUROPE, "https://gls-group.eu/track/{number}"),
    "dpd": Carrier(_EUROPE, "https://tracking.dpd.de/parcelstatus?query={number}"),
    "amazon": Carrier(("US", "CA", "MX")),
    "nova_poshta": Carrier(("UA",), "https://novaposhta.ua/tracking/?cargo_number={number}"),
    "ukrposhta": Carrier(("UA",), "https://track.ukrposhta.ua/tracking_UA.html?barcode={number}"),
    "meest": Carrier(("UA",)),
    "royal_mail": Carrier(("GB",), "https://www.royalmail.com/track-your-item#/tracking-results/{number}"),
    **dict.fromkeys(("dhl_ecommerce", "tnt", "post"), Carrier()),
    "pos_indonesia": Carrier(("ID",)),
    **dict.fromkeys(("anteraja", "jne", "jnt", "ninja", "sicepat", "tiki", "wahana"), Carrier(("ID",))),
}
# Who gives out numbers of the form S10 that end with the country; those of other countries are of `post`, a post of some country.
_POSTS: Final = {"UA": "ukrposhta", "ID": "pos_indonesia", "GB": "royal_mail", "US": "usps"}

# What it takes for a number to be one in the middle of a text.
Setting = Literal["anywhere", "at_home", "word", "name"]
ANYWHERE: Final = "anywhere"
AT_HOME: Final = "at_home"  # the shop is in a country of the carrier
WORD: Final = "word"  # a word of tracking stands near, or a carrier's name
NAME: Final = "name"  # the carrier's own name stands near


@dataclass(frozen=True, slots=True)
class Format:
    """A shape of numbers. Who fails an undocumented rule still has the shape. `shown`: so many last signs are the number."""

    carrier: str
    pattern: re.Pattern[str]
    setting: Setting
    rule: Callable[[str], bool] | None = None
    is_documented: bool = True
    shown: int = 0

    def certainty(self, number: str) -> Certainty | None:
        """How surely a normalized number is of this shape; None where it is not, or its check digit is wrong."""
        if not self.pattern.fullmatch(number):
            return None
        if self.rule is not None and self.rule(number):
            return CHECKED
        return PATTERN if self.rule is None or not self.is_documented else None


_shape = re.compile
_USPS_22: Final = partial(usps_package_check, length=22)
_USPS_26: Final = partial(usps_package_check, length=26)
# Two digits at least, so that hardly a word of eight letters is one.
_EIGHT_SIGNS: Final = r"(?=[A-Z]+\d[A-Z]*\d)[A-Z0-9]{8}"
# Where shapes collide and nothing else decides, the earlier line is the likelier.
FORMATS: Final = (
    Format("ups", _shape(r"1Z[A-Z0-9]{15}\d"), ANYWHERE, ups_check),
    Format("usps", _shape(r"(?:420(?:\d{5}|\d{9}))?9[1-5]\d{20}"), ANYWHERE, _USPS_22, shown=22),
    Format("usps", _shape(r"(?:420(?:\d{5}|\d{9}))?9[1-5]\d{24}"), ANYWHERE, _USPS_26, shown=26),
    Format("usps", _shape(r"(?:03|7[137]|81)\d{18}"), WORD, usps_label_check),
    *(Format(carrier, _shape(rf"[A-Z]{{2}}\d{{9}}{land}"), ANYWHERE, s10_check) for land, carrier in _POSTS.items()),
    Format("post", _shape(rf"[A-Z]{{2}}\d{{9}}(?!WW|{'|'.join(_POSTS)})[A-Z]{{2}}"), ANYWHERE, s10_check),
    Format("fedex", _shape(r"\d{12}"), WORD, fedex_express_check),
    Format("fedex", _shape(r"\d{15}"), WORD, fedex_ground_check),
    Format("fedex", _shape(r"96\d{20}"), ANYWHERE, fedex_ground_check),
    Format("fedex", _shape(r"(?:1001|96\d\d)\d{30}"), ANYWHERE, fedex_barcode_check, shown=12),
    Format("fedex", _shape(r"92\d{20}"), ANYWHERE, smartpost_check),
    Format("fedex", _shape(r"\d{20}"), WORD, smartpost_check),
    Format("dhl_express", _shape(r"\d{10,11}"), WORD, dhl_express_check),
    Format("dhl_express", _shape(r"(?:JJD|JVGL)\d{10,22}"), ANYWHERE),
    Format("dpd", _shape(r"\d{27}[A-Z0-9]"), ANYWHERE, dpd_check),
    Format("gls", _shape(r"\d{12}"), WORD, gls_check),
    Format("tnt", _shape(r"[A-Z]{2}\d{9}WW"), ANYWHERE, tnt_check, is_documented=False),
    Format("tnt", _shape(r"\d{9}"), NAME, tnt_check, is_documented=False),
    Format("ukrposhta", _shape(r"\d{13}"), WORD, ukrposhta_check, is_documented=False),
    Format("nova_poshta", _shape(r"(?:20|59)\d{12}"), AT_HOME),
    Format("nova_poshta", _shape(r"1\d{13}"), WORD),
    Format("nova_poshta", _shape(r"SHCN\d{10}"), ANYWHERE),
    Format("meest", _shape(r"(?:MY)?CV\d{9}[A-Z]{2}"), AT_HOME),
    Format("amazon", _shape(r"TB[ACM]\d{12}"), ANYWHERE),
    Format("dhl_ecommerce", _shape(r"(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)\d{10,39}"), WORD),
    Format("jnt", _shape(r"J[A-Z]\d{10}|J(?!NE|JD)[A-Z]{2}\d{12}"), AT_HOME),
    Format("sicepat", _shape(r"00\d{10}"), WORD),
    Format("tiki", _shape(r"TKP\d{10}"), AT_HOME),
    Format("ninja", _shape(r"(?:NLIDAP|NV)[A-Z]?\d{8,14}"), AT_HOME),
    Format("anteraja", _shape(r"TSA\d{7,12}"), AT_HOME),
    Format("jne", _shape(r"\d{12,16}"), WORD),
    # Without what others begin their numbers with.
    Format("jne", _shape(r"(?!J[A-Z]\d|JJD|JVGL|TB[ACM]\d|TKP|TSA|SHCN|NV|CV)[A-Z]{2,5}\d{9,13}"), WORD),
    Format("dpd", _shape(r"\d{14}"), WORD),
    Format("anteraja", _shape(r"\d{14}"), WORD),
    Format("pos_indonesia", _shape(r"\d{13}"), WORD),
    Format("gls", _shape(_EIGHT_SIGNS), NAME),
    Format("wahana", _shape(_EIGHT_SIGNS), NAME),
    Format("tnt", _shape(r"\d{8}"), NAME),
)


def recognize(text: str, *, country: str = "") -> list[Guess]:
    """Whose the number may be that was typed, best first, each carrier once; none where no shape fits.

    A passed check digit goes before a shape alone; then the carriers of `country` (ISO 3166, the shop's) go before those who are
    everywhere, and these before those of other countries.
    """
    return [guess for _form, guess in _fitting(normalized(text), country.upper())]


def is_valid(carrier: str, number: str) -> bool | None:
    """Whether the check digit of `carrier` (a key of `CARRIERS`) is right. None where no documented rule covers such a number."""
    number = normalized(number)
    ends = {form.certainty(number) for form in FORMATS if form.carrier == carrier and form.pattern.fullmatch(number)}
    return True if CHECKED in ends else False if ends == {None} else None


def tracking_page(carrier: str, number: str) -> str:
    """Where the carrier shows to anybody how far the parcel is; "" where no such page is known."""
    number, known = normalized(number), CARRIERS.get(carrier)
    return known.page.replace("{number}", number) if known and number else ""


def _fitting(number: str, country: str) -> list[tuple[Format, Guess]]:
    ends = [(form, form.certainty(number)) for form in FORMATS]
    fits = [(form, Guess(form.carrier, number[-form.shown :], certainty)) for form, certainty in ends if certainty]
    fits.sort(key=lambda fit: (fit[1].certainty == PATTERN, _distance(fit[1].carrier, country)))
    best: dict[str, tuple[Format, Guess]] = {}
    for form, guess in fits:
        best.setdefault(guess.carrier, (form, guess))
    return list(best.values())


def _distance(carrier: str, country: str) -> int:
    countries = CARRIERS[carrier].countries
    return 0 if not country or country in countries else 2 if countries else 1


# Words by which a text says what a number is. A name stands for all carriers whose keys begin with it.
_NAMES: Final = {
    "ups": "ups", "usps": "usps", "dhl": "dhl", "tnt": "tnt", "gls": "gls", "dpd": "dpd", "amazon": "amazon", "jne": "jne",
    "tiki": "tiki", "ninja": "ninja", "wahana": "wahana", "fedex": "fed[ -]?ex", "sicepat": "si ?cepat", "meest": "meest",
    "jnt": "jnt|j ?& ?t", "anteraja": "anter ?aja", "pos_indonesia": "pos indonesia", "royal_mail": "royal ?mail",
    "nova_poshta": r"nova ?poshta|нп|нов(?:а|ої|ою|у|ій|ая|ой) ?по[шч]т\w{1,3}", "ukrposhta": r"ukr ?poshta|укр ?по[шч]т\w{1,3}",
}  # fmt: skip
_HINTS: Final = {
    "tracking": r"track\w{0,8}|awb|waybill|consignment|resi|lacak|ттн|накладн\w{1,3}|трек\w{0,7}|відсте\w{1,9}|отсле\w{1,9}",
    "otherwise": r"call|phone|mobile|tel|telp|telepon|whatsapp|wa|hp|viber|тел|телефон\w{0,3}|\w{0,3}дзвон\w{1,5}"
    r"|зателефон\w{1,6}|card|iban|account|rekening|карт\w{1,3}",
    # Counts only right before the number: "the number for my order is ..." says nothing of what follows.
    "order": r"(?:order|invoice|pesanan|faktur|замовлен\w{1,3}|заказ\w{0,3}|рахун\w{1,4})"
    r"(?:\s{0,3}(?:number|no|nr|id|nomor|номер))?[\s№#:.]{0,4}",
}
_HINT: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in (_NAMES | _HINTS).items())})(?![^\W\d])",
    re.IGNORECASE,
)
# Digits, with letters or without, or two capitals as S10 has them; not in an address, a file's name, or beside other digits.
_GROUP: Final = re.compile(r"(?<![A-Za-z\d_@])(?:[A-Z]{2}|(?=[A-Za-z]*[0-9])[A-Za-z0-9]+)(?![A-Za-z\d_@])")
_SURE: Final = re.compile("|".join(form.pattern.pattern for form in FORMATS if form.setting == ANYWHERE))
_JOINT: Final = re.compile(r" {1,2}|[.-]")
_MOST_HINTS: Final = 20
Row = list[re.Match[str]]


def find_in(text: str, *, country: str = "") -> list[Guess]:
    """The tracking numbers in the first 100,000 signs of `text`, as they stand there: of each the guesses, best first.

    At most twenty. A shape that phones, orders and dates have too counts only near a word of tracking or a carrier's name, not
    where a nearer word says that it is something else. Where carriers are named, it is theirs if it can be.
    """
    text = text[:LONGEST_TEXT].translate(_FOLDED)
    reading = _Reading(text, country.upper(), [(*hint.span(), str(hint.lastgroup)) for hint in _HINT.finditer(text)])
    found: dict[Guess, None] = {}
    for row in _rows(text):
        for guesses in reading.numbers(row):
            found.update(dict.fromkeys(guesses))
            if len({guess.number for guess in found}) >= MOST_FOUND:
                return list(found)
    return list(found)


def _rows(text: str) -> Iterator[Row]:
    """Groups of signs that stand so together that they may be one number."""
    row: Row = []
    for group in _GROUP.finditer(text):
        if row and not _JOINT.fullmatch(text, row[-1].end(), group.start()):
            yield row
            row = []
        row.append(group)
    yield row


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text, and its hints in their order: where a word begins and ends, and which of `_NAMES` or `_HINTS` it is."""

    text: str
    country: str
    hints: list[tuple[int, int, str]]

    def numbers(self, row: Row) -> Iterator[list[Guess]]:
        """The guesses for each number in a row: from the left, a passed check digit first, then the longest."""
        spelled = [place for place, group in enumerate(row) if not group[0].isalpha()]
        first = 0
        while first < len(row):
            lasts = range(first, len(row) if len(row) <= _MOST_GROUPS else first + 1)
            wholes = {first, spelled[-1]} if [first] == spelled[:1] else {first}
            read = [(last, guesses) for last in lasts if (guesses := self._guesses(row, first, last, last in wholes))]
            if read:
                first, guesses = max(read, key=lambda one: (one[1][0].certainty == CHECKED, one[0]))
                yield guesses
            first += 1

    def _guesses(self, row: Row, first: int, last: int, is_whole: bool) -> list[Guess]:
        start, end = row[first].start(), row[last].end()
        number = normalized(self.text[start:end]) if end - start >= _SHORTEST else ""
        # A part of a row, or with letters that stand apart, is a number only if the check digit says so.
        if len(number) < _SHORTEST or not (is_whole or _SURE.fullmatch(number)):
            return []
        fits = _fitting(number, self.country)
        sure = [guess for form, guess in fits if form.setting == ANYWHERE]
        if not fits or not is_whole:
            return [guess for guess in sure if guess.certainty == CHECKED]
        near = self._near(start, end)
        if near is None or (number.isdigit() and self.text.startswith("+", max(row[0].start() - 1, 0))):
            return sure
        named = [guess for _form, guess in fits if guess.carrier.startswith(tuple(near))]
        home = [
            one for form, one in fits if form.setting == AT_HOME and self.country in CARRIERS[one.carrier].countries
        ]
        worded = [guess for form, guess in fits if form.setting != NAME and near == {"tracking"}]
        return named or sure or home or worded

    def _near(self, start: int, end: int) -> set[str] | None:
        """Which words stand near; None where they say that it is no tracking number."""
        place, after = bisect_left(self.hints, (start,)), bisect_left(self.hints, (end,))
        told = [
            kind
            for _opens, closes, kind in self.hints[max(place - _MOST_HINTS, 0) : place]
            if closes >= start - _NEAR_BEFORE and (kind != "order" or closes == start)
        ]
        if told and told[-1] in ("order", "otherwise"):
            return None
        told += [kind for opens, _closes, kind in self.hints[after : after + _MOST_HINTS] if opens <= end + _NEAR_AFTER]
        return set(told) - {"order", "otherwise"}
