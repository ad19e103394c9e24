"""The hourly sweep of everything under way: how long it takes, and how much memory, as the child process that the worker starts.

Floor: reading the same rows past the ORM and summing them, in one process that does nothing else.
"""

import time

from bench import ground

COUNT = int(ground.OPTIONS.get("flights") or 1_000_000)
LANES = 2_000
HOUR = 3600
CARRIERS = ("jne", "sicepat", "novaposhta", "dhl")


def main() -> None:
    """The first look at all, then an hour in which a tenth, and one in which every flight has other news."""
    ground.start()
    now = int(time.time()) // HOUR * HOUR
    grow(now)
    learn(now)
    floor = read_and_sum()
    measure("all", now, floor)
    touch("promised + 86400 * 3 * (1 - 2 * (id / 10 % 2))", "id % 10 = 0")
    measure("tenth", now + HOUR, floor)
    measure("none", now + 2 * HOUR, floor)


def measure(name: str, now: int, floor: float) -> None:
    """Sweep in a child, and print what its row says."""
    from datetime import UTC, datetime

    from ramah.kernel.models import OutboxEvent
    from ramah.shipping.commands import runs

    at = datetime.fromtimestamp(now, tz=UTC)
    run = runs.begin("sweep", f"bench {name}", at=at)
    begun = time.perf_counter()
    runs.in_child(run, seconds=1800)
    wall = time.perf_counter() - begun
    run.refresh_from_db()
    if run.error:
        raise SystemExit(run.error)
    figures = {key: run.figures[key] for key in ("read", "written", "seconds", "cpu_seconds", "peak_mb")}
    ground.figure(f"delivery.sweep.{name}", wall, "s", floor=floor, **figures, events=OutboxEvent.objects.count())


def read_and_sum() -> float:
    """Seconds to read every flight and sum what was promised."""
    from ramah.shipping.queries.flying import everything

    return ground.timed(lambda: sum(int(rows.promised.sum()) for rows in everything()))[0]


def touch(promised: str, where: str) -> None:
    """Other terms for some flights, as after many calls with customers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE shipping_flight SET promised = {promised} WHERE {where}")


def learn(now: int) -> None:
    """A live version, trained on 30,000 parcels of the same lanes."""
    from datetime import UTC, datetime

    import numpy as np

    from ramah.shipping.commands.training import store
    from ramah.shipping.forecast.storing import dump
    from ramah.shipping.forecast.table import make_table, text_of
    from ramah.shipping.forecast.training import train

    chance = np.random.default_rng(1)
    lanes = chance.integers(0, LANES, 30_000)
    purchased = now - chance.integers(2 * 86400, 120 * 86400, len(lanes))
    handed = purchased + chance.exponential(86400, len(lanes))
    delivered = handed + chance.lognormal(4, 0.4, len(lanes)) * HOUR * (1 + lanes % 50 / 50)
    texts = {
        "origin": text_of(["ID"] * len(lanes)),
        "destination": text_of([_destination(lane) for lane in lanes.tolist()]),
        "carrier": text_of([CARRIERS[lane // 500] for lane in lanes.tolist()]),
    }
    table = make_table(
        purchased=purchased,
        handed=handed,
        promised=purchased + (4 + lanes % 4) * 86400,
        delivered=np.where(delivered < now, delivered, 0),
        texts=texts,
        zone="Asia/Jakarta",
    )
    at = datetime.fromtimestamp(now - HOUR, tz=UTC)
    store(dump(train(table, until=at.timestamp())), {}, rows=len(table), reason="", seconds=0, at=at)


def _destination(lane: int) -> str:
    return f"ID-region_{lane % 500 // 10}-{lane % 500 % 100:02}"


def grow(now: int) -> None:
    """Orders with one parcel each, on their way for up to six days, made inside the database."""
    from django.db import connection

    from ramah.commerce.models import Order
    from ramah.customers.testing import make_customer
    from ramah.shipping.models import Flight, Lane, Shipment

    customer = make_customer()
    carriers = ("jne", "sicepat", "novaposhta", "dhl")
    Lane.objects.bulk_create(
        Lane(
            pk=n + 1,
            origin="ID",
            destination=f"ID-region_{n % 500 // 10}-{n % 500 % 100:02}",
            carrier=carriers[n // 500],
        )
        for n in range(LANES)
    )
    handed = f"({now} - n % 65536 * 7919 % {6 * 24 * HOUR})"
    moment = f"to_timestamp({handed})" if connection.vendor == "postgresql" else f"datetime({handed}, 'unixepoch')"
    numbers = (1, COUNT)
    ids = {"id": "n", "created_at": moment}
    public = {letter: f"'{letter}'||{_padded('n', 25)}" for letter in "os"}
    ground._insert(Order, numbers, _order(customer.pk, moment) | ids | {"public_id": public["o"]})
    ground._insert(Shipment, numbers, _shipment(moment) | ids | {"public_id": public["s"]})
    flight = dict.fromkeys((field.column for field in Flight._meta.fields), "0")
    flight |= {
        "id": "n", "shipment_id": "n", "order_id": "n", "lane_id": f"n % {LANES} + 1", "stage": "2", "state": "1",
        "purchased": f"{handed} - n % 65536 * 31 % 172800", "handed": handed, "promised": f"{handed} + 86400 * (3 + n % 4)",
        "last_event": f"{handed} + 7200", "last_moved": f"{handed} + 7200", "event_count": "1", "forecast_at": "1",
    }  # fmt: skip
    ground._insert(Flight, numbers, flight)
    ground.settle()


def _order(customer: int, moment: str) -> dict[str, str]:
    return {
        "number": "'B'||n", "search_key": "'B'||n", "external_id": "NULL", "source": "'shop'", "customer_id": str(customer),
        "state": "'shipped'", "placed_at": moment, "language": "'id'", "currency": "'IDR'", "items_amount": "100000",
        "shipping_amount": "10000", "discount_amount": "0", "fee_amount": "0", "tax_amount": "0", "tax_percent": "NULL",
        "tax_name": "''", "tax_included": _no(), "total_amount": "110000", "shipping_address": "'{}'", "billing_address": "'{}'",
        "promised_from": "NULL", "promised_to": "NULL", "note": "''", "checkout_key": "NULL", "email": "''",
        "payment_method": "''", "payment_due_at": "NULL", "delivery_option_id": "NULL", "delivery_name": "''",
        "voucher_code": "''", "merchant_note": "''", "import_digest": "''",
    }  # fmt: skip


def _shipment(moment: str) -> dict[str, str]:
    from ramah.shipping.models import Shipment

    empty = {field.column: "NULL" if field.null else "''" for field in Shipment._meta.fields}
    return empty | {
        "order_id": "n", "state": "'in_transit'", "attempt_count": "0", "doubts": "'[]'", "handed_over_at": moment,
        "tracking_number": "'JN'||n", "last_event_at": moment, "last_moved_at": moment,
    }  # fmt: skip


def _no() -> str:
    from django.db import connection

    return "false" if connection.vendor == "postgresql" else "0"


def _padded(number: str, length: int) -> str:
    from django.db import connection

    is_postgres = connection.vendor == "postgresql"
    return f"lpad({number}::text, {length}, '0')" if is_postgres else f"printf('%0{length}d', {number})"


if __name__ == "__main__":
    main()
