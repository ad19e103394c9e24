"""What a form was made from, as a short mark. Whoever saves tells it; a row that differs by then is not overwritten."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import Model


class ChangedMeanwhile(Exception):
    """Somebody else changed it after the form was opened. Nothing was written."""


def mark_of(row: Model, fields: Iterable[str]) -> str:
    """The mark of these fields of a row as they are now."""
    said = {name: getattr(row, name) for name in fields}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=_plain).encode()).hexdigest()[:16]


def require_unchanged(row: Model, fields: Iterable[str], seen: str) -> None:
    """Raise `ChangedMeanwhile` unless the row still has the mark `seen`; an empty mark asks for nothing."""
    if seen and seen != mark_of(row, fields):
        raise ChangedMeanwhile


def _plain(value: object) -> str:
    # 5, 5.0 and 5.00 are the same amount, whichever of them a form or a database wrote.
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)
