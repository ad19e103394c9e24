"""What a rule says, and whether a notice may go now. Pure: no rows, no clock.

`judge` is asked when a notice is due and by dry runs alike. Its order matters: what ends a notice for good comes before what only
lets it wait, and the part of the customers that is left untold is taken of those who would be told.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from ramah.notices.kinds import Kind
from ramah.notices.quiet import Quiet, spread

WEEK: Final = timedelta(days=7)
FEED_PAUSE: Final = timedelta(minutes=30)
SWITCH_PAUSE: Final = timedelta(minutes=5)

SEND: Final = "send"
WAIT: Final = "wait"
END: Final = "end"

_MOST_WORDS, _LONGEST_WORD = 60, 120


class BadTerms(ValueError):
    """The terms of a rule are not well formed; the message names the field and what is accepted."""


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """When a rule speaks. What is empty or 0 narrows nothing.

    `probability`: of being late, at least (0: as the forecast's own back-test says). `days`: only so many days before the
    promised one, at most. `after_hours`: a payment is asked for so long after the order; a parcel has stood still for so long.
    `countries` (ISO 3166), `languages`, `carriers` (keys): only there, so, by those. Of a promotion: who bought in `category`
    (its path) within `bought_days`, and nothing for `idle_days`.
    """

    probability: float = 0.0
    days: int = 0
    after_hours: int = 0
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    category: str = ""
    bought_days: int = 0
    idle_days: int = 0

    @classmethod
    def read(cls, told: Any) -> "RuleTerms":
        """The terms as a rule keeps them. Raises `BadTerms`."""
        if not isinstance(told, Mapping):
            raise BadTerms("terms: an object is accepted")
        known = {one.name for one in fields(cls)}
        if unknown := sorted(str(name) for name in told if name not in known):
            raise BadTerms(f"{unknown[0][:40]}: not known; one of {', '.join(sorted(known))} is accepted")
        return cls(**{name: _READERS[name](name, value) for name, value in told.items()})

    def fit(self, facts: Mapping[str, Any]) -> bool:
        """Whether the rule speaks of something with these facts; what a fact does not say excludes nothing."""
        return (
            float(facts.get("p_late", 1)) >= self.probability
            and (not self.days or int(facts.get("days_left", 0)) <= self.days)
            and _among(self.countries, facts.get("country"))
            and _among(self.languages, facts.get("language"))
            and _among(self.carriers, facts.get("carrier_key"))
            and float(facts.get("hours", self.after_hours)) >= self.after_hours
        )


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that happened to a customer, and could be told: `key` names the cause (see `causes`), `facts` fit JSON."""

    kind: str
    key: str
    customer_id: int
    at: datetime
    fresh_until: datetime
    order_id: int | None = None
    shipment_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """All that decides on one notice at one moment.

    `rule_state` is `live` where the rule speaks. `sent`: when notices of this sort (service, or promotions) went to the customer
    in the last seven days. `holdout_key` names rule and customer, empty where nobody is left out.
    """

    kind: Kind
    fresh_until: datetime
    quiet: Quiet
    is_off: bool = False
    rule_state: str = "live"
    is_spared: bool = False
    has_consent: bool = True
    muted: Collection[str] = ()
    is_feed_silent: bool = False
    is_told: bool = False
    sent: Sequence[datetime] = ()
    per_week: int = 3
    holdout_key: str = ""
    holdout_percent: int = 0
    spread_key: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`send`, `wait` (until `not_before`) or `end` (in `state` of `Notice.State`), and why, as a code."""

    action: str
    reason: str = ""
    not_before: datetime | None = None
    state: str = ""


def judge(case: Case, *, at: datetime) -> Verdict:
    """Whether the notice goes at `at`."""
    return next((verdict for check in _CHECKS if (verdict := check(case, at)) is not None), Verdict(SEND))


def is_held_out(key: str, percent: int) -> bool:
    """Whether this customer is among the `percent` of a rule's customers who are not told."""
    return int(sha256(key.encode()).hexdigest()[:8], 16) % 100 < percent


def _stopped(case: Case, at: datetime) -> Verdict | None:
    if case.is_off:
        return Verdict(WAIT, "off", at + SWITCH_PAUSE)
    return Verdict(WAIT, case.rule_state, at + SWITCH_PAUSE) if case.rule_state != "live" else None


def _unwanted(case: Case, at: datetime) -> Verdict | None:
    if case.is_spared:
        return Verdict(END, "spared", state="suppressed")
    if case.kind.is_promotion and not case.has_consent:
        return Verdict(END, "no_consent", state="suppressed")
    # What was asked for by itself is wanted, whatever was said of all of its kind before.
    is_muted = case.kind.key in case.muted and not case.kind.on_request
    return Verdict(END, "muted", state="suppressed") if is_muted else None


def _outdated(case: Case, at: datetime) -> Verdict | None:
    if case.fresh_until <= at:
        return Verdict(END, "stale", state="outdated")
    return Verdict(END, "told", state="outdated") if case.is_told else None


def _without_news(case: Case, at: datetime) -> Verdict | None:
    return Verdict(WAIT, "feed", at + FEED_PAUSE) if case.is_feed_silent and case.kind.by_silence else None


def _enough(case: Case, at: datetime) -> Verdict | None:
    lately = sorted(sent for sent in case.sent if at - WEEK < sent <= at)
    if case.kind.on_request or len(lately) < case.per_week:
        return None
    if case.per_week <= 0:
        return Verdict(END, "cap", state="suppressed")
    # So many must be a week old before there is room for one more.
    return Verdict(WAIT, "cap", lately[len(lately) - case.per_week] + WEEK)


def _at_night(case: Case, at: datetime) -> Verdict | None:
    end = case.quiet.until(at)
    return None if end is None else Verdict(WAIT, "quiet", end + spread(case.spread_key))


def _left_out(case: Case, at: datetime) -> Verdict | None:
    is_so = bool(case.holdout_key) and case.kind.holds_out and is_held_out(case.holdout_key, case.holdout_percent)
    return Verdict(END, "holdout", state="withheld") if is_so else None


_CHECKS: Final = (_stopped, _unwanted, _outdated, _without_news, _enough, _at_night, _left_out)


def _among(wanted: Collection[str], told: Any) -> bool:
    return not wanted or told is None or str(told) in wanted


def _share(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadTerms(f"{name}: 0 to 1 is accepted")
    return float(value)


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 5000:
        raise BadTerms(f"{name}: a whole number from 0 to 5000 is accepted")
    return value


def _word(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_WORD or not value.isprintable():
        raise BadTerms(f"{name}: a text of at most {_LONGEST_WORD} characters is accepted")
    return value.strip()


def _words(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_WORDS:
        raise BadTerms(f"{name}: a list of at most {_MOST_WORDS} texts is accepted")
    return tuple(word for one in value if (word := _word(name, one)))


_READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "probability": _share,
    "days": _count,
    "after_hours": _count,
    "countries": _words,
    "languages": _words,
    "carriers": _words,
    "category": _word,
    "bought_days": _count,
    "idle_days": _count,
}
