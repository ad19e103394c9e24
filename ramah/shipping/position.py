"""Where a parcel stands, by all that its carrier has told, in whatever order that came. Pure: no rows, no clock, no Django.

`read_moment` finds the moment of what a carrier told, `digest_of` tells whether it was told before, `fold` makes one position of
all tracking events of a shipment. The position depends on the *set* of events alone: another order, the same event twice, or
everything once more gives the same. Moments go in aware, in any zone, and come out in UTC.

    pre_transit -> in_transit -> out_for_delivery -> delivered        available_for_pickup -> delivered
    any of them -> exception -> in_transit ...        delivery_attempted -> out_for_delivery | available_for_pickup | returned

`delivered` and `returned` are ends. `lost` is one for claims and promises, and lifted once the parcel moves again.
"""

import json
import unicodedata
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Final

PRE_TRANSIT: Final = "pre_transit"
IN_TRANSIT: Final = "in_transit"
OUT_FOR_DELIVERY: Final = "out_for_delivery"
DELIVERY_ATTEMPTED: Final = "delivery_attempted"
AVAILABLE_FOR_PICKUP: Final = "available_for_pickup"
DELIVERED: Final = "delivered"
EXCEPTION: Final = "exception"
RETURNED: Final = "returned"
LOST: Final = "lost"
# By rank: of events at the same moment the later one here is the last.
STATES: Final = (
    PRE_TRANSIT,
    IN_TRANSIT,
    OUT_FOR_DELIVERY,
    DELIVERY_ATTEMPTED,
    AVAILABLE_FOR_PICKUP,
    DELIVERED,
    EXCEPTION,
    RETURNED,
    LOST,
)
MOVEMENTS: Final = frozenset({IN_TRANSIT, OUT_FOR_DELIVERY, DELIVERY_ATTEMPTED, AVAILABLE_FOR_PICKUP})
# What shows that the carrier has or had the parcel. An exception does not (an address may be wrong before it leaves), nor a loss.
HELD: Final = MOVEMENTS | {DELIVERED, RETURNED}
# The reason of an exception that takes a delivery back: it went to the wrong place.
MISDELIVERED: Final = "misdelivered"

# How the moment of an event differs from what the carrier told.
AS_TOLD: Final = ""
FUTURE: Final = "future"  # it lay ahead: the moment of arrival stands in
ZONE: Final = "zone"  # it lay ahead, and was the wall-clock time of another zone
FOREIGN: Final = "foreign"  # of an earlier parcel with the same number: kept, but no part of the position
UNTOLD: Final = "untold"  # none was told, or none that can be: the moment of arrival stands in

# What of the events contradicts itself, for a person to look at.
MOVED_AFTER_DELIVERED: Final = "moved_after_delivered"
LOST_AFTER_DELIVERED: Final = "lost_after_delivered"
DELIVERED_UNMOVED: Final = "delivered_unmoved"  # before the hand-over that was written down, and nothing had moved it

SKEW: Final = timedelta(minutes=10)  # so far ahead a moment stays as it was told
FAST_CLOCK: Final = timedelta(hours=1)  # so far ahead it is a clock that is fast, not another zone
LATE_SCANS: Final = timedelta(hours=48)
BEFORE_ORDER: Final = timedelta(days=1)  # clocks and zones differ: only what is older is of another parcel
ONE_ATTEMPT: Final = timedelta(hours=4)  # carriers tell one attempt in several events (nobody there, card left)
SLIP_EVENTS: Final = 200
_SLIP_LEAST: Final = 20
_SLIP_SHARE: Final = 0.8
_ONE_HOUR: Final = timedelta(hours=1)
_YEARS: Final = range(2000, 9800)  # 0001, 1970 and 9999 are what systems write that know no date
_RANK: Final = {state: rank for rank, state in enumerate(STATES)}

# `promises`' reading of a wall-clock time: one that comes twice is its first coming, a skipped one the moment of the skip.
LocalMoment = Callable[[tzinfo, datetime], datetime]


class PositionError(ValueError):
    """What was given is no tracking event or no moment; the message names the field."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A tracking event as it is stored: `digest` names it within its shipment, `occurred_at` is as `read_moment` gave it."""

    digest: str
    state: str
    occurred_at: datetime
    reason: str = ""
    adjusted: str = AS_TOLD


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment to fold with (UTC), and the word for how it differs from what was told."""

    occurred_at: datetime
    adjusted: str = AS_TOLD


@dataclass(frozen=True, slots=True)
class Doubt:
    """What contradicts itself, and the event (by digest) that does."""

    word: str
    digest: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where a parcel stands. All moments UTC.

    `occurred_at` and `reason` are those of the event that made the state. Where none has come since the hand-over,
    `occurred_at` is the hand-over; where nothing is known, it is None. `last_moved_at` is the hand-over, or the last event
    that shows the parcel with the carrier. `delivered_at` and `lost_at` are None again once a delivery was taken back, or a
    lost parcel found. Doubts stand in order of time.
    """

    state: str
    reason: str
    occurred_at: datetime | None
    handed_over_at: datetime | None
    last_moved_at: datetime | None
    delivered_at: datetime | None
    returned_at: datetime | None
    lost_at: datetime | None
    attempts: int
    doubts: tuple[Doubt, ...]


def read_moment(
    told: datetime | None,
    *,
    received_at: datetime,
    placed_at: datetime | None,
    zones: Sequence[tzinfo],
    local_moment: LocalMoment,
) -> Moment:
    """The moment of something that a carrier told.

    `told` without an offset is the time on the clocks of the first of `zones`, UTC where there are none. The likeliest comes
    first: the zone that was told beside it, that of the place where its country has only one, of the account, of the carrier.
    What lies more than `FAST_CLOCK` ahead is read on the clocks of each of `zones`, then of UTC; the first reading that does
    not lie ahead counts. `received_at` is when the raw post came, not when it is read, so that reading it again gives the
    same. `placed_at` is when the order was placed; None where that is not known, and nothing is foreign.

    Raises `PositionError` where `received_at` or `placed_at` has no offset.
    """
    received_at = _utc(received_at, "received_at")
    if told is None or told.year not in _YEARS:
        return Moment(received_at, UNTOLD)
    clocks = (*zones, UTC)
    occurred_at = _on_clocks(clocks[0], told, local_moment) if told.utcoffset() is None else told.astimezone(UTC)
    adjusted = AS_TOLD
    if occurred_at > received_at + FAST_CLOCK:
        wall = told.replace(tzinfo=None)
        readings = (_on_clocks(zone, wall, local_moment) for zone in clocks)
        past = next((reading for reading in readings if reading <= received_at + SKEW), None)
        occurred_at, adjusted = (received_at, FUTURE) if past is None else (past, ZONE)
    elif occurred_at > received_at + SKEW:
        occurred_at, adjusted = received_at, FUTURE
    return Moment(occurred_at, FOREIGN if _is_foreign(occurred_at, placed_at) else adjusted)


def slipped_hours(ahead: Iterable[timedelta]) -> int:
    """By how many whole hours the times of an account seem to be labeled wrongly; 0 where nothing is the matter.

    `ahead` is, for each of its latest `SLIP_EVENTS` events, the moment as it was told minus that of arrival. Times of a zone
    7 hours ahead of UTC that are sent as UTC arrive between 6 and 7 hours ahead, since news takes a while: 7. Nothing is
    shifted by this; a person is told.
    """
    hours = [-((-lead) // _ONE_HOUR) if lead > SKEW else 0 for lead in ahead]
    if len(hours) < _SLIP_LEAST:
        return 0
    slip, times = Counter(hours).most_common(1)[0]
    return slip if times > _SLIP_SHARE * len(hours) else 0


def digest_of(
    *, number: str, code: str, told: datetime | None, told_at: str, place: str, message: str = "", external_id: str = ""
) -> str:
    """What names an event within its shipment, however often and in whatever way it is told: 32 hexadecimal digits.

    Made of what was *told*: `told` to the second, before any adjustment, and its text `told_at` where no moment could be
    read. So neither the time of arrival, nor a zone or a table of codes that has been put right since, makes a second event
    of the same one. The message counts only where the carrier has no code, since it comes in many languages. `external_id`
    stands for all of it but the number: one that the carrier tells alike in every way (hook, poll, file), of the event and
    not of the post; else empty.
    """
    own = _plain(number, keep=str.isalnum)
    if external_id:
        parts = ["id", own, external_id]
    else:
        parts = ["told", own, code, "" if code else _plain(message), _second(told, told_at), _plain(place)]
    return sha256(json.dumps(parts).encode("ascii")).hexdigest()[:32]


def fold(events: Iterable[StoredEvent], *, handed_over_at: datetime | None, placed_at: datetime | None) -> Position:
    """Where all events of one shipment together put it.

    `handed_over_at` is what the merchant wrote down, or what an earlier fold gave: both lead to the same. `placed_at` as for
    `read_moment`. Raises `PositionError` for an unknown state, an empty digest and a moment without offset.
    """
    known = _in_order(events, placed_at)
    handed = min((event.occurred_at for event in known if event.state in HELD), default=None)
    if handed_over_at is not None:
        written = _utc(handed_over_at, "handed_over_at")
        handed = written if handed is None else min(handed, written)
    course = _Course(doubts=_unmoved(known, handed))
    if handed is not None:
        insort(known, StoredEvent("", IN_TRANSIT, handed), key=_place_in_order)
    for event in known:
        course.take(event)
    return Position(
        state=course.state,
        reason=course.reason,
        occurred_at=course.occurred_at,
        handed_over_at=handed,
        last_moved_at=course.last_moved_at,
        delivered_at=course.delivered_at,
        returned_at=course.returned_at,
        lost_at=course.lost_at,
        attempts=course.attempts,
        doubts=tuple(course.doubts),
    )


@dataclass(slots=True)
class _Course:
    """A parcel on its way; `take` is given the events in order of time, the hand-over among them."""

    doubts: list[Doubt]
    state: str = PRE_TRANSIT
    reason: str = ""
    occurred_at: datetime | None = None
    last_moved_at: datetime | None = None
    delivered_at: datetime | None = None
    returned_at: datetime | None = None
    lost_at: datetime | None = None
    attempts: int = 0
    _attempt_since: datetime | None = None

    def take(self, event: StoredEvent) -> None:
        if self._counts(event):
            self._move_to(event)
        else:
            self._question(event)

    def _counts(self, event: StoredEvent) -> bool:
        if self.returned_at is not None:
            return False  # also `delivered`: it came back to the shop
        if self.delivered_at is not None:
            return event.state == RETURNED or (event.state, event.reason) == (EXCEPTION, MISDELIVERED)
        if self.lost_at is not None:
            return event.state in HELD
        # The paper often comes after the parcel: it does not bring it back to where it started.
        return event.state != PRE_TRANSIT or self.last_moved_at is None

    def _move_to(self, event: StoredEvent) -> None:
        at = event.occurred_at
        self.state, self.reason, self.occurred_at = event.state, event.reason, at
        self.lost_at = at if event.state == LOST else None
        if event.state == EXCEPTION:
            self.delivered_at = None
        elif event.state == DELIVERED:
            self.delivered_at = at
        elif event.state == RETURNED:
            self.returned_at = at
        elif event.state == DELIVERY_ATTEMPTED and (
            self._attempt_since is None or at > self._attempt_since + ONE_ATTEMPT
        ):
            self.attempts, self._attempt_since = self.attempts + 1, at
        if event.state in HELD:
            self.last_moved_at = at

    def _question(self, event: StoredEvent) -> None:
        if self.delivered_at is None or self.returned_at is not None:
            return
        if event.state == LOST:
            self.doubts.append(Doubt(LOST_AFTER_DELIVERED, event.digest))
        elif event.state == EXCEPTION or event.state in MOVEMENTS:
            is_certain = event.adjusted not in {FUTURE, UNTOLD}
            if is_certain and event.occurred_at > self.delivered_at + LATE_SCANS:
                self.doubts.append(Doubt(MOVED_AFTER_DELIVERED, event.digest))


def _in_order(events: Iterable[StoredEvent], placed_at: datetime | None) -> list[StoredEvent]:
    """What is to be folded: each event once, in UTC, without those of another parcel; by moment, rank of the state, digest."""
    known: dict[str, StoredEvent] = {}
    for event in events:
        if event.state not in _RANK:
            raise PositionError(f"state: {event.state[:40]!r} is not known; accepted: {', '.join(STATES)}")
        if not event.digest:
            raise PositionError("digest: every event has one")
        one = replace(event, occurred_at=_utc(event.occurred_at, "occurred_at"))
        if one.adjusted == FOREIGN or _is_foreign(one.occurred_at, placed_at):
            continue
        # One digest with two contents cannot be stored; that it is the same one in any order costs nothing.
        known[one.digest] = min(known.get(one.digest, one), one, key=_place_in_order)
    return sorted(known.values(), key=_place_in_order)


def _place_in_order(event: StoredEvent) -> tuple[datetime, int, str, str, str]:
    return event.occurred_at, _RANK[event.state], event.digest, event.reason, event.adjusted


def _unmoved(known: Sequence[StoredEvent], handed: datetime | None) -> list[Doubt]:
    """The doubt where the first that shows the parcel with the carrier is its delivery, and nobody had handed it over before."""
    first = [event for event in known if event.state in HELD and event.occurred_at == handed]
    if not first or any(event.state != DELIVERED for event in first):
        return []
    return [Doubt(DELIVERED_UNMOVED, first[0].digest)]


def _is_foreign(occurred_at: datetime, placed_at: datetime | None) -> bool:
    return placed_at is not None and occurred_at < _utc(placed_at, "placed_at") - BEFORE_ORDER


def _on_clocks(zone: tzinfo, wall: datetime, local_moment: LocalMoment) -> datetime:
    """The moment of a time with seconds: those of a skipped time do not count, since all of the skipped hour is one moment."""
    minute = wall.replace(second=0, microsecond=0)
    moment = local_moment(zone, minute)
    if moment.astimezone(zone).replace(tzinfo=None) != minute:
        return moment
    return moment + (wall - minute)


def _second(told: datetime | None, told_at: str) -> str:
    if told is None or told.year not in _YEARS:
        return _plain(told_at)
    if told.utcoffset() is not None:
        told = told.astimezone(UTC)
    return told.isoformat(timespec="seconds")


def _plain(text: str, keep: Callable[[str], bool] | None = None) -> str:
    """Text without regard to case, kinds of spaces and ways of writing the same letter; with `keep`, only such letters of it."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return words if keep is None else "".join(filter(keep, words))


def _utc(moment: datetime, name: str) -> datetime:
    if moment.utcoffset() is None:
        raise PositionError(f"{name}: a time with its UTC offset is accepted")
    return moment.astimezone(UTC)
