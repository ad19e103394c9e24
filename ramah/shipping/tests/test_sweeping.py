"""The sweep: what the single forecast says, said of all; once an hour by one process; taken up where another one died."""

import tracemalloc
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from ramah.commerce.testing import AT, make_order
from ramah.kernel.testing import at_once
from ramah.shipping.commands import outlooks as writing
from ramah.shipping.commands import runs, sweeping
from ramah.shipping.commands.forecasting import Forecaster, forecast_touched
from ramah.shipping.commands.sweeping import forget_points, sweep, sweep_due
from ramah.shipping.models import Flight, ForecastPoint, ForecastRun, Shipment
from ramah.shipping.queries import flying
from ramah.shipping.testing import make_flight, make_shipment

pytestmark = pytest.mark.django_db
FINE, AT_RISK, LATE = range(3)
PROMISED = int((AT + timedelta(days=5)).timestamp())
SEEN = ("level", "p_late", "p_lost", "q10", "q50", "q80", "q90", "version")


def later(**span):
    return AT + timedelta(**span)


@pytest.fixture
def flights():
    """Nine parcels, looked at one hour after they left."""
    made = []
    for number in range(9):
        order = make_order(state="shipped")
        shipment = make_shipment(order, at=AT)
        made.append(make_flight(order, at=AT, shipment=shipment, promised=PROMISED + number))
    return made


@pytest.fixture
def looked_at(flights, told):
    forecast_touched(at=later(hours=1))
    return flights


def run_of(slot="now", at=AT):
    return runs.begin("sweep", slot, at=at)


def seen():
    return list(Flight.objects.order_by("id").values(*SEEN))


def test_a_sweep_writes_only_what_changed(looked_at, told, outlooks, monkeypatch):
    monkeypatch.setattr(flying, "CHUNK", 4)
    told.by_order = {looked_at[2].order_id: 0.7, looked_at[7].order_id: 0.13}

    figures = sweep(run_of(), at=later(hours=2))

    assert (figures["read"], figures["written"], figures["version"]) == (9, 2, 7)
    assert outlooks == [(looked_at[2].order_id, looked_at[2].shipment_id, FINE, AT_RISK)]
    assert set(Flight.objects.exclude(level=FINE).values_list("pk", flat=True)) == {looked_at[2].pk}
    moved = Flight.objects.filter(forecast_at=int(later(hours=2).timestamp()))
    assert set(moved.values_list("pk", flat=True)) == {looked_at[2].pk, looked_at[7].pk}
    assert ForecastPoint.objects.count() == 9 + 2
    run = ForecastRun.objects.get()
    assert (run.figures["after"], run.error) == (looked_at[-1].pk, "")
    assert run.figures["peak_mb"] > 0
    assert run.ended_at >= later(hours=2)


def test_a_sweep_says_what_the_single_forecast_says(looked_at, told):
    told.by_order = {flight.order_id: 0.1 * number for number, flight in enumerate(looked_at)}
    told.days = 4.5
    sweep(run_of(), at=later(hours=2))
    swept, days = seen(), list(Shipment.objects.order_by("id").values_list("expected_from", "expected_to"))

    Flight.objects.update(level=0, p_late=0, q50=0, forecast_at=0)
    while forecast_touched(at=later(hours=2), limit=1):
        pass

    assert seen() == swept
    assert list(Shipment.objects.order_by("id").values_list("expected_from", "expected_to")) == days


def test_all_is_written_anew_where_that_is_asked_for(looked_at):
    assert sweep(run_of(), at=later(hours=2), anew=True)["written"] == 9


def test_what_was_touched_or_looked_at_meanwhile_is_left_to_who_did(looked_at, told, monkeypatch, outlooks):
    read = flying.flying

    def read_and_touch(*told, **more):
        rows = read(*told, **more)
        Flight.objects.filter(pk=looked_at[0].pk).update(forecast_at=0, event_count=5)
        Flight.objects.filter(pk=looked_at[1].pk).update(forecast_at=12345)
        Flight.objects.filter(pk=looked_at[2].pk).delete()
        return rows

    monkeypatch.setattr(flying, "flying", read_and_touch)
    told.p = 0.8

    assert sweep(run_of(), at=later(hours=2))["written"] == 6
    assert [row["level"] for row in seen()] == [FINE, FINE, *[AT_RISK] * 6]
    assert len(outlooks) == 6
    assert looked_at[0].order_id not in {one[0] for one in outlooks}


def test_flights_that_wait_to_be_forecast_are_not_swept(flights, told):
    assert sweep(run_of(), at=later(hours=2))["read"] == 0
    assert set(Flight.objects.values_list("forecast_at", flat=True)) == {0}


def test_time_that_passes_is_news(looked_at, outlooks):
    sweep(run_of(), at=later(days=5, seconds=4))

    assert [row["level"] for row in seen()] == [*[LATE] * 4, *[FINE] * 5]
    assert len(outlooks) == 4


def test_one_that_died_is_taken_up_where_it_stopped(looked_at, told, monkeypatch):
    monkeypatch.setattr(flying, "CHUNK", 3)
    told.p = 0.8
    write, calls = Forecaster.write, []

    def die(forecaster, rows, **more):
        calls.append(rows.id.tolist())
        if len(calls) == 2:
            raise MemoryError
        return write(forecaster, rows, **more)

    monkeypatch.setattr(Forecaster, "write", die)
    at = later(hours=2)
    with pytest.raises(MemoryError):
        sweep(run_of("14h", at=at), at=at)

    assert run_of("14h", at=at + timedelta(minutes=29)) is None  # its lease runs
    run = run_of("14h", at=at + timedelta(minutes=30))
    assert sweep(run, at=at + timedelta(minutes=30))["read"] == 6
    assert calls[1] == calls[2]
    assert {row["level"] for row in seen()} == {AT_RISK}
    assert ForecastPoint.objects.count() == 18


def test_it_is_done_once_in_each_hour(looked_at):
    done = [sweep_due(at=later(hours=hour, minutes=minute)) for hour, minute in [(2, 0), (2, 59), (3, 0), (3, 1)]]

    assert done == [1, 0, 1, 0]
    assert [run.slot for run in ForecastRun.objects.order_by("id")] == ["2026-03-02 11h", "2026-03-02 12h"]


def test_two_are_never_at_it_at_once(looked_at):
    assert run_of("by hand", at=later(hours=2)) is not None

    assert sweep_due(at=later(hours=2, minutes=20)) == 0
    assert sweep_due(at=later(hours=2, minutes=40)) == 1  # that one has died


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_sweep_once(looked_at):
    assert sorted(at_once(*[lambda: sweep_due(at=later(hours=2))] * 4)) == [0, 0, 0, 1]
    assert ForecastRun.objects.count() == 1


def test_nothing_under_way_leaves_no_run():
    assert sweep_due(at=AT) == 0
    assert not ForecastRun.objects.exists()


def test_a_large_one_is_done_by_a_child(looked_at, monkeypatch):
    monkeypatch.setattr(sweeping, "SMALL", 8)
    asked = []
    monkeypatch.setattr(runs, "run_child", lambda arguments, *, seconds: asked.append(arguments) or "")

    assert sweep_due(at=later(hours=2)) == 1
    assert asked == [["delivery", "sweep", "--run", str(ForecastRun.objects.get().pk)]]


def test_one_that_fails_says_why_and_the_next_hour_goes_on(looked_at, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Forecaster, "write", lambda *told, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sweep_due(at=later(hours=2))

    run = ForecastRun.objects.get()
    assert run.ended_at is not None
    assert run.error.strip().endswith("ZeroDivisionError: division by zero")
    assert sweep_due(at=later(hours=3)) == 1


def test_points_are_kept_for_half_a_year(flights, told, monkeypatch):
    monkeypatch.setattr(sweeping, "_POINTS", 4)
    for hour in range(3):
        Flight.objects.update(forecast_at=0, q50=0)
        forecast_touched(at=later(hours=hour))

    assert forget_points(at=later(days=180, hours=2)) == 18
    assert set(ForecastPoint.objects.values_list("at", flat=True)) == {int(later(hours=2).timestamp())}


def test_batches_and_chunks_change_nothing(looked_at, told, monkeypatch, outlooks):
    told.by_order = {flight.order_id: 0.8 for flight in looked_at}
    monkeypatch.setattr(writing, "BATCH", 2)
    monkeypatch.setattr(flying, "CHUNK", 5)

    assert sweep(run_of(), at=later(hours=2))["written"] == 9
    assert len(outlooks) == 9


def test_columns_come_as_they_are_stored(flights):
    big = 2**40 + 1
    Flight.objects.filter(pk=flights[0].pk).update(promised=big, p_late=1 / 3, q80=big + 1, attempt_count=9)
    rest = make_flight(make_order(), at=AT)

    rows = flying.flying("id > %s", [0], limit=100)

    assert len(rows) == 10
    assert rows.id.tolist() == sorted(rows.id.tolist())
    assert (rows.promised[0], rows.p_late[0], rows.q80[0], rows.attempt_count[0]) == (big, 1 / 3, big + 1, 9)
    assert (rows.shipment_id[-1], rows.order_id[-1]) == (0, rest.order_id)
    assert rows.promised.dtype == np.int64
    assert rows.p_late.dtype == np.float64
    assert len(flying.flying("id < 0", limit=1)) == 0


def test_memory_hangs_on_the_chunk_and_not_on_the_number(told, monkeypatch):
    """Each chunk is gone before the next one is read."""
    order = make_order(state="shipped")
    first = make_flight(order, at=AT, shipment=make_shipment(order, at=AT), forecast_at=1, q50=1)
    fields = [field.column for field in Flight._meta.concrete_fields]
    copied = ", ".join("id + n.n" if name == "id" else "NULL" if name == "shipment_id" else name for name in fields)
    copied = copied.replace("order_id", "order_id + n.n")
    numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 6000)"

    def peak(chunk):
        monkeypatch.setattr(flying, "CHUNK", chunk)
        tracemalloc.start()
        count = sum(len(rows) for rows in flying.everything())
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return count, found

    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO shipping_flight ({', '.join(fields)}) {numbers} SELECT {copied} FROM shipping_flight, n"
        )
        many, few = peak(6001), peak(500)
        cursor.execute("DELETE FROM shipping_flight WHERE id > %s", [first.pk])

    assert (many[0], few[0]) == (6001, 6001)
    assert few[1] < many[1] / 4
