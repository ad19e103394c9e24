"""SLA policies as plain values, so that deciding what to promise needs neither the database nor the clock."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Targets:
    """Business minutes by kind of promise, null where none is given, and when to warn."""

    first_reply: int | None
    next_reply: int | None
    resolution: int | None
    warn_percent: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """One promise to make."""

    kind: str
    minutes: int
    warn_percent: int


def promises_after_customer_spoke(targets: Targets, *, opened: bool, running: Sequence[str]) -> list[Wanted]:
    """What to promise when the customer has spoken, given the kinds of promises that run already.

    A new conversation gets a first reply and a resolution. Later a next reply is promised, unless a reply is owed already, and
    a resolution when none runs (the conversation was reopened).
    """
    owed = {"first_reply", "next_reply"} & set(running)
    kinds = []
    if opened:
        kinds.append("first_reply")
    elif not owed:
        kinds.append("next_reply")
    if "resolution" not in running:
        kinds.append("resolution")
    wanted = [(kind, getattr(targets, kind)) for kind in kinds]
    return [Wanted(kind, minutes, targets.warn_percent) for kind, minutes in wanted if minutes]
