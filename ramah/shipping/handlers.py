"""What follows for deliveries when orders, promises and parcels change. Twice is harmless: each looks at what is there now."""

from collections.abc import Sequence

from ramah.commerce.events import OrderAddressChanged, OrderImported, OrderPlaced, OrderStateChanged
from ramah.kernel import clock
from ramah.kernel.events import subscribe_many
from ramah.promises.events import PromiseRenegotiated
from ramah.promises.models import Promise
from ramah.shipping.commands import flights
from ramah.shipping.commands.promising import follow_orders, take_new_date
from ramah.shipping.events import OutlookChanged, ShipmentDelivered

_ORDER = "order:"


@subscribe_many(OrderPlaced)
def expect_placed(events: Sequence[OrderPlaced]) -> None:
    """Expect what was ordered."""
    flights.note_orders([event.order_id for event in events], at=clock.now())


@subscribe_many(OrderImported)
def expect_imported(events: Sequence[OrderImported]) -> None:
    """Expect what was ordered elsewhere and is not there yet."""
    flights.note_orders([event.order_id for event in events], at=clock.now())


@subscribe_many(OrderStateChanged)
def follow_states(events: Sequence[OrderStateChanged]) -> None:
    """What was cancelled or has arrived is expected no more."""
    flights.note_orders([event.order_id for event in events], at=clock.now())


@subscribe_many(OrderAddressChanged)
def follow_addresses(events: Sequence[OrderAddressChanged]) -> None:
    """It goes another way."""
    flights.note_orders([event.order_id for event in events], at=clock.now())


@subscribe_many(PromiseRenegotiated)
def follow_new_dates(events: Sequence[PromiseRenegotiated]) -> None:
    """A delivery is expected for the day that was agreed on now."""
    deliveries = [event.subject for event in events if event.kind == Promise.Kind.DELIVERY]
    keys = [int(subject.removeprefix(_ORDER)) for subject in deliveries if subject.startswith(_ORDER)]
    if keys:
        at = clock.now()
        flights.note_orders(keys, at=at)
        take_new_date(order_ids=keys, at=at)


@subscribe_many(OutlookChanged)
def warn_or_ease(events: Sequence[OutlookChanged]) -> None:
    """The promise is at risk, or no longer."""
    follow_orders(order_ids=[event.order_id for event in events], at=clock.now())


@subscribe_many(ShipmentDelivered)
def ease_by_arrival(events: Sequence[ShipmentDelivered]) -> None:
    """The parcel that was late may have been the only one."""
    follow_orders(order_ids=[event.order_id for event in events], at=clock.now())
