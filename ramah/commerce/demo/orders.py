"""What was bought at Toko Laut in the past fourteen months, and how far each order has come by now."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ramah.commerce import order_states as states
from ramah.commerce.demo.catalog import hryvnia
from ramah.commerce.demo.people import DEWI, OKSANA
from ramah.commerce.imports.records import (
    ImportedLine,
    ImportedOrder,
    ImportedPayment,
    ImportedPerson,
    ImportedProduct,
    ImportedRefund,
    ImportedVariant,
)

COUNT = 500
MONTHS = timedelta(days=425)
_STREETS = {"id": ("Jl. Margonda Raya", "Jl. Kemang Timur", "Jl. Diponegoro", "Jl. Malioboro", "Jl. Sudirman", "Jl. Cihampelas"),
            "uk": ("вул. Хрещатик", "вул. Шевченка", "просп. Науки", "вул. Городоцька", "вул. Дерибасівська")}  # fmt: skip
_CITIES = {
    "id": (("Depok", "Jawa Barat", "16424"), ("Jakarta Selatan", "DKI Jakarta", "12730"), ("Bandung", "Jawa Barat", "40131"),
           ("Yogyakarta", "DI Yogyakarta", "55213"), ("Surabaya", "Jawa Timur", "60271"), ("Denpasar", "Bali", "80113"),
           ("Makassar", "Sulawesi Selatan", "90111")),
    "uk": (("Київ", "", "01001"), ("Львів", "Львівська", "79000"), ("Одеса", "Одеська", "65000"),
           ("Харків", "Харківська", "61000"), ("Дніпро", "Дніпропетровська", "49000")),
}  # fmt: skip
_PAID_BY = {
    "IDR": (("bank_transfer", "BCA"), ("bank_transfer", "Mandiri"), ("wallet", "GoPay"), ("wallet", "OVO"), ("cod", ""),
            ("card", "Visa")),
    "UAH": (("card", "monobank"), ("card", "ПриватБанк"), ("cod", "Нова пошта"), ("wallet", "Apple Pay")),
}  # fmt: skip
_REASONS = {
    "id": ("Ukuran tidak pas", "Barang cacat", "Berubah pikiran"),
    "uk": ("Не підійшов розмір", "Брак", "Передумала"),
    "en": ("Wrong size", "Faulty", "Changed my mind"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Who buys when, and what becomes of it in the end: delivered, late, returned, cancelled or unpaid."""

    person: ImportedPerson
    placed_at: datetime
    fate: str
    kind: str = ""


def orders(
    chance: random.Random, *, products: list[ImportedProduct], people: list[ImportedPerson], at: datetime
) -> list[ImportedOrder]:
    """500 orders, oldest first, numbered from TL-40001."""
    plans = sorted([*_told_of(at), *_plans(chance, people, at)], key=lambda plan: plan.placed_at)
    return [_order(chance, 40001 + number, plan, products, at) for number, plan in enumerate(plans)]


def _told_of(at: datetime) -> Iterator[Plan]:
    """The orders of which the demo's conversations tell: Dewi's parcel is a day late, Oksana's shirt is too small."""
    yield Plan(DEWI, at - timedelta(days=6, hours=3), "stuck", "shirt")
    yield Plan(DEWI, at - timedelta(days=74), "delivered", "scarf")
    yield Plan(DEWI, at - timedelta(days=212), "delivered", "coffee")
    yield Plan(OKSANA, at - timedelta(days=7, hours=2), "delivered", "shirt")
    yield Plan(OKSANA, at - timedelta(days=131), "returned", "dress")


def _plans(chance: random.Random, people: list[ImportedPerson], at: datetime) -> Iterator[Plan]:
    fates = ["delivered"] * 80 + ["late"] * 8 + ["returned"] * 5 + ["cancelled"] * 4 + ["unpaid"] * 3
    for _ in range(COUNT - 5):
        # The shop grows, so more is recent; some customers come back often.
        age = MONTHS * chance.random() ** 1.6
        person = people[min(int(chance.expovariate(1 / 45)) + 2, len(people) - 1)]
        yield Plan(person, at - timedelta(minutes=20) - age, chance.choice(fates))


def _order(
    chance: random.Random, number: int, plan: Plan, products: list[ImportedProduct], at: datetime
) -> ImportedOrder:
    person, code = plan.person, "UAH" if plan.person.language == "uk" else "IDR"
    lines = tuple(_lines(chance, plan, products, code))
    items = sum((line.total_amount for line in lines), Decimal(0))
    shipping = (
        Decimal(0) if chance.random() < 0.3 else Decimal(chance.choice((12000, 18000, 24000)) if code == "IDR" else 79)
    )
    discount = _rounded(items / 10, code) if chance.random() < 0.15 else Decimal(0)
    method, bank = chance.choice(_PAID_BY[code])
    if plan.fate == "unpaid":
        method, bank = ("bank_transfer", "BCA") if code == "IDR" else ("card", "monobank")
    promised = (plan.placed_at + timedelta(days=3), plan.placed_at + timedelta(days=5))
    steps = [step for step in _steps(chance, plan, cash=method == "cod") if step[1] <= at]
    total = items + shipping - discount
    address = _address(chance, person)
    payment = _payment(steps, method, bank, total)
    return ImportedOrder(
        number=f"TL-{number}",
        external_id=f"demo-o{number}",
        person=person,
        state=steps[-1][0],
        placed_at=plan.placed_at,
        currency=code,
        language=person.language,
        lines=lines,
        items_amount=items,
        shipping_amount=shipping,
        discount_amount=discount,
        tax_amount=_rounded(total * 11 / 111, code) if code == "IDR" else _rounded(total / 6, code),
        total_amount=total,
        shipping_address=address,
        billing_address=address,
        promised_from=promised[0].date(),
        promised_to=promised[1].date(),
        payments=(payment,),
        refunds=tuple(_refunds(chance, steps, payment, person.language)),
        history=tuple(steps),
    )


def _lines(chance: random.Random, plan: Plan, products: list[ImportedProduct], code: str) -> Iterator[ImportedLine]:
    chosen = [product for product in products if product.external_id == f"demo-{plan.kind}-1"]
    others = chance.sample(products, chance.choice((1, 1, 1, 2, 2, 3, 4)) if not chosen else chance.choice((0, 1)))
    for product in (*chosen, *others):
        variant, quantity = chance.choice(product.variants), chance.choice((1, 1, 1, 1, 2, 3))
        price = _price(variant, code)
        language = plan.person.language
        yield ImportedLine(product.titles[language], quantity, price, price * quantity, variant.sku, variant.options)


def _price(variant: ImportedVariant, code: str) -> Decimal:
    return variant.price if code == "IDR" else hryvnia(variant.price)


def _rounded(amount: Decimal, code: str) -> Decimal:
    step = Decimal(1000) if code == "IDR" else Decimal(1)
    return (amount / step).quantize(Decimal(1)) * step


def _steps(chance: random.Random, plan: Plan, *, cash: bool) -> list[tuple[str, datetime]]:
    """The whole way of the order; what lies in the future is cut off by the caller."""
    times = [plan.placed_at]

    def after(state: str, low: float, high: float) -> tuple[str, datetime]:
        times.append(times[-1] + timedelta(hours=chance.uniform(low, high)))
        return state, times[-1]

    steps: list[tuple[str, datetime]] = [(states.PLACED, plan.placed_at)]
    if plan.fate == "unpaid":
        return [*steps, after(states.CANCELLED, 70, 74)]
    if not cash:
        steps.append(after(states.PAID, 0.05, 6))
    if plan.fate == "cancelled":
        return [*steps, after(states.CANCELLED, 1, 20)]
    steps += [after(states.PACKED, 3, 20), after(states.SHIPPED, 1, 14)]
    if plan.fate == "stuck":
        return steps
    steps.append(after(states.DELIVERED, 110, 170) if plan.fate == "late" else after(states.DELIVERED, 26, 66))
    if plan.fate == "returned":
        return [*steps, after(states.RETURNED, 120, 260), after(states.REFUNDED, 20, 60)]
    return [*steps, after(states.COMPLETED, 14 * 24, 15 * 24)]


def _payment(steps: list[tuple[str, datetime]], method: str, bank: str, total: Decimal) -> ImportedPayment:
    reached = dict(steps)
    paid_at = reached.get(states.DELIVERED if method == "cod" else states.PAID)
    refunded = states.REFUNDED in reached
    state = "refunded" if refunded else "paid" if paid_at else "failed" if states.CANCELLED in reached else "pending"
    return ImportedPayment("demo", method, state, total, paid_at, bank)


def _refunds(
    chance: random.Random, steps: list[tuple[str, datetime]], payment: ImportedPayment, language: str
) -> Iterator[ImportedRefund]:
    state, since = steps[-1]
    if payment.paid_at is None or state not in {states.CANCELLED, states.RETURNED, states.REFUNDED}:
        return
    reason = chance.choice(_REASONS[language])
    if state == states.RETURNED:
        yield ImportedRefund("demo", payment.amount, "approved", since, reason)
    else:
        yield ImportedRefund("demo", payment.amount, "sent", since, reason)


def _address(chance: random.Random, person: ImportedPerson) -> dict[str, str]:
    language = person.language if person.language in _CITIES else "id"
    city, region, postal_code = chance.choice(_CITIES[language])
    parts = {
        "name": person.name,
        "line1": f"{chance.choice(_STREETS[language])} {chance.randint(1, 120)}",
        "city": city,
        "region": region,
        "postal_code": postal_code,
        "country": "ID" if language == "id" else "UA",
        "phone": person.phone,
    }
    return {key: value for key, value in parts.items() if value}
