# ruff: noqa: E501 - tables of words read best unbroken
"""On which terms Toko Laut sells: who it is, taxes, how it delivers to Indonesia and Ukraine, vouchers."""

from datetime import datetime, time
from decimal import Decimal

from ramah.commerce.models import DeliveryOption, DeliveryRate, ShopProfile, TaxRate, Voucher
from ramah.commerce.queries.terms import forget_terms
from ramah.kernel.actors import SYSTEM
from ramah.promises.commands import save_calendar

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
JABODETABEK = ["10", "11", "12", "13", "14", "15", "16", "17"]


def seed_terms(at: datetime, *, next_order_number: int) -> None:
    """Write the shop's terms, once."""
    if DeliveryOption.objects.exists():
        return
    ShopProfile.objects.update_or_create(key="shop", defaults={**_PROFILE, "next_order_number": next_order_number})
    TaxRate.objects.bulk_create(
        [
            TaxRate(country="ID", name="PPN", percent=Decimal(11)),
            TaxRate(country="UA", name="ПДВ", percent=Decimal(20)),
        ]
    )
    calendars = {
        name: save_calendar(
            actor=SYSTEM,
            name=name,
            time_zone=zone,
            hours={day: [list(hours)] for day in days},
            holiday_country=country,
            at=at,
        )
        for name, zone, days, hours, country in (
            ("JNE", "Asia/Jakarta", _WEEK[:6], ("08:00", "17:00"), "ID"),
            ("SiCepat", "Asia/Jakarta", _WEEK, ("08:00", "20:00"), ""),
            ("Нова пошта", "Europe/Kyiv", _WEEK[:6], ("08:00", "20:00"), "UA"),
        )
    }
    for position, (names, notes, carrier, kind, cut_off, tracking, rates) in enumerate(_OPTIONS):
        option = DeliveryOption.objects.create(
            names=dict(zip(("en", "id", "uk"), names, strict=True)),
            notes=dict(zip(("en", "id", "uk"), notes, strict=True)),
            carrier=carrier,
            kind=kind,
            calendar=calendars.get(carrier),
            cut_off=cut_off,
            tracking_url=tracking,
            position=position,
            created_at=at,
        )
        DeliveryRate.objects.bulk_create(
            DeliveryRate(option=option, position=n, **rate) for n, rate in enumerate(rates)
        )
    Voucher.objects.bulk_create(
        [
            Voucher(code="SELAMAT10", kind="percent", percent=Decimal(10), customer_limit=1, note="Welcome", created_at=at),
            Voucher(code="HEMAT50", kind="amount", amount=Decimal(50000), currency="IDR", minimum_amount=Decimal(300000),
                    use_limit=200, created_at=at),
            Voucher(code="DOSTAVKA0", kind="free_shipping", currency="UAH", minimum_amount=Decimal(1000), created_at=at),
        ]
    )  # fmt: skip
    forget_terms()


def _rate(country: str, currency: str, amount: int, days: tuple[int, int], **more: object) -> dict[str, object]:
    return {
        "country": country,
        "currency": currency,
        "amount": Decimal(amount),
        "min_days": days[0],
        "max_days": days[1],
        **more,
    }


_OPTIONS = (
    (("JNE regular", "JNE reguler", "JNE, звичайна"),
     ("May be left with a neighbor", "Bisa dititipkan ke tetangga", "Можна залишити в сусідів"),
     "JNE", "home", time(15), "https://www.jne.co.id/tracking-package?awb={number}",
     (_rate("ID", "IDR", 12000, (1, 2), postal_prefixes=JABODETABEK, free_from_amount=Decimal(750000), cash_on_delivery=True),
      _rate("ID", "IDR", 22000, (2, 4), postal_prefixes=["2", "3", "4", "5", "6"], free_from_amount=Decimal(1000000),
            cash_on_delivery=True),
      _rate("ID", "IDR", 45000, (4, 7)))),
    (("SiCepat, next day", "SiCepat, besok sampai", "SiCepat, наступного дня"),
     ("Between 09:00 and 12:00", "Antara pukul 09.00 dan 12.00", "Між 9:00 і 12:00"),
     "SiCepat", "home", time(18), "https://www.sicepat.com/checkAwb?awb={number}",
     (_rate("ID", "IDR", 28000, (1, 1), postal_prefixes=JABODETABEK, cash_on_delivery=True),)),
    (("Pick up in Kemang", "Ambil di toko Kemang", "Самовивіз у Кемангу"),
     ("Jl. Kemang Raya 8, Jakarta", "Jl. Kemang Raya 8, Jakarta", "Jl. Kemang Raya 8, Джакарта"),
     "", "pickup", time(14), "",
     (_rate("ID", "IDR", 0, (0, 0), postal_prefixes=JABODETABEK),)),
    (("Nova Poshta, branch", "Nova Poshta, cabang", "Нова пошта, відділення"),
     ("Kept there for 7 days", "Disimpan 7 hari", "Зберігається 7 днів"),
     "Нова пошта", "branch", time(17), "https://novaposhta.ua/tracking/?cargo_number={number}",
     (_rate("UA", "UAH", 75, (1, 3), free_from_amount=Decimal(2500), cash_on_delivery=True),)),
    (("Nova Poshta, parcel locker", "Nova Poshta, loker paket", "Нова пошта, поштомат"),
     ("Open around the clock", "Buka 24 jam", "Відкритий цілодобово"),
     "Нова пошта", "locker", time(17), "https://novaposhta.ua/tracking/?cargo_number={number}",
     (_rate("UA", "UAH", 60, (1, 3), free_from_amount=Decimal(2500), up_to_grams=20000),)),
    (("Nova Poshta, courier", "Nova Poshta, kurir", "Нова пошта, курʼєр"),
     ("To the door, 9:00 to 21:00", "Sampai di rumah, 09.00 sampai 21.00", "До дверей, з 9:00 до 21:00"),
     "Нова пошта", "home", time(17), "https://novaposhta.ua/tracking/?cargo_number={number}",
     (_rate("UA", "UAH", 110, (1, 3), cash_on_delivery=True),)),
)  # fmt: skip

_PROFILE = {
    "name": "Toko Laut",
    "legal_name": "PT Laut Niaga",
    "address": "Jl. Kemang Raya 8\nJakarta 12730\nIndonesia",
    "tax_number": "01.234.567.8-901.000",
    "email": "support@ramah.example",
    "phone": "+62 812 0000 0000",
    "about": {
        "en": "Clothes, batik, coffee and things for the home, made in workshops that we know by name.",
        "id": "Busana, batik, kopi, dan perlengkapan rumah dari bengkel kerja yang kami kenal namanya.",
        "uk": "Одяг, батик, кава та речі для дому з майстерень, які ми знаємо на імʼя.",
    },
    "currency": "IDR",
    "countries": {"ID": "IDR", "UA": "UAH"},
    "order_prefix": "TL-",
    "payment_methods": ["bank_transfer", "cod", "card", "wallet"],
    "bank_accounts": [
        {"bank": "BCA", "number": "8808 0812 3456", "holder": "PT Laut Niaga", "currency": "IDR"},
        {"bank": "Mandiri", "number": "137 00 1234567 8", "holder": "PT Laut Niaga", "currency": "IDR"},
        {"bank": "ПриватБанк", "number": "UA21 3052 9900 0002 6001 2345 6789 0", "holder": "ТОВ «Лаут Ніага»", "currency": "UAH"},
    ],
    "transfer_hours": 24,
    "cod_fees": {"IDR": "5000", "UAH": "20"},
    "cod_limits": {"IDR": "3000000", "UAH": "10000"},
    "return_days": 30,
    "return_terms": {
        "en": "30 days to return, free label, refund within 3 days of arrival. Unwashed, with the tag on it.",
        "id": "30 hari untuk mengembalikan, label gratis, uang kembali dalam 3 hari setelah barang tiba. Belum dicuci, label masih terpasang.",
        "uk": "30 днів на повернення, безкоштовна етикетка, гроші протягом 3 днів після отримання. Без слідів прання, з біркою.",
    },
}  # fmt: skip
