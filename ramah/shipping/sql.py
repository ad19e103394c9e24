"""Words of SQL in which the databases differ, for what is read past the ORM."""

from django.db import connection


def is_postgres() -> bool:
    """Whether this is PostgreSQL; else it is SQLite."""
    return bool(connection.vendor == "postgresql")


def epoch(moment: str) -> str:
    """A moment as seconds since 1970."""
    if is_postgres():
        return f"CAST(EXTRACT(EPOCH FROM {moment}) AS double precision)"
    return f"CAST(strftime('%%s', {moment}) AS INTEGER)"


def epoch_day(date: str) -> str:
    """A date as days since 1970 began."""
    if is_postgres():
        return f"({date} - DATE '1970-01-01')"
    return f"CAST(julianday({date}) - 2440587.5 AS INTEGER)"


def json_text(field: str, name: str) -> str:
    """A member of a JSON object, as text."""
    return f"{field}->>'{name}'" if is_postgres() else f"json_extract({field}, '$.{name}')"


def whole(number: str) -> str:
    """The whole part of a number that is not negative."""
    return f"CAST(TRUNC({number}) AS integer)" if is_postgres() else f"CAST({number} AS INTEGER)"
