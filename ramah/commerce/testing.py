"""Factories for tests of other apps: a product, an order as a customer placed it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from ramah.commerce import order_states
from ramah.commerce.models import Order, OrderLine, OrderStateChange, Payment, Product, Variant
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
    product = Product.objects.create(external_id=f"p{number}", titles={"en": title}, created_at=AT)
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
