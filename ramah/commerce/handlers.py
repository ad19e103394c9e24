"""What follows from changes of the catalog: lists and searches show them."""

from collections.abc import Sequence

from ramah.commerce.commands.listings import recount_stock, refresh_listings
from ramah.commerce.events import (
    OrderPlaced,
    ProductChanged,
    VariantPriceChanged,
    VariantStockChanged,
)
from ramah.commerce.queries.listings import products_of_orders
from ramah.kernel import clock
from ramah.kernel.events import subscribe_many


@subscribe_many(ProductChanged)
def refresh_changed(events: Sequence[ProductChanged]) -> None:
    """List the products as they are now."""
    refresh_listings(product_ids=[event.product_id for event in events], at=clock.now())


@subscribe_many(VariantStockChanged)
def refresh_stock(events: Sequence[VariantStockChanged]) -> None:
    """List the products as they are now in stock."""
    refresh_listings(product_ids=[event.product_id for event in events], at=clock.now())


@subscribe_many(VariantPriceChanged)
def refresh_prices(events: Sequence[VariantPriceChanged]) -> None:
    """List the products at their prices."""
    refresh_listings(product_ids=[event.product_id for event in events], at=clock.now())


@subscribe_many(OrderPlaced)
def recount_ordered(events: Sequence[OrderPlaced]) -> None:
    """Tell how many pieces are left."""
    recount_stock(product_ids=products_of_orders([event.order_id for event in events]))
