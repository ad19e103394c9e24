"""Personal data up: each app says what it holds of a customer; `privacy` walks the registry without knowing the apps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PersonalData:
    """`export(customer_id)` returns what fits JSON; `erase(customer_id)` removes it or makes it anonymous and is repeatable."""

    key: str
    export: Callable[[int], Any]
    erase: Callable[[int], None]


_holders: dict[str, PersonalData] = {}


def register_personal_data(holder: PersonalData) -> None:
    """Declare personal data (called from an app's `personal_data.py`, which its AppConfig.ready imports)."""
    _holders[holder.key] = holder


def personal_data_holders() -> list[PersonalData]:
    """All declared holders, by key."""
    return [_holders[key] for key in sorted(_holders)]
