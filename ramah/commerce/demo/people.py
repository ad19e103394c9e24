"""Who buys at Toko Laut. Nobody is real: addresses at example domains, numbers of all zeros."""

import random

from ramah.commerce.imports.records import ImportedPerson

# Dewi and Oksana are the two of whom the demo's conversations tell.
DEWI = ImportedPerson("demo-c1", "Dewi Prasetyo", "dewi.prasetyo@example.com", "+6281200000001", "id", "Asia/Jakarta")
OKSANA = ImportedPerson(
    "demo-c2", "Оксана Коваленко", "oksana.kovalenko@example.com", "+380670000002", "uk", "Europe/Kyiv"
)

_INDONESIAN = (
    "Agus Andi Anisa Ayu Bambang Bayu Citra Dian Dimas Eka Fajar Fitri Galih Hendra Indah Intan Joko Kartika "
    "Lestari Maya Mega Nadia Nanda Novi Nur Putri Rahmat Ratna Rian Rina Rizky Sari Siti Sri Tari Wahyu Wulan "
    "Yanti Yoga Yusuf"
)
_INDONESIAN_LAST = (
    "Aditya Anggraini Gunawan Halim Hartono Hidayat Kurniawan Kusuma Lestari Maharani Nugroho Permata Pratama "
    "Purnomo Rahmawati Saputra Setiawan Siregar Situmorang Suharto Susanti Sutanto Utami Wibowo Wijaya "
    "Wulandari"
)
_UKRAINIAN = (
    ("Андрій", "andrii"), ("Богдан", "bohdan"), ("Василь", "vasyl"), ("Дмитро", "dmytro"), ("Ірина", "iryna"),
    ("Катерина", "kateryna"), ("Леся", "lesia"), ("Марія", "mariia"), ("Назар", "nazar"), ("Наталія", "nataliia"),
    ("Олена", "olena"), ("Остап", "ostap"), ("Роман", "roman"), ("Соломія", "solomiia"), ("Тарас", "taras"),
    ("Юлія", "yuliia"),
)  # fmt: skip
_UKRAINIAN_LAST = (
    ("Бондаренко", "bondarenko"), ("Гончаренко", "honcharenko"), ("Кравченко", "kravchenko"), ("Лисенко", "lysenko"),
    ("Мельник", "melnyk"), ("Мороз", "moroz"), ("Павленко", "pavlenko"), ("Поліщук", "polishchuk"),
    ("Ткаченко", "tkachenko"), ("Шевченко", "shevchenko"), ("Юрченко", "yurchenko"),
)  # fmt: skip
_OTHERS = (
    "James Whitfield", "Priya Nair", "Mei Lin Tan", "Lukas Weber", "Anna Kowalska", "Sofia Rossi", "Kenji Sato", "Aisha Rahman",
    "Tom Baker", "Claire Dubois",
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net")


def people(chance: random.Random) -> list[ImportedPerson]:
    """150 customers, the two of the demo's conversations first."""
    found = {DEWI.email: DEWI, OKSANA.email: OKSANA}
    first_names, last_names = _INDONESIAN.split(), _INDONESIAN_LAST.split()
    while len(found) < 96:
        name = f"{chance.choice(first_names)} {chance.choice(last_names)}"
        _add(found, chance, name, name, "id", "Asia/Jakarta", "+62812")
    while len(found) < 140:
        (first, latin_first), (last, latin_last) = chance.choice(_UKRAINIAN), chance.choice(_UKRAINIAN_LAST)
        _add(found, chance, f"{first} {last}", f"{latin_first} {latin_last}", "uk", "Europe/Kyiv", "+38067")
    for name in _OTHERS:
        _add(found, chance, name, name, "en", "", "")
    return list(found.values())


def _add(
    found: dict[str, ImportedPerson],
    chance: random.Random,
    name: str,
    latin: str,
    language: str,
    time_zone: str,
    prefix: str,
) -> None:
    email = f"{latin.lower().replace(' ', '.')}@{chance.choice(DOMAINS)}"
    number = len(found) + 1
    if email not in found:
        digits = f"{number:08}" if prefix == "+62812" else f"{number:07}"
        phone = prefix + digits if prefix and chance.random() < 0.85 else ""
        found[email] = ImportedPerson(f"demo-c{number}", name, email, phone, language, time_zone)
