"""Words as searches compare them: one form for what stands in the catalog and for what people type. Pure.

Folded means: lower case, without accents and apostrophes, letters and digits only. So nothing that anybody types can be taken for
syntax by a database, and `М'ЯКА` finds `м’яка`.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

LONGEST_WORD: Final = 40
MOST_WORDS: Final = 8
# From here up the beginning of a word finds it.
SHORTEST_PREFIX: Final = 2
_APOSTROPHES: Final = dict.fromkeys(map(ord, "'’ʼʹ`´‘"))
# Letters that Unicode does not take apart.
_ALIKE: Final = str.maketrans({"ґ": "г", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_WORD: Final = re.compile(r"[^\W_]+")


def folded_words(text: str) -> list[str]:
    """The words of `text`, folded, in their order, each as often as it stands there."""
    text = text.casefold().translate(_APOSTROPHES)
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        # Folded again: compatibility forms come apart into capitals. What is joined by it counts as one letter from here on.
        text = "".join(sign for sign in parts if not unicodedata.combining(sign)).casefold().translate(_ALIKE)
    return [word[:LONGEST_WORD] for word in _WORD.findall(text)]


def asked_words(text: str) -> list[str]:
    """The words that somebody searches for, folded, each once: the first eight of them."""
    return list(dict.fromkeys(folded_words(text[:400])))[:MOST_WORDS]


def shown_words(text: str) -> list[tuple[str, str]]:
    """Each word of `text` folded, with the word as it is written in lower case: `("мяка", "м’яка")`."""
    found = []
    for written in re.findall(r"[^\W_]+(?:['’ʼ][^\W_]+)*", unicodedata.normalize("NFC", text.casefold())):
        found += [(folded, written[:60]) for folded in folded_words(written)[:1]]
    return found


def stem_of(word: str) -> str:
    """The beginning that other forms of the word share, roughly: `сорочки` and `сорочка`, `shirts` and `shirt`. May be empty."""
    return word[:-1] if len(word) >= 5 and not word[-1].isdigit() else ""


def allowed_typos(word: str) -> int:
    """How many slips a word of this length may hold and still be known."""
    return 0 if len(word) < 3 or word.isdigit() else 1 if len(word) < 6 else 2


def nearest_terms(word: str, terms: Iterable[str], *, begun: bool = False) -> list[str]:
    """Those of `terms` that `word` may be a slip for, the likeliest first; with `begun` also, last, what it may begin."""
    most = allowed_typos(word)
    scored = []
    for rank, term in enumerate(terms):
        whole, beginning = _distances(word, term, most)
        if whole <= most:
            scored.append((0, whole, rank, term))
        elif begun and beginning <= 1 and len(word) >= 4:
            scored.append((1, beginning, rank, term))
    return [term for _kind, _distance, _rank, term in sorted(scored)]


@lru_cache(maxsize=4096)
def _distances(word: str, term: str, most: int) -> tuple[int, int]:
    """Slips between `word` and `term`, and between `word` and the nearest beginning of `term`.

    A slip is a letter too many, too few, another one, or two that changed places (optimal string alignment). Counting ends at
    `most` + 1.
    """
    if len(word) - len(term) > most:
        return most + 1, most + 1
    before: list[int] = []
    row = list(range(len(term) + 1))
    for i, letter in enumerate(word, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(term, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == term[j - 2] and word[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1, most + 1
    return row[-1], min(row)
