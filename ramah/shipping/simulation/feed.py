"""What carriers tell the shop of their scans, when it gets there and how: late, twice, out of order, with wrong clocks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from ramah.shipping.simulation.almanac import HOUR, Almanac
from ramah.shipping.simulation.chance import Flags, Floats, Whole, stream
from ramah.shipping.simulation.disturbances import Disturbances
from ramah.shipping.simulation.ordering import PLACE_ZONE, Orders
from ramah.shipping.simulation.scans import KINDS, Scans
from ramah.shipping.simulation.weather import Stop, held_up, stops
from ramah.shipping.simulation.world import CARRIERS, PLACES

_MINUTE: Final = 60.0
_CHUNK: Final = 20_000
TELLS: Final = ("offset", "utc", "local", "mislabeled")


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that the shop is told. `happened_at` is the truth; `entry` is as our own webhook takes it."""

    row: int  # of the order
    carrier: str
    happened_at: datetime
    arrives_at: datetime
    entry: dict[str, str]

    def line(self, order_id: str) -> str:
        """For a file of JSON lines."""
        fields: dict[str, Any] = {
            "arrives_at": _iso(self.arrives_at),
            "happened_at": _iso(self.happened_at),
            "order_id": order_id,
            "carrier": self.carrier,
        }
        return json.dumps(fields | self.entry, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Feed:
    """Arrays of one row per thing told, in the order in which they reach the shop.

    `scan` is a row of the scans. `told_at` are seconds since 1970 on the clock that is told. `is_again`, `is_delayed`,
    `is_skewed`: told a second time, after a later one, with a clock that is fast.
    """

    scan: Whole
    arrives_at: Floats
    told_at: Floats
    is_again: Flags
    is_delayed: Flags
    is_skewed: Flags
    outages: list[Stop]


def feed_of(
    almanac: Almanac, orders: Orders, scans: Scans, disturbances: Disturbances, *, days: int, seed: int
) -> Feed:
    """When the shop hears what."""
    chance = stream(seed, "feed")
    count = len(scans.at)
    carrier = orders.carrier[scans.order]
    outages = stops(
        almanac,
        seed,
        "outages",
        count=disturbances.outages,
        among=len(CARRIERS),
        days=days,
        lasts=(0.9, 1.3),
        backlog=0.01,
    )
    latency = np.array([one.latency for one in CARRIERS])[carrier] * _MINUTE
    # What an earlier parcel left behind is told with the first word on this one.
    begins = np.full(len(orders.place), np.inf)
    np.minimum.at(begins, scans.order[~scans.is_earlier], scans.at[~scans.is_earlier])
    heard = np.where(scans.is_earlier, begins[scans.order], scans.at) + chance.exponential(1, count) * latency
    is_delayed = chance.random(count) < disturbances.reordered
    heard = heard + is_delayed * chance.uniform(1, 14, count) * HOUR
    is_skewed = chance.random(count) < disturbances.skewed
    clock = scans.at + is_skewed * np.floor(chance.uniform(12, 50, count) * _MINUTE)
    clock = clock + _ahead(almanac, scans.place, carrier, scans.at, disturbances)
    again = np.flatnonzero(chance.random(count) < disturbances.duplicates)
    scan = np.concatenate([np.arange(count), again])
    heard = np.concatenate([heard, heard[again] + chance.exponential(8, len(again)) * HOUR])
    arrives = np.ceil(held_up(heard, carrier[scan], outages))
    is_again = np.arange(len(scan)) >= count
    in_order = np.lexsort((scan, is_again, arrives))
    scan = scan[in_order]
    return Feed(
        scan=scan,
        arrives_at=arrives[in_order],
        told_at=clock[scan],
        is_again=is_again[in_order],
        is_delayed=is_delayed[scan],
        is_skewed=is_skewed[scan],
        outages=outages,
    )


def tells(carrier: int, disturbances: Disturbances) -> str:
    """The way in which a carrier writes times: one of `TELLS`."""
    way = CARRIERS[carrier].tells
    return way if disturbances.wrong_zones or way in ("offset", "utc") else "offset"


def heard(
    almanac: Almanac,
    orders: Orders,
    scans: Scans,
    feed: Feed,
    numbers: list[str],
    disturbances: Disturbances,
    rows: range,
) -> Iterator[Heard]:
    """These rows of the feed, spelled."""
    ways = [tells(number, disturbances) for number in range(len(CARRIERS))]
    for first in range(rows.start, rows.stop, _CHUNK):
        part = slice(first, min(first + _CHUNK, rows.stop))
        scan = feed.scan[part]
        spelled = np.datetime_as_string(feed.told_at[part].astype(np.int64).astype("datetime64[s]")).tolist()
        offsets = _offsets(almanac, scans.place[scan], scans.at[scan])
        columns = (scan, scans.order[scan], scans.kind[scan], scans.place[scan], scans.at[scan], feed.arrives_at[part])
        for (number, row, kind_number, place_number, at, arrives), text, offset in zip(
            zip(*(column.tolist() for column in columns), strict=True), spelled, offsets, strict=True
        ):
            carrier = CARRIERS[orders.carrier[row]]
            kind, place = KINDS[kind_number], PLACES[place_number]
            way = ways[orders.carrier[row]]
            yield Heard(
                row=row,
                carrier=carrier.key,
                happened_at=datetime.fromtimestamp(at, UTC),
                arrives_at=datetime.fromtimestamp(arrives, UTC),
                entry={
                    "number": numbers[row],
                    "state": kind.state,
                    "reason": kind.reason,
                    "code": kind.code if carrier.has_codes else "",
                    "occurred_at": text + {"offset": offset, "local": ""}.get(way, "Z"),
                    "place": place.city,
                    "country": place.country,
                    "message": kind.words[carrier.language],
                    "id": f"{carrier.prefix.lower()}-{number:x}" if carrier.has_ids else "",
                },
            )


def _ahead(almanac: Almanac, place: Whole, carrier: Whole, at: Floats, disturbances: Disturbances) -> Floats:
    """How many seconds the clock that is told is ahead of UTC."""
    is_local = np.array([tells(number, disturbances) != "utc" for number in range(len(CARRIERS))])[carrier]
    return is_local * (almanac.local(at, PLACE_ZONE[place]) + almanac.base - at)


def _offsets(almanac: Almanac, place: Whole, at: Floats) -> list[str]:
    minutes = (almanac.local(at, PLACE_ZONE[place]) + almanac.base - at) // _MINUTE
    return [f"+{int(one) // 60:02}:{int(one) % 60:02}" for one in minutes.tolist()]


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
