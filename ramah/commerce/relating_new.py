"""A product that comes into the catalog, or goes to another category, is related at once; the others wait for the night."""

from collections.abc import Sequence

from ramah.commerce.commands.relating import relate_new
from ramah.commerce.events import ProductChanged
from ramah.kernel import clock
from ramah.kernel.events import subscribe_many


@subscribe_many(ProductChanged)
def relate(events: Sequence[ProductChanged]) -> None:
    """Find what to show beside products that have nothing yet."""
    relate_new(sorted({event.product_id for event in events}), at=clock.now())
