"""Searching products by words, in whatever language: exact words of the title first, then the beginnings of words, brand, options
and categories, other forms of a word, descriptions; among equals what is in stock, then what is bought most.

The database finds the products of a word (PostgreSQL: tsvector, SQLite: FTS5) once, `shelves` keep them; how words, filters and
orders combine is worked out there, so every figure is exact however many products a word has. A word that finds nothing is mended
by the vocabulary (PostgreSQL: pg_trgm, SQLite: FTS5 trigrams; the nearest by letters that differ). All is asked with folded words
(see `search_words`), so nothing that is typed can be syntax.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ramah.commerce.listing_choices import Choice, Filters
from ramah.commerce.listing_index import ListingIndex
from ramah.commerce.models import Listing
from ramah.commerce.queries.listings import Found, Wanted, found_of, listings_of, picked_of, subtree
from ramah.commerce.queries.shelves import Shelf, shelf_of
from ramah.commerce.queries.terms import CategoryNode, CategoryTree
from ramah.commerce.queries.word_lookup import Term, terms_like, word_sets
from ramah.commerce.search_words import SHORTEST_PREFIX, asked_words, folded_words, nearest_terms, shown_words

_SUGGESTED = 5
_NAMED = 2
_TIERS = 5
_TRIED = 3


@dataclass(frozen=True, slots=True)
class SearchFound:
    """What a search found. `mended` are the words that were searched for instead; `is_partial`: of several words only some."""

    found: Found = field(default_factory=Found)
    mended: str = ""
    is_partial: bool = False
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Suggested:
    """What somebody who types may mean."""

    listings: list[Listing] = field(default_factory=list)
    categories: list[CategoryNode] = field(default_factory=list)
    mended: str = ""
    total: int = 0


@dataclass(frozen=True, slots=True)
class _Meant:
    """The words that count in the end, and the sets they find, the best first."""

    words: Sequence[str]
    tiers: list[int]
    mended: str = ""
    is_partial: bool = False


def products_searched(
    text: str, *, currency: str, tree: CategoryTree, wanted: Wanted, counted: Sequence[str] = ()
) -> SearchFound:
    """A page of what `text` finds; nothing for a text without a word. At most five queries. Raises `BadCursor`."""
    words = asked_words(text)
    if not words:
        return SearchFound()
    shelf = shelf_of(currency)
    with shelf.held() as index:
        meant = _meant(shelf, index, text, tree)
        picked = picked_of(index, meant.tiers, tree=tree, wanted=wanted, counted=counted, currency=currency)
    return SearchFound(found_of(picked, shelf), meant.mended, meant.is_partial, words)


def suggestions(text: str, *, currency: str, tree: CategoryTree) -> Suggested:
    """Products and categories for words that are still being typed. At most five queries."""
    words = asked_words(text)
    if not words:
        return Suggested()
    shelf = shelf_of(currency)
    with shelf.held() as index:
        meant = _meant(shelf, index, text, tree, is_typing=True)
        wanted = Wanted(size=_SUGGESTED)
        picked = picked_of(index, meant.tiers, tree=tree, wanted=wanted, currency=currency)
    categories = categories_named(meant.words, tree)
    return Suggested(listings_of(picked.keys, currency=currency), categories, meant.mended, picked.total)


def categories_named(words: Sequence[str], tree: CategoryTree, most: int = 3) -> list[CategoryNode]:
    """The listed categories whose names, in one language, have all the words."""
    found = [
        node
        for node in tree.nodes.values()
        if node.is_listed and any(_has_all(_folded(name), words) for name in node.names.values())
    ]
    return sorted(found, key=lambda node: (len(node.ancestors), node.path))[:most]


def totals_without(
    text: str,
    *,
    currency: str,
    tree: CategoryTree,
    attempts: Sequence[Filters],
    category_ids: Iterable[int] | None = None,
) -> list[int]:
    """How many products `text` finds with each of these filters; without a text, of these categories or of all."""
    shelf = shelf_of(currency)
    with shelf.held() as index:
        scope = index.shown if category_ids is None else index.of_categories(category_ids)
        if asked_words(text):
            scope = 0
            for tier in _meant(shelf, index, text, tree).tiers:
                scope |= tier
        return [Choice(index, scope, filters).total for filters in attempts]


def _meant(shelf: Shelf, index: ListingIndex, text: str, tree: CategoryTree, *, is_typing: bool = False) -> _Meant:
    words = asked_words(text)
    sets = _sets(shelf, index, words, tree)
    missing = [word for word in words if not any(sets[word])]
    instead = _mended(shelf, index, missing, tree, is_typing=is_typing) if missing else {}
    mended = ""
    if instead:
        written = dict(shown_words(text))
        mended = " ".join(instead[word].shown if word in instead else written.get(word, word) for word in words)
        words = list(dict.fromkeys(instead[word].term if word in instead else word for word in words))
        sets = _sets(shelf, index, words, tree)
    of_words = [sets[word] for word in words]
    tiers = _tiers(of_words)
    if any(tiers) or len(words) == 1:
        return _Meant(words, tiers, mended)
    return _Meant(words, _some_words(of_words), mended, is_partial=True)


def _sets(shelf: Shelf, index: ListingIndex, words: Sequence[str], tree: CategoryTree) -> dict[str, list[int]]:
    """For each word the products of each weight, the weightiest first; those of categories it names among the second."""

    def load(unknown: Sequence[str]) -> dict[str, tuple[int, ...]]:
        keys = word_sets(unknown)
        return {word: tuple(index.of_products(each) for each in keys[word]) for word in unknown}

    found = {word: list(sets) for word, sets in shelf.words(words, load).items()}
    shown = index.shown
    for word, sets in found.items():
        sets[:] = [bits & shown for bits in sets]
        sets[_NAMED] |= _in_categories_named(index, word, tree)
    return found


def _in_categories_named(index: ListingIndex, word: str, tree: CategoryTree) -> int:
    keys: set[int] = set()
    for node in tree.nodes.values():
        if any(_has_all(_folded(name), (word,)) for name in node.names.values()):
            keys |= subtree(tree, node.path)
    return index.of_categories(keys) if keys else 0


def _tiers(of_words: Sequence[Sequence[int]]) -> list[int]:
    """Sets of what has all the words: a product is as good as its worst word."""
    found, before = [], 0
    reached = [0] * len(of_words)
    for weight in range(_TIERS):
        reached = [bits | sets[weight] for bits, sets in zip(reached, of_words, strict=True)]
        every = reached[0]
        for bits in reached[1:]:
            every &= bits
        found.append(every & ~before)
        before = every
    return found


def _some_words(of_words: Sequence[Sequence[int]]) -> list[int]:
    """Sets of what has some of the words, those that have most of them first."""
    at_least = [0] * len(of_words)
    for sets in of_words:
        having = 0
        for bits in sets:
            having |= bits
        for count in range(len(at_least) - 1, 0, -1):
            at_least[count] |= at_least[count - 1] & having
        at_least[0] |= having
    found, before = [], 0
    for bits in reversed(at_least):
        found.append(bits & ~before)
        before |= bits
    return found


def _mended(
    shelf: Shelf, index: ListingIndex, missing: Sequence[str], tree: CategoryTree, *, is_typing: bool
) -> dict[str, Term]:
    """For words that find nothing the nearest terms that do."""
    near: dict[str, list[Term]] = {}
    for word, terms in terms_like(missing).items():
        by_term = {each.term: each for each in terms}
        near[word] = [by_term[term] for term in nearest_terms(word, list(by_term), begun=is_typing)[:_TRIED]]
    tried = list(dict.fromkeys(each.term for terms in near.values() for each in terms))
    sets = _sets(shelf, index, tried, tree) if tried else {}
    finding = {word: [each for each in terms if any(sets[each.term])] for word, terms in near.items()}
    return {word: terms[0] for word, terms in finding.items() if terms}


def _has_all(names: Sequence[str], words: Sequence[str]) -> bool:
    return all(
        any(name.startswith(word) if len(word) >= SHORTEST_PREFIX else name == word for name in names) for word in words
    )


@lru_cache(maxsize=8192)
def _folded(name: str) -> tuple[str, ...]:
    return tuple(folded_words(name))
