"""Rows that belong together, wherever in the file they stand, without holding the file in memory.

The rows go through a SQLite file in the temporary directory that is gone as soon as it is closed.
"""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from ramah.commerce.imports.reading import Row
from ramah.commerce.imports.records import Fault

Group = list[Row]


def grouped(
    rows: Iterable[Row | Fault], key: Callable[[Row], str], *, report: Callable[[Fault], None]
) -> Iterator[Group]:
    """Groups of rows with the same key, in the sequence of their first lines. Faults on the way go to `report`.

    A row with an empty key is a group of its own.
    """
    with tempfile.TemporaryDirectory(prefix="ramah-import-") as folder:
        spill = sqlite3.connect(f"{folder}/rows.sqlite3", isolation_level=None)
        try:
            spill.execute("PRAGMA journal_mode=OFF")
            spill.execute("PRAGMA synchronous=OFF")
            spill.execute("CREATE TABLE rows (key TEXT, line INTEGER PRIMARY KEY, cells TEXT)")
            spill.execute("BEGIN")
            spill.executemany("INSERT INTO rows VALUES (?, ?, ?)", _spilled(rows, key, report))
            spill.execute("CREATE INDEX rows_by_key ON rows (key, line)")
            found = spill.execute(
                "SELECT first, rows.line, rows.cells FROM rows JOIN"
                " (SELECT key, min(line) AS first FROM rows GROUP BY key) USING (key) ORDER BY first, rows.line"
            )
            for _, group in groupby(found, key=itemgetter(0)):
                yield [Row(line, json.loads(cells)) for _, line, cells in group]
        finally:
            spill.close()


def _spilled(
    rows: Iterable[Row | Fault], key: Callable[[Row], str], report: Callable[[Fault], None]
) -> Iterator[tuple[str, int, str]]:
    for row in rows:
        if isinstance(row, Fault):
            report(row)
        else:
            yield key(row) or f"\0{row.line}", row.line, json.dumps(row.cells)
