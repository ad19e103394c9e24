"""Factories for tests of other apps: a product, an order as a customer placed it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.cache import cache

from ramah.commerce import order_states
from ramah.commerce.models import (
    Cart,
    CartLine,
    DeliveryOption,
    DeliveryRate,
    Order,
    OrderLine,
    OrderStateChange,
    Payment,
    Product,
    ShopProfile,
    Variant,
    Voucher,
)
from ramah.commerce.queries import search_key
from ramah.customers.models import Customer
from ramah.customers.testing import make_customer

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = {
    "name": "Dana Putri",
    "line1": "Jl. Margonda Raya 21",
    "city": "Depok",
    "postal_code": "16424",
    "country": "ID",
    "phone": "+6281234567890",
}
_numbers = count(1)


def make_product(
    title: str = "Sanur linen shirt", *, price: int = 389000, currency: str = "IDR", stock: int = 10
) -> Product:
    """A product with one variant."""
    number = next(_numbers)
    product = Product.objects.create(
        external_id=f"p{number}", slug=f"p{number}", titles={"en": title}, published_at=AT, created_at=AT
    )
    Variant.objects.create(
        product=product,
        sku=f"SKU-{number}",
        options={"size": "M", "color": "Indigo"},
        price_amount=Decimal(price),
        currency=currency,
        stock=stock,
        created_at=AT,
    )
    return product


def make_order(
    customer: Customer | None = None,
    *,
    number: str = "",
    state: str = order_states.PAID,
    placed_at: datetime = AT,
    total: int = 389000,
    currency: str = "IDR",
    paid: bool = True,
) -> Order:
    """An order of one line, promised for three to five days after it was placed; paid by bank transfer unless told otherwise."""
    number = number or f"TL-{next(_numbers):05}"
    order = Order.objects.create(
        number=number,
        search_key=search_key(number),
        customer=customer or make_customer(),
        state=state,
        placed_at=placed_at,
        created_at=placed_at,
        currency=currency,
        items_amount=Decimal(total),
        total_amount=Decimal(total),
        shipping_address=ADDRESS,
        promised_from=placed_at.date() + timedelta(days=3),
        promised_to=placed_at.date() + timedelta(days=5),
    )
    OrderLine.objects.create(
        order=order,
        title="Sanur linen shirt",
        sku="SHIRT-M",
        options={"size": "M"},
        quantity=1,
        unit_amount=Decimal(total),
        total_amount=Decimal(total),
    )
    OrderStateChange.objects.create(order=order, at=placed_at, to_state=state, actor="system")
    if paid:
        Payment.objects.create(
            order=order,
            method=Payment.Method.BANK_TRANSFER,
            state=Payment.State.PAID,
            amount=Decimal(total),
            paid_at=placed_at,
            reference="BCA",
            created_at=placed_at,
        )
    return order


def make_cart(
    *told: tuple[Product, int], customer: Customer | None = None, currency: str = "IDR", voucher: Voucher | None = None
) -> Cart:
    """An open cart with so many pieces of each product's first variant at its present price; a guest's without `customer`."""
    cart = Cart.objects.create(customer=customer, currency=currency, voucher=voucher, updated_at=AT, created_at=AT)
    for product, quantity in told:
        variant = product.variants.get()
        CartLine.objects.create(
            cart=cart, variant=variant, quantity=quantity, seen_amount=variant.price_amount, added_at=AT
        )
    return cart


def make_voucher(
    code: str = "HEMAT10", *, kind: str = Voucher.Kind.PERCENT, percent: int = 10, **fields: Any
) -> Voucher:
    """A voucher that anyone may use as often as they like, unless told otherwise."""
    worth = {"percent": Decimal(percent)} if kind == Voucher.Kind.PERCENT else {}
    return Voucher.objects.create(code=code, kind=kind, created_at=AT, **{**worth, **fields})


def make_delivery(
    name: str = "JNE", *, kind: str = DeliveryOption.Kind.HOME, rate: dict[str, Any] | None = None, **fields: Any
) -> DeliveryOption:
    """A way of delivery, every day of the week, with one rate: Rp 12.000 for all of Indonesia in one to two days."""
    cache.clear()  # terms that were read before
    option = DeliveryOption.objects.create(names={"en": name}, kind=kind, created_at=AT, **fields)
    told = {"country": "ID", "currency": "IDR", "amount": Decimal(12000), "min_days": 1, "max_days": 2, **(rate or {})}
    DeliveryRate.objects.create(option=option, **told)
    return option


def make_shop(**fields: Any) -> ShopProfile:
    """A shop that sells to Indonesia and Ukraine against bank transfer, cash on delivery, card and wallet."""
    cache.clear()  # the terms that an earlier test left there
    told = {
        "name": "Toko Laut",
        "countries": {"ID": "IDR", "UA": "UAH"},
        "payment_methods": ["bank_transfer", "cod", "card", "wallet"],
        "bank_accounts": [{"bank": "BCA", "number": "8808", "holder": "PT Laut", "currency": "IDR"}],
        "cod_fees": {"IDR": "5000"},
        "cod_limits": {"IDR": "3000000"},
    }
    return ShopProfile.objects.update_or_create(key="shop", defaults={**told, **fields})[0]
