"""What a carrier notes of a parcel on its way: one scan for each thing that happened and was seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from ramah.shipping import position
from ramah.shipping.simulation.almanac import DAY, HOUR
from ramah.shipping.simulation.chance import Flags, Floats, Whole, stream
from ramah.shipping.simulation.disturbances import Disturbances
from ramah.shipping.simulation.last_mile import ATTEMPTS
from ramah.shipping.simulation.ordering import Orders, distances
from ramah.shipping.simulation.transit import CUSTOMS_AT, Journeys
from ramah.shipping.simulation.world import PLACES

_HUBS: Final = (0.2, 0.5, 0.8)  # where on the way; a short one has fewer
_HUB_KM: Final = 250
_TOLD_OF_STORM, _TOLD_OF_STRIKE, _TOLD_OF_LOSS = 0.6, 0.4, 0.5
_EARLIER: Final = (200, 500)  # days before: the parcel that had the same number


class Kind(NamedTuple):
    """A thing to note: state and reason as `carriers.facts` has them, and the carrier's `words` by its language."""

    code: str
    state: str
    reason: str
    words: dict[str, str]


def _kind(code: str, state: str, reason: str, en: str, indonesian: str, uk: str) -> Kind:
    return Kind(code, state, reason, {"en": en, "id": indonesian, "uk": uk})


_IN: Final = position.IN_TRANSIT
_OUT_OF_ORDER: Final = position.EXCEPTION
KINDS: Final = (
    _kind("LB", position.PRE_TRANSIT, "", "Label created", "Resi dibuat", "Створено накладну"),
    _kind("PU", _IN, "", "Picked up", "Paket diambil kurir", "Прийнято до перевезення"),
    _kind("DP", _IN, "", "Departed", "Berangkat dari kota asal", "Вирушило з міста відправника"),
    _kind("HB", _IN, "", "At a sorting center", "Tiba di pusat sortir", "У сортувальному центрі"),
    _kind("CI", _IN, "", "At the customs", "Tiba di bea cukai", "На митниці"),
    _kind("CH", _OUT_OF_ORDER, "customs", "Held by customs", "Ditahan bea cukai", "Затримано митницею"),
    _kind("CO", _IN, "", "Cleared by customs", "Selesai bea cukai", "Пройшло митницю"),
    _kind("WX", _OUT_OF_ORDER, "weather", "Delayed by weather", "Tertunda karena cuaca", "Затримка через негоду"),
    _kind("DL", _OUT_OF_ORDER, "delayed", "Delayed", "Pengiriman tertunda", "Доставку затримано"),
    _kind("AR", _IN, "", "At the delivery depot", "Tiba di kota tujuan", "Прибуло до міста отримувача"),
    _kind("AD", _OUT_OF_ORDER, "address", "Address unclear", "Alamat tidak jelas", "Неточна адреса"),
    _kind("OD", position.OUT_FOR_DELIVERY, "", "Out for delivery", "Dibawa kurir", "Кур'єр у дорозі"),
    _kind("NH", position.DELIVERY_ATTEMPTED, "away", "Nobody there", "Penerima tidak ada", "Отримувача немає"),
    _kind("RF", position.DELIVERY_ATTEMPTED, "refused", "Refused", "Penerima menolak", "Відмова отримувача"),
    _kind("UC", _OUT_OF_ORDER, "unclaimed", "Not collected", "Tidak diambil", "Не забрали"),
    _kind("PP", position.AVAILABLE_FOR_PICKUP, "", "Ready for pick-up", "Siap diambil", "Очікує у відділенні"),
    _kind("OK", position.DELIVERED, "", "Delivered", "Paket diterima", "Вручено"),
    _kind("MD", _OUT_OF_ORDER, position.MISDELIVERED, "Delivered wrongly", "Salah antar", "Вручено не тому"),
    _kind("RT", position.RETURNED, "", "Returned to sender", "Dikembalikan", "Повернуто відправнику"),
    _kind("LO", position.LOST, "", "Lost", "Paket hilang", "Втрачено"),
)  # fmt: skip
KIND: Final = {kind.code: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Scans:
    """Arrays of one row per scan, by order, moment and kind. `is_earlier`: of the parcel that had the number before.

    `is_silent` and `is_reused` have a row per order: days of its way are without scans; its number was used before.
    """

    order: Whole
    kind: Whole
    at: Floats
    place: Whole
    is_earlier: Flags
    is_silent: Flags
    is_reused: Flags


def scans_of(orders: Orders, journeys: Journeys, disturbances: Disturbances, *, seed: int) -> Scans:
    """All scans of all parcels."""
    chance = stream(seed, "scans")
    count = len(orders.place)
    is_silent = chance.random(count) < disturbances.scan_gaps
    is_reused = chance.random(count) < disturbances.reused_numbers
    noted = [
        *_at_the_shop(orders, journeys),
        *((code, np.where(is_silent, np.nan, at), place) for code, at, place in _on_the_way(orders, journeys, chance)),
        *_at_the_end(orders, journeys, disturbances, chance),
    ]
    earlier = list(_earlier(orders, journeys, is_reused, chance))
    every = noted + earlier
    order = np.tile(np.arange(count), len(every))
    kind = np.repeat([KIND[code] for code, _at, _place in every], count)
    at = np.floor(np.concatenate([at for _code, at, _place in every]))
    place = np.concatenate([place for _code, _at, place in every])
    is_earlier = np.repeat([False] * len(noted) + [True] * len(earlier), count)
    there = np.flatnonzero(~np.isnan(at))
    there = there[np.lexsort((kind[there], at[there], order[there]))]
    return Scans(order[there], kind[there], at[there], place[there], is_earlier[there], is_silent, is_reused)


Noted = Iterator[tuple[str, Floats, Whole]]


def _at_the_shop(orders: Orders, journeys: Journeys) -> Noted:
    yield "LB", journeys.packed_at, orders.warehouse
    yield "PU", journeys.handed_over_at, orders.warehouse


def _on_the_way(orders: Orders, journeys: Journeys, chance: np.random.Generator) -> Noted:
    yield "DP", journeys.departed_at, orders.warehouse
    hubs = distances()[orders.warehouse, orders.place] // _HUB_KM
    at_customs = np.nan_to_num(journeys.cleared_at - journeys.customs_at)
    road = journeys.arrived_at - journeys.departed_at - at_customs
    for number, part in enumerate(_HUBS):
        at = journeys.departed_at + part * road + (part > CUSTOMS_AT) * at_customs
        at = at + chance.uniform(-0.05, 0.05, len(at)) * road
        yield "HB", np.where(hubs > number, at, np.nan), _between(part)[orders.warehouse, orders.place]
    yield "CI", journeys.customs_at, orders.place
    yield "CH", np.where(journeys.is_held_by_customs, journeys.customs_at + 6 * HOUR, np.nan), orders.place
    yield "CO", journeys.cleared_at, orders.place
    waits = journeys.depot_at - journeys.arrived_at > HOUR
    for code, is_held, share in (
        ("WX", journeys.is_stormed, _TOLD_OF_STORM),
        ("DL", journeys.is_struck, _TOLD_OF_STRIKE),
    ):
        is_told = waits & is_held & (chance.random(len(waits)) < share)
        yield code, np.where(is_told, journeys.arrived_at + HOUR / 2, np.nan), orders.place
    yield "AR", journeys.depot_at, orders.place


def _at_the_end(orders: Orders, journeys: Journeys, disturbances: Disturbances, chance: np.random.Generator) -> Noted:
    ends, place = journeys.ends, orders.place
    count = len(place)
    is_to_point = journeys.fates.is_to_point
    yield "AD", ends.address_at, place
    for attempt in range(ATTEMPTS):
        yield "OD", np.where(is_to_point, np.nan, ends.out_at[:, attempt]), place
        yield "NH", np.where(journeys.fates.is_back, np.nan, ends.failed_at[:, attempt]), place
    yield "PP", ends.available_at, place
    yield "RF", np.where(is_to_point, np.nan, ends.refused_at), place
    yield "UC", np.where(is_to_point, ends.refused_at, np.nan), place
    yield "OK", ends.astray_at, place
    yield "MD", ends.astray_at + np.floor(chance.uniform(3, 11, count) * HOUR), place
    yield "OD", ends.again_at, place
    yield "OK", ends.delivered_at, place
    is_twice = chance.random(count) < disturbances.delivered_twice
    twice = ends.delivered_at + np.floor(chance.uniform(0.1, 30, count) * HOUR)
    yield "OK", np.where(is_twice, twice, np.nan), place
    yield "RT", ends.returned_at, orders.warehouse
    is_told = chance.random(count) < _TOLD_OF_LOSS
    lost = journeys.vanished_at + np.floor(chance.uniform(15, 30, count) * DAY)
    yield "LO", np.where(is_told, lost, np.nan), place


def _earlier(orders: Orders, journeys: Journeys, is_reused: Flags, chance: np.random.Generator) -> Noted:
    """The way of the parcel that had the number before, elsewhere."""
    count = len(is_reused)
    begins = np.where(is_reused, journeys.packed_at - np.floor(chance.uniform(*_EARLIER, count) * DAY), np.nan)
    place = chance.integers(0, len(PLACES), count)
    yield "PU", begins, orders.warehouse
    yield "AR", begins + 2 * DAY, place
    yield "OK", begins + 2.3 * DAY, place


@cache
def _between(part: float) -> Whole:
    """The place nearest to that part of the way, by place of departure and arrival."""
    where = np.array([(place.latitude, place.longitude) for place in PLACES])
    points = where[:, None] + part * (where - where[:, None])
    found: Whole = np.argmin(((points[:, :, None] - where) ** 2).sum(axis=3), axis=2)
    return found
