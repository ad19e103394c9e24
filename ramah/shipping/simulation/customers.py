"""What customers do by themselves: ask where their parcel is, and answer a notice that comes before they would have asked."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ramah.shipping.simulation.almanac import DAY, HOUR
from ramah.shipping.simulation.chance import Floats, Whole, stream
from ramah.shipping.simulation.scans import Scans
from ramah.shipping.simulation.transit import Journeys

Response = Literal["asks", "chooses", "cancels", "nothing"]
# Why somebody asks, in the order in which the causes are looked at.
REASONS: Final = ("curious", "late", "stalled", "attempted", "wrong_door")
_QUIET_DAYS: Final = 3.5  # without a scan: it looks stalled
_ASK: Final = {"curious": 0.03, "late": 0.45, "stalled": 0.2, "attempted": 0.18, "wrong_door": 0.85}
# By kind of notice: what it saves of the asking, how many choose what it offers, how many cancel.
NOTICES: Final = {
    "at_risk": (0.7, 0.25, 0.02),
    "late": (0.6, 0.30, 0.05),
    "stalled": (0.55, 0.15, 0.04),
    "lost": (0.7, 0.60, 0.25),
    "delivery_failed": (0.6, 0.45, 0.01),
    "customs": (0.5, 0.10, 0.02),
    "out_for_delivery": (0.3, 0.08, 0.0),
    "delivered": (0.2, 0.0, 0.0),
}
_STIRRED: Final = 0.015  # ask because they are told


class ResponseError(ValueError):
    """A notice of which nothing is known, or an order that there is not; the message names it."""


@dataclass(frozen=True, slots=True)
class Customers:
    """When the customer of each order asks, NaN for who never does; `reason` is an index of `REASONS`, or -1.

    `_patience`, `_taste` are between 0 and 1: the same customer answers the same notice in the same way.
    """

    asks_at: Floats
    reason: Whole
    _patience: Floats
    _taste: Floats

    def responds(self, order: int, notice_kind: str, days_before: float) -> Response:
        """What the customer of a row does when told; `days_before` the promised day, negative after it.

        "asks": anyway, as without the notice or because of it. The earlier it comes, the fewer ask. Raises `ResponseError`.
        """
        if notice_kind not in NOTICES:
            raise ResponseError(f"notice_kind: {notice_kind[:40]!r} is not known; accepted: {', '.join(NOTICES)}")
        if not 0 <= order < len(self.asks_at):
            raise ResponseError(f"order: {order} is not a row of the story")
        saves, chooses, cancels = NOTICES[notice_kind]
        saves *= 1.0 if days_before >= 1 else 0.75 if days_before >= 0 else 0.4
        cancels *= 1.0 if days_before >= 0 else 1.5
        would_ask = not np.isnan(self.asks_at[order])
        if self._patience[order] >= (saves if would_ask else 1 - _STIRRED):
            return "asks"
        taste = self._taste[order]
        if taste < chooses:
            return "chooses"
        return "cancels" if taste >= 1 - cancels else "nothing"


def customers_of(journeys: Journeys, promised_at: Floats, scans: Scans, *, seed: int) -> Customers:
    """Who asks about what, and when, if nobody tells them anything."""
    chance = stream(seed, "customers")
    count = len(promised_at)
    ends = journeys.ends
    over = np.where(np.isnan(ends.delivered_at), ends.returned_at, ends.delivered_at)
    over = np.where(np.isnan(over), np.inf, over)
    handed = journeys.handed_over_at
    latest = np.where(np.isinf(over), handed + 30 * DAY, over)
    causes = {
        "curious": handed + chance.random(count) * (latest - handed),
        "late": promised_at + chance.exponential(1.0, count) * DAY,
        "stalled": _quiet_since(scans, over) + (_QUIET_DAYS + chance.exponential(0.7, count)) * DAY,
        "attempted": ends.failed_at[:, 0] + chance.exponential(4, count) * HOUR,
        "wrong_door": ends.astray_at + chance.exponential(4, count) * HOUR,
    }
    moments = np.full((count, len(REASONS)), np.inf)
    for column, reason in enumerate(REASONS):
        is_asked = (chance.random(count) < _ASK[reason]) & (causes[reason] < over)
        moments[:, column] = np.where(is_asked, np.ceil(causes[reason]), np.inf)
    reason = np.argmin(moments, axis=1)
    asks = moments[np.arange(count), reason]
    never = np.isinf(asks)
    return Customers(
        asks_at=np.where(never, np.nan, asks),
        reason=np.where(never, -1, reason),
        _patience=chance.random(count),
        _taste=chance.random(count),
    )


def _quiet_since(scans: Scans, over: Floats) -> Floats:
    """From when on the first long silence of each parcel lasts; NaN where there is none."""
    own = np.flatnonzero(~scans.is_earlier)
    order, at = scans.order[own], scans.at[own]
    is_last = np.append(order[1:] != order[:-1], True)
    until = np.where(is_last, over[order], np.append(at[1:], np.inf))
    is_quiet = until - at > _QUIET_DAYS * DAY
    found = np.full(len(over), np.inf)
    np.minimum.at(found, order[is_quiet], at[is_quiet])
    return np.where(np.isinf(found), np.nan, found)
