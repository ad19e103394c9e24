import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from ramah.config import health, metrics
from ramah.config.worker import HEARTBEAT
from ramah.kernel import clock
from ramah.kernel.models import HandlerRun, OutboxEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_beat():
    cache.clear()
    yield
    cache.clear()


def waiting_event(age):
    OutboxEvent.objects.create(
        name="test.happened", subject="test:1", lane=1, payload={}, published_at=clock.now() - age
    )


def test_liveness_asks_no_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_ready_when_all_is_well(client):
    cache.set(HEARTBEAT, clock.now().timestamp())

    response = client.get("/readyz")

    assert response.status_code == 200
    assert {name: check["level"] for name, check in response.json()["checks"].items()} == {
        "database": "ok",
        "migrations": "ok",
        "queue": "ok",
        "worker": "ok",
    }


@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(seconds=5), 200), (timedelta(seconds=30), 200), (timedelta(minutes=2), 503)]
)
def test_not_ready_when_events_wait_too_long(client, age, status):
    waiting_event(age)

    response = client.get("/readyz")

    assert response.status_code == status
    assert response.json()["ready"] is (status == 200)


def test_not_ready_when_the_worker_has_gone(client):
    now = clock.now()
    cache.set(HEARTBEAT, now.timestamp() - 300)

    with clock.standing_at(now):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["worker"] == {"level": "fail", "says": "last seen 300 s ago"}


def test_not_ready_before_the_database_is_migrated(client, monkeypatch):
    monkeypatch.setattr(health, "_applied", health.threading.Event())
    monkeypatch.setattr(health, "unapplied_migrations", lambda: ["kernel.0009_later"])

    response = client.get("/readyz")

    assert response.status_code == 503
    assert "kernel.0009_later" in response.json()["checks"]["migrations"]["says"]


def test_not_ready_without_a_database_and_says_nothing_of_its_address(client, monkeypatch):
    def away():
        raise health.DatabaseError("could not connect to server secret.example")

    monkeypatch.setattr(health.connection, "cursor", away)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert json.loads(response.content)["checks"] == {
        "database": {"level": "fail", "says": "does not answer (DatabaseError)"}
    }


def test_figures_count_routes_by_name_and_what_waits_by_state(client):
    waiting_event(timedelta(seconds=30))
    HandlerRun.objects.create(
        handler="test", name="test.happened", subject="test:1", payload={}, state="failed", published_at=clock.now()
    )
    client.get("/healthz")
    client.get("/no/such/page/1234567")

    text = client.get("/metrics").content.decode()

    assert 'ramah_requests_total{route="healthz",status="200"}' in text
    assert 'ramah_requests_total{route="unmatched",status="404"}' in text
    assert "1234567" not in text
    assert "ramah_outbox_events 1.0" in text
    assert 'ramah_handler_runs{state="failed"} 1.0' in text
    for name in ("ramah_deliveries", "ramah_intake_items", "ramah_promises"):
        assert f"{name}{{state=" in text
    lag = float(next(line for line in text.splitlines() if line.startswith("ramah_outbox_lag_seconds ")).split()[1])
    assert 30 <= lag < 60


@pytest.mark.parametrize(
    ("peer", "headers", "allowed"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("203.0.113.7", {}, False),
        ("", {}, False),
        ("127.0.0.1", {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}, False),
        ("127.0.0.1", {"HTTP_FORWARDED": "for=203.0.113.7"}, False),
        ("203.0.113.7", {"HTTP_AUTHORIZATION": "Bearer the token"}, True),
        ("203.0.113.7", {"HTTP_AUTHORIZATION": "Bearer the other"}, False),
        ("203.0.113.7", {"HTTP_AUTHORIZATION": "Bearer "}, False),
    ],
)
def test_figures_are_for_this_machine_and_for_the_bearer_of_the_token(settings, peer, headers, allowed):
    settings.METRICS_TOKEN = "the token"
    request = RequestFactory().get("/metrics", REMOTE_ADDR=peer, **headers)

    response = metrics.metrics(request)

    assert response.status_code == (200 if allowed else 403)
    assert (b"ramah_" in response.content) is allowed


def test_without_a_token_an_empty_one_opens_nothing(settings):
    settings.METRICS_TOKEN = ""

    response = metrics.metrics(
        RequestFactory().get("/metrics", REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION="Bearer ")
    )

    assert response.status_code == 403
