"""Figures for Prometheus.

Owns: what is counted per request, what is read from the database when asked, who may ask.
Never: a label that holds an id, an address or a path: routes are counted by name.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.models import Count, Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ramah.channels.models import IntakeItem
from ramah.config.health import outbox_lag
from ramah.config.worker import HEARTBEAT
from ramah.conversations.models import MessageDelivery
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.models import HandlerRun, OutboxEvent
from ramah.promises.models import Promise

_requests = Counter("ramah_requests", "Requests by route and status.", ["route", "status"])
_seconds = Histogram(
    "ramah_request_seconds",
    "Time from request to response by route.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def count_requests(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: count each request and its time under the name of its route."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        route = (match.view_name or "unnamed") if match else "unmatched"
        _requests.labels(route, str(response.status_code)).inc()
        _seconds.labels(route).observe(time.perf_counter() - started)
        return response

    return middleware


class Stock(Collector):
    """What waits in the database at this moment. Finished rows are not counted: there are too many of them for each scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Gauges of outbox, deliveries, intake, promises and the worker."""
        at = clock.now()
        yield _gauge("ramah_outbox_lag_seconds", "Age of the oldest waiting event.", outbox_lag(at=at).total_seconds())
        yield _gauge("ramah_outbox_events", "Events that wait for their handlers.", OutboxEvent.objects.count())
        yield _by_state(
            "ramah_handler_runs", "Handler runs that wait again or failed.", HandlerRun, "waiting", "failed"
        )
        yield _by_state(
            "ramah_deliveries", "Outgoing messages that are not out.", MessageDelivery, "queued", "sending", "failed"
        )
        yield _by_state(
            "ramah_intake_items", "Intake items that wait or are quarantined.", IntakeItem, "waiting", "quarantined"
        )
        promises = GaugeMetricFamily("ramah_promises", "Promises that run, by state.", labels=["state"])
        running = Promise.objects.running()
        promises.add_metric(["open"], running.filter(warned_at=None).count())
        promises.add_metric(["at_risk"], running.exclude(warned_at=None).count())
        broken = cache.get_or_set("metrics:broken", Promise.objects.filter(state=Promise.State.BROKEN).count, 300)
        promises.add_metric(["broken"], broken or 0)  # over the whole history, hence not at each scrape
        yield promises
        if (beat := cache.get(HEARTBEAT)) is not None:
            yield _gauge("ramah_worker_beat_timestamp_seconds", "When a worker was last seen.", beat)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)


def _by_state(name: str, says: str, model: type[Model], *states: str) -> GaugeMetricFamily:
    rows = model._default_manager.filter(state__in=states).order_by()
    counts = dict(rows.values_list("state").annotate(n=Count("pk")))
    gauge = GaugeMetricFamily(name, says, labels=["state"])
    for state in states:
        gauge.add_metric([state], counts.get(state, 0))
    return gauge


def may_scrape(request: HttpRequest) -> bool:
    """Whether the peer is this machine itself, not a proxy on it, or shows the bearer token RAMAH_METRICS_TOKEN."""
    token = settings.METRICS_TOKEN
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and secrets.compare_digest(shown.encode(), token.encode()):
        return True
    forwarded = settings.ENV.behind_proxy or request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded")
    try:
        return not forwarded and ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@require_safe
@public("Prometheus, by loopback or bearer token; figures without names")
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures in the text format of Prometheus; 403 to whoever may not scrape."""
    if not may_scrape(request):
        return HttpResponse("Scrape from this machine, or with the bearer token RAMAH_METRICS_TOKEN.\n", status=403)
    text = generate_latest(_request_figures())
    stock = CollectorRegistry(auto_describe=False)
    stock.register(Stock())
    try:
        text += generate_latest(stock)
    except DatabaseError:
        connection.close()  # the figures of the process itself are wanted most when the database is away
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _request_figures() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
