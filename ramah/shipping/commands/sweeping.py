"""The sweep: once an hour everything under way is looked at anew, since time that passes without news is news.

A large one is done by a child of the worker (`ramah delivery sweep`). It reads flights in chunks of columns and writes only what
says something else than before, in short transactions, so nobody waits for it. One that died is taken up where it stopped.
"""

import resource
import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from ramah.shipping.commands import runs
from ramah.shipping.commands.forecasting import Forecaster
from ramah.shipping.commands.foreseeing import roll_forward
from ramah.shipping.models import Flight, ForecastPoint, ForecastRun
from ramah.shipping.queries.flying import everything

SMALL: Final = 20_000  # flights that are swept within the worker: a child costs more
POINTS_KEPT: Final = timedelta(days=180)
LONGEST_SECONDS: Final = 1500.0
_PAUSE: Final = 0.05  # between two transactions on SQLite, whose line of turns does not know other processes
_POINTS: Final = 5_000


def sweep_due(*, at: datetime) -> int:
    """Sweep, once in each hour. A job; any number of workers may run it. Returns 1 where this one swept."""
    slot = f"{at:%Y-%m-%d %H}h"
    if ForecastRun.objects.filter(kind=ForecastRun.Kind.SWEEP, slot=slot, ended_at__isnull=False).exists():
        return 0
    count = Flight.objects.filter(forecast_at__gt=0)[: SMALL + 1].count()
    run = runs.begin(ForecastRun.Kind.SWEEP, slot, at=at) if count else None
    if run is None:
        return 0
    if count > SMALL:
        runs.in_child(run, seconds=LONGEST_SECONDS)
    else:
        with runs.ended_if_failed(run, at=at):
            sweep(run, at=at)
    return 1


def sweep(run: ForecastRun, *, at: datetime, anew: bool = False, pause: float = 0.0) -> dict[str, Any]:
    """Do a run, from where it stopped. Returns and writes its figures. `anew`: write also what says the same as before."""
    begun, used = time.perf_counter(), time.process_time()
    roll_forward(at=at)
    forecaster = Forecaster.ready()
    read = written = 0
    for rows in everything(after=int(run.figures.get("after", 0))):
        read += len(rows)
        written += forecaster.write(rows, at=at, anew=anew, pause=pause)
        runs.note(run, after=int(rows.id[-1]))
    figures: dict[str, Any] = {
        "read": read,
        "written": written,
        "points_gone": forget_points(at=at),
        "version": forecaster.version,
        "seconds": round(time.perf_counter() - begun, 2),
        "cpu_seconds": round(time.process_time() - used, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    runs.end(run, at=at + timedelta(seconds=time.perf_counter() - begun), **figures)
    return figures


def sweep_in_child(run: ForecastRun, *, at: datetime, anew: bool = False) -> dict[str, Any]:
    """As `sweep`, in a process that does nothing else."""
    return sweep(run, at=at, anew=anew, pause=_PAUSE if connection.vendor == "sqlite" else 0.0)


def forget_points(*, at: datetime) -> int:
    """Remove what was expected more than half a year ago, some thousand in a transaction. Returns how many."""
    old = (
        ForecastPoint.objects.filter(at__lt=int((at - POINTS_KEPT).timestamp()))
        .order_by("at")
        .values_list("pk", flat=True)
    )
    gone = 0
    while keys := list(old[:_POINTS]):
        gone += ForecastPoint.objects.filter(pk__in=keys).delete()[0]
    return gone
