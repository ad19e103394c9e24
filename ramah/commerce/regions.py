"""Provinces and oblasts as checkout lists them and delivery rates name them: in the country's own language, by name."""

from typing import Final

INDONESIA: Final = (
    "Aceh", "Bali", "Banten", "Bengkulu", "DI Yogyakarta", "DKI Jakarta", "Gorontalo", "Jambi", "Jawa Barat", "Jawa Tengah",
    "Jawa Timur", "Kalimantan Barat", "Kalimantan Selatan", "Kalimantan Tengah", "Kalimantan Timur", "Kalimantan Utara",
    "Kepulauan Bangka Belitung", "Kepulauan Riau", "Lampung", "Maluku", "Maluku Utara", "Nusa Tenggara Barat",
    "Nusa Tenggara Timur", "Papua", "Papua Barat", "Papua Barat Daya", "Papua Pegunungan", "Papua Selatan", "Papua Tengah",
    "Riau", "Sulawesi Barat", "Sulawesi Selatan", "Sulawesi Tengah", "Sulawesi Tenggara", "Sulawesi Utara", "Sumatera Barat",
    "Sumatera Selatan", "Sumatera Utara",
)  # fmt: skip
# The two cities are on a level with the oblasts.
UKRAINE: Final = (
    "Київ", "АР Крим", "Вінницька", "Волинська", "Дніпропетровська", "Донецька", "Житомирська", "Закарпатська", "Запорізька",
    "Івано-Франківська", "Київська", "Кіровоградська", "Луганська", "Львівська", "Миколаївська", "Одеська", "Полтавська",
    "Рівненська", "Севастополь", "Сумська", "Тернопільська", "Харківська", "Херсонська", "Хмельницька", "Черкаська",
    "Чернівецька", "Чернігівська",
)  # fmt: skip
_REGIONS: Final = {"ID": INDONESIA, "UA": UKRAINE}


def regions_of(country: str) -> tuple[str, ...]:
    """The regions to choose from in `country` (ISO 3166); none where they are not listed here."""
    return _REGIONS.get(country, ())
