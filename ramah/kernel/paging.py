"""Keyset pages: a list goes on from the last row seen, so page 4,000 costs what page 1 costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.signing import BadSignature, dumps, loads
from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


class BadCursor(Exception):
    """The cursor of a page was altered or belongs to another list."""


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows of one page, and the cursor of the next (empty: this is the last)."""

    rows: list[M]
    next_cursor: str


def keyset_page(rows: QuerySet[M], *, order: Sequence[str], cursor: str = "", size: int = 25) -> Page[M]:
    """One page of `rows` ordered by `order`: field names, all with or all without `-`, the last of them unique.

    Fields may not be null. The cursor is signed with the order, so that it cannot be turned against another column.
    Raises `BadCursor`.
    """
    return merged_page([rows], order=order, cursor=cursor, size=size)


def merged_page(parts: Sequence[QuerySet[M]], *, order: Sequence[str], cursor: str = "", size: int = 25) -> Page[M]:
    """One page over several querysets that share no row, as `keyset_page` of all of them together.

    For lists over a few values of a column that leads an index: each part walks the index, while `IN` over them would make
    the database sort everything.
    """
    names = [name.lstrip("-") for name in order]
    descending = order[0].startswith("-")
    salt = "cursor:" + ",".join(order)
    if cursor:
        try:
            values = [_thaw(value) for value in loads(cursor, salt=salt)]
        except BadSignature as error:
            raise BadCursor from error
        parts = [rows.filter(_after(names, values, "lt" if descending else "gt")) for rows in parts]
    found = [row for rows in parts for row in rows.order_by(*order)[: size + 1]]
    if len(parts) > 1:
        found.sort(key=lambda row: [getattr(row, name) for name in names], reverse=descending)
    more = len(found) > size
    found = found[:size]
    last = [_freeze(getattr(found[-1], name)) for name in names] if more else []
    return Page(found, dumps(last, salt=salt) if more else "")


def _after(names: list[str], values: list[object], way: str) -> Q:
    # (a, b) < (x, y) spelled out with a leading bound on the first column, which lets both databases enter the index there.
    first = Q(**{f"{names[0]}__{way}e": values[0]})
    either = Q()
    for depth, name in enumerate(names):
        same = {names[i]: values[i] for i in range(depth)}
        either |= Q(**same, **{f"{name}__{way}": values[depth]})
    return first & either


def _freeze(value: object) -> object:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _thaw(value: object) -> object:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value
