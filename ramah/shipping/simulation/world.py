"""Where the shop sends to, from where, and with whom: places of Indonesia, Ukraine and the EU, and six invented carriers.

A place is the first two digits of its postal codes. `share` is its part of the orders of its market.
"""

from typing import Final, NamedTuple


class Place(NamedTuple):
    key: str
    city: str
    region: str
    zone: str
    latitude: float
    longitude: float
    share: float

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2."""
        return self.key[:2]


_WIB, _WITA, _WIT = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"
PLACES: Final = (
    Place("ID-10", "Jakarta", "west java", _WIB, -6.2, 106.8, 24),
    Place("ID-40", "Bandung", "west java", _WIB, -6.9, 107.6, 9),
    Place("ID-50", "Semarang", "central java", _WIB, -7.0, 110.4, 6),
    Place("ID-55", "Yogyakarta", "central java", _WIB, -7.8, 110.4, 6),
    Place("ID-60", "Surabaya", "east java", _WIB, -7.3, 112.7, 12),
    Place("ID-65", "Malang", "east java", _WIB, -8.0, 112.6, 5),
    Place("ID-80", "Denpasar", "bali", _WITA, -8.7, 115.2, 6),
    Place("ID-20", "Medan", "sumatra", _WIB, 3.6, 98.7, 8),
    Place("ID-25", "Padang", "sumatra", _WIB, -0.9, 100.4, 3),
    Place("ID-30", "Palembang", "sumatra", _WIB, -3.0, 104.8, 4),
    Place("ID-70", "Banjarmasin", "kalimantan", _WITA, -3.3, 114.6, 3),
    Place("ID-76", "Balikpapan", "kalimantan", _WITA, -1.3, 116.8, 4),
    Place("ID-90", "Makassar", "sulawesi", _WITA, -5.1, 119.4, 5),
    Place("ID-95", "Manado", "sulawesi", _WITA, 1.5, 124.8, 2),
    Place("ID-97", "Ambon", "papua", _WIT, -3.7, 128.2, 1.5),
    Place("ID-99", "Jayapura", "papua", _WIT, -2.5, 140.7, 1.5),
    Place("UA-01", "Київ", "north ukraine", "Europe/Kyiv", 50.5, 30.5, 26),
    Place("UA-61", "Харків", "east ukraine", "Europe/Kyiv", 50.0, 36.2, 10),
    Place("UA-49", "Дніпро", "east ukraine", "Europe/Kyiv", 48.5, 35.0, 11),
    Place("UA-69", "Запоріжжя", "east ukraine", "Europe/Kyiv", 47.8, 35.1, 6),
    Place("UA-65", "Одеса", "south ukraine", "Europe/Kyiv", 46.5, 30.7, 12),
    Place("UA-21", "Вінниця", "north ukraine", "Europe/Kyiv", 49.2, 28.5, 6),
    Place("UA-79", "Львів", "west ukraine", "Europe/Kyiv", 49.8, 24.0, 14),
    Place("UA-58", "Чернівці", "west ukraine", "Europe/Kyiv", 48.3, 25.9, 4),
    Place("UA-88", "Ужгород", "west ukraine", "Europe/Kyiv", 48.6, 22.3, 4),
    Place("PL-00", "Warszawa", "poland", "Europe/Warsaw", 52.2, 21.0, 13),
    Place("PL-30", "Kraków", "poland", "Europe/Warsaw", 50.1, 19.9, 8),
    Place("PL-80", "Gdańsk", "poland", "Europe/Warsaw", 54.4, 18.6, 5),
    Place("DE-10", "Berlin", "germany", "Europe/Berlin", 52.5, 13.4, 12),
    Place("DE-20", "Hamburg", "germany", "Europe/Berlin", 53.6, 10.0, 8),
    Place("DE-80", "München", "germany", "Europe/Berlin", 48.1, 11.6, 8),
    Place("DE-50", "Köln", "germany", "Europe/Berlin", 50.9, 7.0, 7),
    Place("CZ-11", "Praha", "danube", "Europe/Prague", 50.1, 14.4, 6),
    Place("AT-10", "Wien", "danube", "Europe/Vienna", 48.2, 16.4, 6),
    Place("RO-01", "București", "danube", "Europe/Bucharest", 44.4, 26.1, 5),
    Place("NL-10", "Amsterdam", "west eu", "Europe/Amsterdam", 52.4, 4.9, 7),
    Place("FR-75", "Paris", "west eu", "Europe/Paris", 48.9, 2.4, 8),
    Place("FR-69", "Lyon", "west eu", "Europe/Paris", 45.8, 4.8, 3),
    Place("ES-28", "Madrid", "south eu", "Europe/Madrid", 40.4, -3.7, 6),
    Place("IT-20", "Milano", "south eu", "Europe/Rome", 45.5, 9.2, 5),
)
COUNTRIES: Final = tuple(sorted({place.country for place in PLACES}))
ZONES: Final = tuple(sorted({place.zone for place in PLACES}))
REGIONS: Final = tuple(sorted({place.region for place in PLACES}))

# Customs borders run between markets. `share`: of all orders.
MARKETS: Final = {"ID": 0.5, "UA": 0.25, "EU": 0.25}
WAREHOUSES: Final = {"ID": ("ID-10", "ID-60", "ID-90"), "UA": ("UA-01", "UA-79"), "EU": ("PL-00", "DE-10")}


def market_of(country: str) -> str:
    return country if country in MARKETS else "EU"


class Service(NamedTuple):
    """`hours` before and after the road, `speed` in km a day, `spread` of the logarithm of the time that it takes.

    `tabled`: the carrier's own table says so many times the usual time.
    """

    key: str
    share: float
    hours: float
    speed: float
    spread: float
    tabled: float
    price: float


class Carrier(NamedTuple):
    """Who brings parcels within a market, or (`market` empty) across their borders.

    `cut_off` is the local hour of the pick-up; `rests` are weekdays off (0 Monday). `tells` is the way it writes times: with an
    "offset", as "utc", or wrongly: the "local" time without a zone, or the local time as if it were UTC ("mislabeled").
    `latency`: minutes until the shop hears. `losses`, `misses`: how often parcels are lost, and attempts fail, against the mean.
    """

    key: str
    prefix: str
    market: str
    share: float
    cut_off: int
    rests: tuple[int, ...]
    tells: str
    has_ids: bool
    has_codes: bool
    latency: float
    losses: float
    misses: float
    language: str
    services: tuple[Service, ...]


CARRIERS: Final = (
    Carrier("kilat", "KLT", "ID", 0.6, 18, (), "offset", True, True, 6, 0.6, 0.9, "id",
            (Service("next_day", 0.25, 17, 1070, 0.16, 1.2, 28), Service("regular", 0.75, 31, 440, 0.24, 1.25, 12))),
    Carrier("nusa", "NSP", "ID", 0.4, 15, (6,), "local", False, True, 45, 1.6, 1.3, "id",
            (Service("regular", 0.6, 36, 370, 0.30, 1.3, 9), Service("economy", 0.4, 56, 240, 0.36, 1.35, 6))),
    Carrier("sokil", "SKL", "UA", 0.7, 18, (), "offset", True, True, 4, 0.4, 0.8, "uk",
            (Service("branch", 0.65, 20, 440, 0.18, 1.25, 3), Service("courier", 0.35, 22, 440, 0.2, 1.2, 4))),
    Carrier("polum", "PLM", "UA", 0.3, 14, (5, 6), "mislabeled", False, False, 70, 1.7, 1.4, "uk",
            (Service("economy", 1, 42, 240, 0.34, 1.3, 2),)),
    Carrier("vesta", "VST", "EU", 1, 17, (5, 6), "utc", True, True, 10, 0.7, 1.0, "en",
            (Service("express", 0.25, 17, 930, 0.15, 1.2, 14), Service("standard", 0.75, 34, 400, 0.25, 1.25, 6))),
    Carrier("meridian", "MRD", "", 1, 16, (6,), "offset", True, True, 25, 2.0, 1.1, "en",
            (Service("priority", 0.4, 50, 1860, 0.24, 1.25, 35), Service("economy", 0.6, 112, 790, 0.34, 1.3, 16))),
)  # fmt: skip


class Category(NamedTuple):
    """What is sold: usual price (EUR) and weight (grams), and how often it has to be got first."""

    key: str
    share: float
    price: float
    grams: float
    unstocked: float


CATEGORIES: Final = (
    Category("beauty", 0.22, 18, 300, 0.01),
    Category("clothes", 0.26, 30, 600, 0.02),
    Category("kitchen", 0.16, 35, 1800, 0.02),
    Category("electronics", 0.16, 110, 900, 0.04),
    Category("books", 0.12, 14, 500, 0.05),
    Category("furniture", 0.08, 140, 14000, 0.10),
)
