"""What carriers tell, from bytes to flights: posts a second, and events a second until parcels, orders and flights follow them.

Floors: the same server answers /healthz to the same client in the same run; the rows of the same events go into their table by
`executemany`, each with a commit of its own where each event is a post of its own, else a thousand to a commit.
"""

import json
import resource
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from bench import ground
from bench.hooks import Post, play
from bench.process import Process, free_port

SINGLES = int(ground.OPTIONS.get("hooks") or 2000)
BURST = int(ground.OPTIONS.get("events") or 100_000)
A_POST = 1000
BATCHED = max(BURST // 5, A_POST)
KEY, SECRET = "bench", "secret-of-the-bench"
WAY = ("in_transit", "in_transit", "in_transit", "out_for_delivery", "delivered")
BEGUN = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(days=3)


def main() -> None:
    """Posts over HTTP, then events read by themselves: one a post, a thousand a post, and all of an outage at once."""
    ground.start()
    from ramah.shipping.testing import make_carrier, make_carrier_account

    account = make_carrier_account(KEY, carrier=make_carrier(at=BEGUN), credentials={"secret": SECRET}, at=BEGUN)
    parcels = iter(make_parcels(account, (2 * SINGLES + BATCHED + BURST) // len(WAY) + 10))
    with Process("ramah.config.cli", free_port(), "run") as server:
        server.until_up()
        measure_posts(server, list(take(parcels, SINGLES)))
    for name, count, a_post in (
        ("events_single", SINGLES, 1),
        ("events_batch", BATCHED, A_POST),
        ("burst", BURST, A_POST),
    ):
        bodies = [body(events) for events in in_posts(take(parcels, count), a_post)]
        measure_events(name, account, bodies, count, floor=insert_floor(min(count, SINGLES), a_post))
    check()


def make_parcels(account: Any, count: int) -> Iterator[str]:
    """The tracking numbers of so many parcels on their way, each of an order of its own, promised for these days."""
    from ramah.commerce.models import Order, OrderLine
    from ramah.customers.testing import make_customer
    from ramah.promises.models import Promise
    from ramah.shipping import commands
    from ramah.shipping.models import Shipment

    customer = make_customer()
    price = {"unit_amount": Decimal(1), "total_amount": Decimal(1)}
    address = {"country": "ID", "region": "Jawa Barat", "city": "Depok", "postal_code": "16424"}
    common = {"customer": customer, "state": "shipped", "placed_at": BEGUN, "created_at": BEGUN, "currency": "IDR"}
    sums = {"items_amount": 1, "total_amount": 1, "shipping_address": address, "promised_to": BEGUN.date()}
    for start in range(0, count, 2000):
        numbers = [f"BN{number:08}" for number in range(start, min(start + 2000, count))]
        orders = Order.objects.bulk_create(
            Order(number=number, search_key=number, **common, **sums) for number in numbers
        )
        OrderLine.objects.bulk_create(
            OrderLine(order=order, title="Mug", quantity=1, shipped_quantity=1, **price) for order in orders
        )
        due_at = BEGUN + timedelta(days=4)
        told = {"kind": "delivery", "customer": customer, "started_at": BEGUN, "created_at": BEGUN, "due_at": due_at}
        Promise.objects.bulk_create(Promise(subject=f"order:{order.pk}", warn_at=due_at, **told) for order in orders)
        Shipment.objects.bulk_create(
            Shipment(
                order=order,
                account=account,
                carried_by=account.carrier,
                tracking_number=order.number,
                state="in_transit",
                handed_over_at=BEGUN,
                last_moved_at=BEGUN,
                created_at=BEGUN,
            )
            for order in orders
        )
        for share in cut(orders, 500):
            commands.note_orders([order.pk for order in share], at=BEGUN)
        yield from numbers
    ground.settle()


def take(numbers: Iterator[str], count: int) -> Iterator[dict[str, str]]:
    """So many events: each parcel's whole way, all parcels side by side, as they come in earnest."""
    ours = [next(numbers) for _ in range(count // len(WAY))]
    for step, state in enumerate(WAY):
        moment = BEGUN + timedelta(hours=6 * (step + 1))
        for number in ours:
            yield {
                "number": number,
                "state": state,
                "code": f"{state[:3]}{step}",
                "occurred_at": moment.isoformat(),
                "place": "Depok",
                "country": "ID",
                "message": "Paket telah tiba di pusat sortir",
            }


def cut(things: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Shares of so many."""
    return [things[start : start + size] for start in range(0, len(things), size)]


def in_posts(events: Iterator[dict[str, str]], size: int) -> Iterator[list[dict[str, str]]]:
    """So many events to a post."""
    while share := list(islice(events, size)):
        yield share


def body(events: Sequence[dict[str, str]]) -> bytes:
    """As a carrier posts them."""
    return json.dumps({"events": events}).encode()


def measure_posts(server: Process, events: Sequence[dict[str, str]]) -> None:
    """Signed posts of one event each, over HTTP, while the worker of the same process reads them."""
    from ramah.shipping.carriers.generic.webhook import signature

    posts = []
    for event in events:
        raw = body([event])
        headers = {"Content-Type": "application/json", "X-Ramah-Signature": signature(SECRET, raw)}
        posts.append(Post(f"/hooks/carriers/{KEY}", raw, headers))
    floor, _slowest = play(server.port, [Post("/healthz")] * len(posts))
    begun = time.perf_counter()
    rate, slowest = play(server.port, posts)
    ground.figure("delivery.post_single", rate, "posts/s", floor=floor, p99_ms=round(slowest * 1000, 1))
    until_read()
    rate = len(posts) / (time.perf_counter() - begun)
    ground.figure("delivery.post_single.read", rate, "events/s", floor=floor)


def until_read() -> None:
    """Wait until the worker has read all that was taken in."""
    from ramah.shipping.models import CarrierPost

    while CarrierPost.objects.filter(state=CarrierPost.State.WAITING).exists():
        time.sleep(0.05)


def measure_events(name: str, account: Any, bodies: Sequence[bytes], count: int, *, floor: float) -> None:
    """From bytes to flights, in this process: taken in, read, folded; orders and promises follow."""
    from ramah.kernel import clock
    from ramah.shipping import commands

    def work() -> None:
        for share in cut(bodies, 100):
            commands.take_in(account=account, bodies=share, at=clock.now())
        while commands.process_waiting(at=clock.now()):
            pass

    before = peak_mb()
    wall, cpu = ground.timed(work)
    figures = {"events": count, "cpu_ms_each": round(cpu / count * 1000, 2), "mb_more": peak_mb() - before}
    ground.figure(f"delivery.{name}", count / wall, "events/s", floor=floor, **figures)


def peak_mb() -> int:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def insert_floor(count: int, a_commit: int) -> float:
    """Rows a second, by `executemany` into a table like that of events, so many to a commit."""
    from django.db import connection, transaction

    columns = ("number", "state", "code", "occurred_at", "place", "country", "message", "digest", "raw")
    events = take((f"BN{number:08}" for number in range(count)), count)
    rows = [(*event.values(), f"{n:032x}", json.dumps(event)) for n, event in enumerate(events)]
    names, signs = ", ".join(columns), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_floor (" + ", ".join(f"{name} text" for name in columns) + ")")
        cursor.execute("CREATE UNIQUE INDEX bench_floor_digest ON bench_floor (number, digest)")
        begun = time.perf_counter()
        for share in cut(rows, a_commit):
            with transaction.atomic():
                cursor.executemany(f"INSERT INTO bench_floor ({names}) VALUES ({signs})", share)
        rate = len(rows) / (time.perf_counter() - begun)
        cursor.execute("DROP TABLE bench_floor")
    return rate


def check() -> None:
    """A figure over events that were lost would be worth nothing."""
    from ramah.shipping.models import Shipment, TrackingEvent
    from ramah.shipping.queries.events import carrier_sum

    total, events = carrier_sum(), TrackingEvent.objects.count()
    expected = 2 * SINGLES + BATCHED + BURST
    arrived = Shipment.objects.filter(state="delivered").count()
    if not total.closes or total.quarantined or (events, arrived) != (expected, expected // len(WAY)):
        raise SystemExit(f"bench.delivery: it does not close: {total}, {events} events, {arrived} arrived")


if __name__ == "__main__":
    main()
