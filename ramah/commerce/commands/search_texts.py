"""The full-text index and the vocabulary, kept in step with the listings. See `queries.searching` for how they are asked.

PostgreSQL: a tsvector in `SearchText`; SQLite: the FTS5 tables `commerce_searchwords` and `commerce_termgrams` (trigrams). Words
come folded: letters and digits only.
"""

from collections.abc import Mapping

from django.db import connection

from ramah.commerce.commands.listing_rows import Words
from ramah.commerce.models import SearchTerm, SearchText
from ramah.commerce.queries.word_lookup import lexeme_of

_PARTS = ("title", "named", "told")


def write_words(words: Mapping[int, Words], terms: Mapping[str, str]) -> bool:
    """Store the words of products, by key, where they have changed, and the terms that are new. Whether words have changed."""
    known = dict(SearchText.objects.filter(product__in=list(words)).values_list("product_id", "digest"))
    changed = {key: each for key, each in words.items() if known.get(key) != each.digest}
    if not changed:
        return False
    if connection.vendor == "postgresql":
        _write_vectors(changed)
    else:
        _write_fts(changed, known=known)
    _add_terms(terms)
    return True


def _write_vectors(words: Mapping[int, Words]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO commerce_searchtext (product_id, digest, lexemes) VALUES (%s, %s, array_to_tsvector(%s::text[]))"
            " ON CONFLICT (product_id) DO UPDATE SET digest = excluded.digest, lexemes = excluded.lexemes",
            [(key, each.digest, _lexemes(each)) for key, each in words.items()],
        )


def _lexemes(words: Words) -> list[str]:
    return [lexeme_of(part, word) for part in _PARTS for word in getattr(words, part)]


def _write_fts(words: Mapping[int, Words], *, known: Mapping[int, str]) -> None:
    SearchText.objects.bulk_create(
        (SearchText(product_id=key, digest=each.digest) for key, each in words.items()),
        update_conflicts=True,
        unique_fields=["product"],
        update_fields=["digest"],
    )
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM commerce_searchwords WHERE rowid = %s", [(key,) for key in words])
        cursor.executemany(
            "INSERT INTO commerce_searchwords (rowid, title, named, told) VALUES (%s, %s, %s, %s)",
            [(key, " ".join(each.title), " ".join(each.named), " ".join(each.told)) for key, each in words.items()],
        )


def _add_terms(terms: Mapping[str, str]) -> None:
    known = set(SearchTerm.objects.filter(term__in=list(terms)).values_list("term", flat=True))
    new = [term for term in terms if term not in known]
    if not new:
        return
    SearchTerm.objects.bulk_create(
        [SearchTerm(term=term, shown=terms[term]) for term in new], batch_size=500, ignore_conflicts=True
    )
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # With blanks around it as PostgreSQL does: beginnings and ends count, and short words have trigrams at all.
            cursor.executemany("INSERT INTO commerce_termgrams (term) VALUES (%s)", [(f"  {term} ",) for term in new])
