"""Which shipments are alike: lanes, and the wider groups that a thin lane borrows from.

A group is known by a 64-bit key made of its words, so that it means the same in every table and needs no dictionary. A level is
a tuple of column names; `~origin` is the wide form of a column (a region of a postal code, the country of a place).
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Final

import numpy as np

from ramah.shipping.forecast.table import Keys, Table, Text

Level = tuple[str, ...]

ALL: Final[Level] = ()
# From wide to narrow; each borrows from the one before it that the data can tell apart.
CHAIN: Final[tuple[Level, ...]] = (
    ALL,
    ("carrier", "service"),
    ("~destination", "carrier", "service"),
    ("~origin", "~destination", "carrier", "service"),
    ("~origin", "destination", "carrier", "service"),
    ("origin", "~destination", "carrier", "service"),
    ("origin", "destination", "carrier", "service"),
)
ALONE: Final[tuple[Level, ...]] = (("~origin",), ("origin",), ("destination",))
_FEW: Final = 40  # as many words as that need no wider form
_MOST_WIDE: Final = 400
_ENOUGH: Final = 8.0  # shipments in the group of the middle shipment, for a level to say anything
_MOST_EXTRAS: Final = 6
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)

_SEPARATORS: Final = ",/|;- "


def _first(word: str) -> str:
    for separator in _SEPARATORS:
        word = word.split(separator, 1)[0]
    return word


def _last(word: str) -> str:
    for separator in _SEPARATORS:
        word = word.rsplit(separator, 1)[-1]
    return word


WIDENINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "same": lambda word: word,
    "first": _first,
    "last": _last,
    "prefix3": lambda word: word[:3],
    "prefix2": lambda word: word[:2],
    "prefix1": lambda word: word[:1],
}


_PARTS: Final = ("first", "last")
_PREFIXES: Final = ("prefix3", "prefix2", "prefix1")


def widening_of(text: Text) -> str:
    """The name of the widening that leaves the most groups, of those that leave at most 400 (or a fifth of the words).

    Words of several parts are widened to a part, others to their first letters or digits.
    """
    if len(text.labels) <= _FEW:
        return "same"
    most = min(_MOST_WIDE, max(_FEW, len(text.labels) // 5))
    counts = {name: len({widen(label) for label in text.labels}) for name, widen in WIDENINGS.items()}
    of_parts = sum(_first(label) != label for label in text.labels) > 0.9 * len(text.labels)
    for names in (_PARTS, _PREFIXES) if of_parts else (_PREFIXES,):
        fitting = [name for name in names if 1 < counts[name] <= most]
        if fitting:
            return max(fitting, key=lambda name: counts[name])
    return "prefix1"


def key_of(word: str) -> int:
    """64 bits that stand for a word, the same on every machine."""
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")


def level_keys(table: Table, level: Level, widenings: Mapping[str, str]) -> Keys:
    """The key of each row's group on a level. A column that the table does not have counts as empty."""
    keys = np.full(len(table), _ODD, np.uint64)
    for column in level:
        keys = (keys ^ (keys >> np.uint64(31))) * _MIX + _column_keys(table, column, widenings)
    return keys


def _column_keys(table: Table, column: str, widenings: Mapping[str, str]) -> Keys:
    name = column.removeprefix("~")
    text = table.texts.get(name)
    widen = WIDENINGS[widenings.get(name, "same") if column != name else "same"]
    labels = [key_of(widen(label)) for label in text.labels] if text else []
    each = np.array([*labels, key_of("")], np.uint64)  # the last is that of code -1
    return each[text.codes] if text else np.full(len(table), each[-1], np.uint64)


def choose_levels(table: Table, extras: Sequence[str], widenings: Mapping[str, str]) -> tuple[list[Level], list[Level]]:
    """The levels of the chain, and those that stand alone, which this table can tell apart and has enough rows for."""
    seen: set[bytes] = set()

    def is_new(level: Level) -> bool:
        groups, first, members, counts = np.unique(
            level_keys(table, level, widenings), return_index=True, return_inverse=True, return_counts=True
        )
        # Two levels are the same when they put the same rows together: name each group by its first row.
        partition = first[members].astype(np.int32).tobytes()
        if partition in seen or (len(groups) > 1 and np.median(counts[members]) < _ENOUGH):
            return False
        seen.add(partition)
        return True

    chain = [level for level in CHAIN if is_new(level)]
    alone = [level for level in ALONE if is_new(level)]
    alone += [level for level in [(name,) for name in extras] if is_new(level)][:_MOST_EXTRAS]
    return chain, alone
