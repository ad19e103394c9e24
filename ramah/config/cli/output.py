"""What the commands print: text for people by default, JSON lines for machines with --json."""

import functools
import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object, or one JSON line per input.")

# For commands that speak to scripts alone: a script may ask for JSON, and gets it either way.
always_json = click.option("--json", is_flag=True, expose_value=False, help="Accepted; these are JSON lines always.")


def emit(fields: dict[str, Any], *, as_json: bool, text: str = "") -> None:
    """Print one result: as a JSON line, or as `text` (default: its non-empty fields)."""
    if as_json:
        sys.stdout.write(json.dumps(fields, ensure_ascii=False, default=str) + "\n")
    else:
        sys.stdout.write((text or "  ".join(f"{key}: {value}" for key, value in fields.items() if value)) + "\n")
    sys.stdout.flush()


def fail(message: str) -> None:
    """End with exit code 1 and what to do next on stderr."""
    raise click.ClickException(message)


def with_database(command: F) -> F:
    """Set Django up before the command runs: for commands that touch the database."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        import django  # set up late: the pure commands never pay for it

        django.setup()
        from django.db import OperationalError, ProgrammingError

        try:
            return command(*args, **kwargs)
        except (OperationalError, ProgrammingError) as error:
            said = str(error).strip().splitlines()[0]
            raise click.ClickException(
                f"The database cannot be used: {said}. `ramah migrate` brings it up to date, `ramah doctor` says more."
            ) from error

    return wrapped  # type: ignore[return-value]
