"""Whether this installation can do its work: what load balancers, `ramah doctor` and people ask.

Owns: the checks of database, migrations, queue and worker, and their limits. Never: changes anything.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ramah.config.worker import HEARTBEAT
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.models import HandlerRun, OutboxEvent

LAG_LIMIT = timedelta(seconds=60)
HEARTBEAT_LIMIT = timedelta(seconds=60)
_applied = threading.Event()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `ok`, `warn` or `fail`, in a sentence, and how to mend it."""

    check: str
    level: str
    says: str
    mend: str = ""


def outbox_lag(*, at: datetime) -> timedelta:
    """How long the oldest waiting event has waited."""
    oldest = OutboxEvent.objects.order_by("id").values_list("published_at", flat=True).first()
    return max(timedelta(), at - oldest) if oldest else timedelta()


def unapplied_migrations() -> list[str]:
    """Migrations that the code has and the database has not."""
    executor = MigrationExecutor(connection)
    return [f"{m.app_label}.{m.name}" for m, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def check_database() -> Finding:
    """Whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return Finding(
            "database",
            "fail",
            f"does not answer ({type(error).__name__})",
            "Check DATABASE_URL and start the database.",
        )
    return Finding("database", "ok", f"{connection.vendor} answers")


def check_migrations() -> Finding:
    """Whether the database has the form that the code expects. Remembered once it has: a process never gets newer code."""
    if not _applied.is_set():
        if missing := unapplied_migrations():
            return Finding(
                "migrations", "fail", f"{len(missing)} not applied, first {missing[0]}", "Run: ramah migrate"
            )
        _applied.set()
    return Finding("migrations", "ok", "all applied")


def check_queue(*, at: datetime) -> Finding:
    """Whether events reach their handlers in time."""
    lag = outbox_lag(at=at)
    if lag > LAG_LIMIT:
        return Finding(
            "queue",
            "fail",
            f"the oldest event has waited {lag.total_seconds():.0f} s",
            "Start `ramah worker`, or more of them; look for 'job failed' in its log.",
        )
    failed = HandlerRun.objects.filter(state=HandlerRun.State.FAILED).count()
    if failed:
        return Finding(
            "queue", "warn", f"{failed} handler runs have failed for good", "See them in the desk's settings."
        )
    return Finding("queue", "ok", f"oldest event waits {lag.total_seconds():.0f} s")


def check_worker(*, at: datetime) -> Finding:
    """Whether some worker has shown itself lately. Unknown (a warning) where the cache that carries the beat is away or empty."""
    try:
        beat = cache.get(HEARTBEAT)
    except Exception as error:
        return Finding("worker", "warn", f"unknown: the cache does not answer ({type(error).__name__})", "Start Redis.")
    if beat is None:
        return Finding(
            "worker", "warn", "has not shown itself to this process", "Start `ramah worker` (or `ramah run`)."
        )
    age = at.timestamp() - beat
    if age > HEARTBEAT_LIMIT.total_seconds():
        return Finding("worker", "fail", f"last seen {age:.0f} s ago", "Start `ramah worker` again.")
    return Finding("worker", "ok", f"seen {max(age, 0):.0f} s ago")


def readiness(*, at: datetime) -> list[Finding]:
    """What must hold before traffic is sent here; stops at a database that does not answer."""
    database = check_database()
    if database.level == "fail":
        return [database]
    migrations = check_migrations()
    if migrations.level == "fail":
        return [database, migrations]
    return [database, migrations, check_queue(at=at), check_worker(at=at)]


@require_safe
@never_cache
@public("a load balancer asks whether the process lives; tells nothing else")
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: the process answers. Touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
@public("a load balancer asks whether requests may be sent here; tells states, no data")
def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: 200, or 503 with what is wrong."""
    findings = readiness(at=clock.now())
    ready = all(finding.level != "fail" for finding in findings)
    checks = {finding.check: {"level": finding.level, "says": finding.says} for finding in findings}
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)
