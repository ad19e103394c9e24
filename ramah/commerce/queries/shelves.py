"""The index of each currency's listings in the memory of this process, in step with the database.

Each look reads the `ListingClock`, one row. What was written since is read by its version; after a change of epoch (another
database, a restored one) everything. Readers hold the shelf's lock while they ask its index, which takes less than a millisecond.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from ramah.commerce.listing_index import Entry, ListingIndex

# Bytes for the sets of words that were searched for, per currency.
_WORD_BYTES = 8 * 1024 * 1024
_EPOCH = {
    "postgresql": "CAST(EXTRACT(EPOCH FROM published_at) AS bigint)",
    "sqlite": "CAST(strftime('%%s', published_at) AS bigint)",
}


class Shelf:
    """The index of one currency, and the products of the words that were searched for lately."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.index = ListingIndex()
        self._lock = threading.RLock()
        self._epoch, self._version, self._text_version = "", 0, 0
        self._words: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    @contextmanager
    def held(self) -> Iterator[ListingIndex]:
        """The index in step with the database, for this thread alone."""
        with self._lock:
            self._keep_in_step()
            yield self.index

    def words(
        self, words: Sequence[str], load: Callable[[Sequence[str]], dict[str, tuple[int, ...]]]
    ) -> dict[str, tuple[int, ...]]:
        """The sets of products for each word: those that are known, the others through `load`. While held."""
        unknown = [word for word in words if word not in self._words]
        loaded = load(unknown) if unknown else {}
        self._words.update(loaded)
        found = {word: self._words[word] for word in words}
        for word in words:
            self._words.move_to_end(word)
        # Five sets a word, a bit a product.
        most = max(_WORD_BYTES // (self.index.size + 64), 16)
        while len(self._words) > most:
            self._words.popitem(last=False)
        return found

    def _keep_in_step(self) -> None:
        epoch, version, text_version = _clock()
        if epoch != self._epoch or version < self._version:
            self.index = ListingIndex(_entries(self.currency)) if epoch else ListingIndex()
            self._words.clear()
        elif version > self._version:
            self.index.put(_entries(self.currency, after=self._version))
        if text_version != self._text_version:
            self._words.clear()
        self._epoch, self._version, self._text_version = epoch, version, text_version


def shelf_of(currency: str) -> Shelf:
    """The shelf of a currency, the same each time."""
    with _making:
        return _shelves.setdefault(currency, Shelf(currency))


def _clock() -> tuple[str, int, int]:
    # Asked for every list: put together by hand, since making the query took four times as long as running it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT epoch, version, text_version FROM commerce_listingclock WHERE key = 'shop'")
        return cursor.fetchone() or ("", 0, 0)


def _entries(currency: str, *, after: int = -1) -> list[Entry]:
    """The listings that were written after a version, as the index takes them."""
    # Figures made in the database: a Decimal and a datetime for each of 25,000 rows would cost more than all the rest.
    sql = (
        "SELECT product_id, category_id, is_shown, in_stock, CAST(ROUND(price_amount * 100) AS bigint),"  # noqa: S608 - constants
        " CAST(ROUND(rating * 10) AS bigint), rating_count, sold_count, "
        f"{_EPOCH[connection.vendor]}, choices FROM commerce_listing WHERE currency = %s AND version > %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [currency, after])
        return [Entry._make(row) for row in cursor.fetchall()]


_making = threading.Lock()
_shelves: dict[str, Shelf] = {}
