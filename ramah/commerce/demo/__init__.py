"""Toko Laut, the demo shop: products, customers and orders in three languages and two currencies.

The same seed gives the same shop; times are relative to the moment of seeding, so the newest order is always of today.
"""

import random
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from ramah.commerce.commands import save_imported_orders, save_imported_products
from ramah.commerce.commands.listings import rebuild_listings
from ramah.commerce.commands.relating import recount_sold, relate_products
from ramah.commerce.demo.catalog import catalog
from ramah.commerce.demo.dressing import dress
from ramah.commerce.demo.orders import orders
from ramah.commerce.demo.people import people
from ramah.commerce.demo.terms import seed_terms
from ramah.commerce.models import Order, Product
from ramah.commerce.queries import is_known
from ramah.customers.commands import save_imported_customers
from ramah.customers.models import Customer
from ramah.kernel.actors import System

SOURCE = "demo"
SEED = 40817
FIRST_ORDER = 40001


@transaction.atomic
def seed(at: datetime) -> None:
    """Fill the shop, once: where its first order is, nothing is done."""
    if is_known(f"TL-{FIRST_ORDER}"):
        return
    actor, chance = System(SOURCE), random.Random(SEED)  # noqa: S311 - the same shop each time, no secret
    products, customers = catalog(chance), people(chance)
    save_imported_products(actor=actor, products=products, at=at)
    save_imported_customers(actor=actor, people=customers, at=at)
    placed = orders(chance, products=products, people=customers, at=at)
    save_imported_orders(actor=actor, orders=placed, at=at, source=SOURCE)
    seed_terms(at, next_order_number=FIRST_ORDER + len(placed))
    dress(chance, at)
    shown = list(Product.objects.values_list("pk", flat=True))
    recount_sold(shown, at=at)
    rebuild_listings(at=at)
    relate_products(shown, at=at)
    first_order = Order.objects.filter(customer=OuterRef("pk")).order_by("placed_at").values("placed_at")[:1]
    Customer.objects.filter(pk__in=Order.objects.values("customer")).update(created_at=Subquery(first_order))
