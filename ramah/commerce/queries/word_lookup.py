"""How the two databases are asked for words: the products that have one, and the terms that look like one.

Words come folded, letters and digits only, so that in neither query language one of them can be more than a word.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from ramah.commerce.search_words import SHORTEST_PREFIX, stem_of

_EXACT, _BEGINNING, _STEM = "exact", "beginning", "stem"
# What weighs alike, the weightiest first: the parts of a text (columns of FTS5), and what is asked of them.
_WEIGHTS = (
    (("title",), _EXACT),
    (("title",), _BEGINNING),
    (("named",), _BEGINNING),
    (("title", "named"), _STEM),
    (("told",), _BEGINNING),
)


class Term(NamedTuple):
    """A word of the vocabulary, folded and as it is written."""

    term: str
    shown: str


def word_sets(words: Sequence[str]) -> dict[str, list[list[int]]]:
    """For each word the keys of the products that have it, by weight (five lists). One query."""
    found: dict[str, list[list[int]]] = {word: [[] for _weight in _WEIGHTS] for word in words}
    asked = [(word, weight, match) for word in words for weight, match in _matches(word)]
    if not asked:
        return found
    for number, keys in _ask(_KEYS[connection.vendor], _listed([match for _word, _weight, match in asked])):
        if keys:
            word, weight, _match = asked[number]
            found[word][weight] = list(map(int, keys.split(",")))
    return found


def terms_like(words: Sequence[str]) -> dict[str, list[Term]]:
    """For each word up to 60 terms of the vocabulary that share the most of its trigrams. One query."""
    found: dict[str, list[Term]] = {word: [] for word in words}
    asked = [_trigrams(word) if connection.vendor == "sqlite" else word for word in words]
    sql = " UNION ALL ".join([_TERMS[connection.vendor]] * len(asked))
    for number, term, shown in _ask(sql, [value for pair in enumerate(asked) for value in pair]):
        found[words[number]].append(Term(term, shown))
    return found


def _matches(word: str) -> Iterator[tuple[int, str]]:
    """What to ask for a word, with its weight, in the language of the database."""
    is_short = len(word) < SHORTEST_PREFIX
    stem = stem_of(word)
    for weight, (columns, kind) in enumerate(_WEIGHTS):
        asked = stem if kind == _STEM else word
        if not asked or (is_short and columns == ("told",)):
            continue
        is_whole = is_short or kind == _EXACT
        if connection.vendor == "sqlite":
            yield weight, f'{{{" ".join(columns)}}} : "{asked}"{"" if is_whole else "*"}'
        else:
            yield weight, " | ".join(f"'{lexeme_of(name, asked)}'{'' if is_whole else ':*'}" for name in columns)


def lexeme_of(column: str, word: str) -> str:
    """How PostgreSQL holds a word: with the part of the text before it, since to look at weights it would read every row."""
    return f"{_LETTERS[column]}{word}"


def _listed(matches: Sequence[str]) -> list[Any]:
    return [json.dumps(matches)] if connection.vendor == "sqlite" else [list(range(len(matches))), list(matches)]


def _ask(sql: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _trigrams(word: str) -> str:
    # With blanks around as they stand in the table.
    padded = f"  {word} "
    return " OR ".join(f'"{padded[start : start + 3]}"' for start in range(len(padded) - 2))


_LETTERS = {"title": "t", "named": "n", "told": "d"}
# The keys as one text: a row for each of 10,000 products would cost ten times as much.
_KEYS = {
    "sqlite": (
        "SELECT key, (SELECT group_concat(rowid) FROM commerce_searchwords WHERE commerce_searchwords MATCH value)"
        " FROM json_each(%s)"
    ),
    "postgresql": (
        "SELECT number, (SELECT string_agg(product_id::text, ',') FROM commerce_searchtext WHERE lexemes @@ query)"
        " FROM unnest(%s::int[], %s::text[]::tsquery[]) AS asked (number, query)"
    ),
}
_TERMS = {
    "sqlite": (
        "SELECT near.number, known.term, known.shown FROM (SELECT %s AS number, term FROM commerce_termgrams"
        " WHERE commerce_termgrams MATCH %s ORDER BY rank LIMIT 60) near"
        " JOIN commerce_searchterm known ON known.term = trim(near.term)"
    ),
    "postgresql": "(SELECT %s, term, shown FROM commerce_searchterm ORDER BY term <-> %s LIMIT 60)",
}
