"""What a rule would have done to one customer: their signals in a row, judged on a clock that only moves on. Pure.

The same `judge` decides as when notices are sent; a notice that waited goes out with the next, as there.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ramah.notices.kinds import KINDS
from ramah.notices.rules import END, SEND, Case, Signal, Verdict, judge

MOST_SAMPLES: Final = 20
_MOST_WAITS: Final = 40

# Makes the case of a signal at a moment, with when notices of its sort went to the customer before.
CaseOf = Callable[[Signal, Sequence[datetime]], Case]


@dataclass
class Figures:
    """What a dry run found; fits JSON. Counts are of notices, `by_week` by ISO week (`2026-W09`)."""

    would_send: int = 0
    before_asked: int = 0
    asked_anyway: int = 0
    merged: int = 0
    capped: int = 0
    quiet: int = 0
    withheld: int = 0
    unwanted: int = 0
    outdated: int = 0
    by_week: Counter[str] = field(default_factory=Counter)
    samples: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, told: dict[str, Any]) -> "Figures":
        """The figures as they were kept."""
        known = {name: value for name, value in told.items() if name in cls.__dataclass_fields__}
        return cls(**{**known, "by_week": Counter(known.get("by_week", {}))})

    def told(self) -> dict[str, Any]:
        """As they are kept."""
        return {**self.__dict__, "by_week": dict(sorted(self.by_week.items()))}


_ENDS: Final = {"withheld": "withheld", "suppressed": "unwanted", "outdated": "outdated"}


def rehearse(
    signals: Sequence[Signal],
    *,
    case_of: CaseOf,
    sent: Sequence[datetime],
    asked: Callable[[Signal], datetime | None],
    figures: Figures,
    until: datetime,
) -> None:
    """Add to `figures` what would have become of one customer's signals up to `until`.

    `sent`: what they had from other rules. `asked`: when they first wrote about the order of a signal.
    """
    went = list(sent)
    in_order = sorted(signals, key=lambda signal: signal.at)
    gone: set[str] = set()
    for signal in in_order:
        if signal.key in gone:
            continue
        verdict, at = _decided(signal, case_of, went, figures, until)
        if verdict.state != "outdated":  # whose cause is free again
            gone.add(signal.key)
        if verdict.action != SEND:
            continue
        went.append(at)
        figures.would_send += 1
        figures.by_week[_week(at)] += 1
        _note_question(signal, at, asked(signal), figures)
        others = {one.key for one in in_order if one.key not in gone and one.at <= at < one.fresh_until}
        figures.merged += len(others)
        gone |= others


def _decided(
    signal: Signal, case_of: CaseOf, went: Sequence[datetime], figures: Figures, until: datetime
) -> tuple[Verdict, datetime]:
    """What would have become of it, and when."""
    at = signal.at + timedelta(minutes=KINDS[signal.kind].rests)
    met: set[str] = set()
    for _wait in range(_MOST_WAITS):
        verdict = judge(case_of(signal, went), at=at)
        met.add(verdict.reason)
        if verdict.not_before is None or verdict.not_before > until:
            break
        at = verdict.not_before
    figures.capped += "cap" in met
    figures.quiet += "quiet" in met
    if verdict.action == END:
        name = _ENDS[verdict.state]
        setattr(figures, name, getattr(figures, name) + 1)
    return verdict, at


def _note_question(signal: Signal, at: datetime, asked: datetime | None, figures: Figures) -> None:
    if asked is not None:
        figures.before_asked += asked > at
        figures.asked_anyway += asked <= at
    if len(figures.samples) < MOST_SAMPLES:
        sample = {"at": at.isoformat(), "order": signal.facts.get("order", ""), "cause": signal.key}
        figures.samples.append(sample | ({"asked_at": asked.isoformat()} if asked else {}))


def _week(at: datetime) -> str:
    year, week, _day = at.isocalendar()
    return f"{year}-W{week:02}"
