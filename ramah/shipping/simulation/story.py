"""The whole story, from its seed: what was ordered, how it travelled, what the shop heard of it and when."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from ramah.shipping.simulation.almanac import Almanac
from ramah.shipping.simulation.chance import Flags, Floats
from ramah.shipping.simulation.customers import REASONS, Customers, Response, customers_of
from ramah.shipping.simulation.disturbances import Disturbances
from ramah.shipping.simulation.feed import Feed, Heard, feed_of, heard
from ramah.shipping.simulation.ordering import SERVICES, Orders, place_orders
from ramah.shipping.simulation.promising import promised_at
from ramah.shipping.simulation.scans import Scans, scans_of
from ramah.shipping.simulation.transit import Journeys, Stops, stops_of, travel
from ramah.shipping.simulation.world import CARRIERS, CATEGORIES, PLACES, ZONES

MOST_ORDERS: Final = 1_000_000
MOST_DAYS: Final = 1500
MOST_SEED: Final = 2**32 - 1
MOST_A_POST: Final = 1000
COLUMNS: Final = (
    "order_id",
    "purchased_at",
    "handed_over_at",
    "promised_at",
    "delivered_at",
    "origin",
    "destination",
    "carrier",
    "service",
    "price",
    "weight_grams",
    "category",
    "cash_on_delivery",
    "tracking_number",
)
_PLACES: Final = np.array([place.key for place in PLACES])
_CARRIERS: Final = np.array([one.key for one in CARRIERS])
_SERVICES: Final = np.array([service.key for _number, service in SERVICES])
_CATEGORIES: Final = np.array([one.key for one in CATEGORIES])


class StoryError(ValueError):
    """What no story can be told of; the message names it."""


@dataclass(frozen=True, eq=False)
class Story:
    """A story; arrays have a row per order, oldest first. Scans, feed and customers are made when they are asked for.

    `carrier`, `service`, `lane` are keys: "kilat", "regular", "ID-10>ID-60". What nobody knows at the time is in `journeys`.
    """

    almanac: Almanac
    orders: Orders
    journeys: Journeys
    stops: Stops
    promised_at: Floats
    disturbances: Disturbances
    seed: int
    days: int

    @property
    def purchased_at(self) -> Floats:
        return self.orders.purchased_at

    @property
    def handed_over_at(self) -> Floats:
        return self.journeys.handed_over_at

    @property
    def delivered_at(self) -> Floats:
        """NaN for what was lost or went back."""
        return self.journeys.ends.delivered_at

    @property
    def returned_at(self) -> Floats:
        return self.journeys.ends.returned_at

    @property
    def is_lost(self) -> Flags:
        return self.journeys.fates.is_lost

    @cached_property
    def order_ids(self) -> list[str]:
        return [f"S{self.seed}-{row + 1:06}" for row in range(len(self.purchased_at))]

    @cached_property
    def numbers(self) -> list[str]:
        """Tracking numbers, all different."""
        prefixes = [one.prefix for one in CARRIERS]
        return [
            f"{prefixes[carrier]}{(row * 7919 + self.seed * 104729) % 10**9:09}"
            for row, carrier in enumerate(self.orders.carrier.tolist())
        ]

    @cached_property
    def carrier(self) -> np.ndarray:
        return _CARRIERS[self.orders.carrier]

    @cached_property
    def service(self) -> np.ndarray:
        return _SERVICES[self.orders.service]

    @cached_property
    def lane(self) -> np.ndarray:
        return np.char.add(np.char.add(_PLACES[self.orders.warehouse], ">"), _PLACES[self.orders.place])

    @cached_property
    def scans(self) -> Scans:
        return scans_of(self.orders, self.journeys, self.disturbances, seed=self.seed)

    @cached_property
    def feed(self) -> Feed:
        return feed_of(self.almanac, self.orders, self.scans, self.disturbances, days=self.days, seed=self.seed)

    @cached_property
    def customers(self) -> Customers:
        return customers_of(self.journeys, self.promised_at, self.scans, seed=self.seed)

    @property
    def is_late(self) -> Flags:
        """Delivered after the promised day."""
        found: Flags = self.delivered_at > self.promised_at
        return found

    def figures(self) -> dict[str, object]:
        """The story in numbers; shares of all orders, that of the late ones of what was delivered."""
        delivered = ~np.isnan(self.delivered_at)
        shares = {
            "late_share": self.is_late[delivered].mean() if delivered.any() else 0.0,
            "lost_share": self.is_lost.mean(),
            "returned_share": (~np.isnan(self.returned_at)).mean(),
            "asked_share": (~np.isnan(self.customers.asks_at)).mean(),
        }
        counts = {"orders": len(delivered), "delivered": int(delivered.sum())}
        return counts | {name: round(float(share), 4) for name, share in shares.items()}

    def responds(self, order: int, notice_kind: str, days_before: float) -> Response:
        """As `Customers.responds`."""
        return self.customers.responds(order, notice_kind, days_before)

    def events(self, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[Heard]:
        """What the shop hears after `since`, up to and with `until` (aware), in the order in which it arrives."""
        first = 0 if since is None else self._heard_by(since)
        last = len(self.feed.scan) if until is None else self._heard_by(until)
        return heard(
            self.almanac, self.orders, self.scans, self.feed, self.numbers, self.disturbances, range(first, last)
        )

    def events_until(self, moment: datetime) -> Iterator[Heard]:
        return self.events(until=moment)

    def batches(self, every: timedelta) -> Iterator[tuple[datetime, list[Heard]]]:
        """The events, those of each `every` together, and the end of that time. Where nothing came nothing is given."""
        step = every.total_seconds()
        if step <= 0:
            raise StoryError("every: a time longer than nothing is accepted")
        batch: list[Heard] = []
        end = 0.0
        for one in self.events():
            at = one.arrives_at.timestamp()
            if batch and at > end:
                yield datetime.fromtimestamp(end, UTC), batch
                batch = []
            if not batch:
                end = self.almanac.base + step * np.ceil((at - self.almanac.base) / step)
            batch.append(one)
        if batch:
            yield datetime.fromtimestamp(end, UTC), batch

    def posts(
        self, size: int = MOST_A_POST, *, carrier: str | None = None, within: timedelta = timedelta(minutes=15)
    ) -> Iterator[tuple[datetime, bytes]]:
        """Posts to our own webhook and their moments: up to `size` events that arrived `within` some time.

        Of one carrier or, mixed, of all. Raises `StoryError`.
        """
        if not 1 <= size <= MOST_A_POST:
            raise StoryError(f"size: {size} is not between 1 and {MOST_A_POST}")
        if carrier is not None and carrier not in _CARRIERS:
            raise StoryError(f"carrier: {carrier[:40]!r} is not known; accepted: {', '.join(_CARRIERS)}")
        batch: list[Heard] = []
        for one in self.events():
            if carrier not in (None, one.carrier):
                continue
            if batch and (len(batch) == size or one.arrives_at - batch[0].arrives_at > within):
                yield batch[-1].arrives_at, _post(batch)
                batch = []
            batch.append(one)
        if batch:
            yield batch[-1].arrives_at, _post(batch)

    def csv(self, path: Path, *, until: datetime | None = None) -> None:
        """Writes the orders as a shop exports them; times in UTC. With `until` (aware) as they are known at that moment."""
        known = np.inf if until is None else until.timestamp()
        is_there = self.purchased_at <= known
        orders = self.orders
        columns = (
            self.order_ids,
            _spelled(self.purchased_at),
            _spelled(self.handed_over_at, known),
            _spelled(self.promised_at),
            _spelled(self.delivered_at, known),
            _PLACES[orders.warehouse],
            _PLACES[orders.place],
            self.carrier,
            self.service,
            np.char.mod("%.2f", orders.price),
            orders.grams.astype(np.int64),
            _CATEGORIES[orders.category],
            orders.is_cash.astype(np.int64),
            self.numbers,
        )
        _write(path, COLUMNS, columns, rows=int(is_there.sum()))

    def truth(self, path: Path) -> None:
        """Writes what the shop could not know: how each parcel ended, what held it up, and whether its customer asks."""
        journeys = self.journeys
        ends, fates = journeys.ends, journeys.fates
        reasons = np.array([*REASONS, ""])
        columns = {
            "order_id": self.order_ids,
            "lost": fates.is_lost,
            "vanished_at": journeys.vanished_at,
            "returned_at": ends.returned_at,
            "delivered_at": ends.delivered_at,
            "wrong_door_at": ends.astray_at,
            "failed_attempts": (~np.isnan(ends.failed_at)).sum(axis=1),
            "pickup_point": fates.is_to_point,
            "held_by_customs": journeys.is_held_by_customs,
            "storm": journeys.is_stormed,
            "strike": journeys.is_struck,
            "scan_gap": self.scans.is_silent,
            "reused_number": self.scans.is_reused,
            "asks_at": self.customers.asks_at,
            "asks_because": reasons[self.customers.reason],
        }
        told = [
            _spelled(column) if name.endswith("_at") else column.astype(int) if column.dtype == bool else column
            for name, column in ((name, np.asarray(column)) for name, column in columns.items())
        ]
        _write(path, tuple(columns), told, rows=len(self.order_ids))

    def write_events(self, path: Path) -> int:
        """Writes what the shop hears, as JSON lines in the order of arrival; how many."""
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(one.line(self.order_ids[one.row]) + "\n" for one in self.events())
        return len(self.feed.scan)

    def _heard_by(self, moment: datetime) -> int:
        return int(np.searchsorted(self.feed.arrives_at, moment.timestamp(), side="right"))


def simulate(*, orders: int, seed: int, days: int, start: date, disturbances: Disturbances | None = None) -> Story:
    """The story of `orders` orders in `days` days from `start` on, each told to its end. Raises `StoryError`."""
    for name, value, least, most in (
        ("orders", orders, 1, MOST_ORDERS),
        ("days", days, 1, MOST_DAYS),
        ("seed", seed, 0, MOST_SEED),
        ("start", start.year, 1990, 2100),
    ):
        if not least <= value <= most:
            raise StoryError(f"{name}: {value} is not between {least} and {most}")
    disturbances = disturbances or Disturbances()
    almanac = Almanac(start, days, ZONES)
    placed = place_orders(almanac, orders=orders, days=days, seed=seed)
    stops = stops_of(almanac, disturbances, days=days, seed=seed)
    journeys = travel(almanac, placed, stops, disturbances, days=days, seed=seed)
    promised = promised_at(almanac, placed, journeys.ends.delivered_at, late=disturbances.late, days=days, seed=seed)
    return Story(almanac, placed, journeys, stops, promised, disturbances, seed, days)


def _post(batch: Sequence[Heard]) -> bytes:
    events = {"events": [one.entry for one in batch]}
    return json.dumps(events, ensure_ascii=False, separators=(",", ":")).encode()


def _write(path: Path, names: Sequence[str], columns: Iterable[object], *, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(names)
        lists = [np.asarray(column)[:rows].tolist() for column in columns]
        out.writerows(zip(*lists, strict=True))


def _spelled(moments: Floats, known: float = np.inf) -> np.ndarray:
    """UTC, ISO 8601; empty where there is none, or none yet."""
    is_there = moments <= known  # NaN is not
    whole = np.where(is_there, moments, 0).astype(np.int64).astype("datetime64[s]")
    return np.where(is_there, np.char.add(np.datetime_as_string(whole), "Z"), "")
