"""Trainings and sweeps as rows: which of many processes does one, and what came of it. Heavy ones are children of the worker.

1. The unique slot (a night, an hour) lets one process have it. One whose process died is taken up again after its lease.
2. A child is a process of its own, so that its memory, its collections and Python's one lock are not the worker's. It finds its
   row by key; one that dies leaves no word, and the worker writes down how it ended.
"""

import os
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from ramah.kernel import clock
from ramah.shipping.models import ForecastRun

LEASES: Final = {ForecastRun.Kind.TRAIN: timedelta(hours=2), ForecastRun.Kind.SWEEP: timedelta(minutes=30)}
_MOST_ERROR: Final = 4000


class RunInHand(Exception):
    """Another process is at it."""


def begin(kind: str, slot: str, *, at: datetime) -> ForecastRun | None:
    """The run of this slot, for the caller to do; None where it was done, or another process is at it or at an earlier one."""
    stale = at - LEASES[ForecastRun.Kind(kind)]
    if ForecastRun.objects.filter(kind=kind, ended_at=None, started_at__gt=stale).exists():
        return None
    try:
        with transaction.atomic():
            return ForecastRun.objects.create(kind=kind, slot=slot, started_at=at)
    except IntegrityError:
        left = ForecastRun.objects.filter(kind=kind, slot=slot, ended_at=None, started_at__lte=stale)
        return ForecastRun.objects.get(kind=kind, slot=slot) if left.update(started_at=at) else None


def again(run: ForecastRun, *, at: datetime) -> ForecastRun:
    """A run that has ended, to be done once more. Raises `RunInHand`."""
    stale = at - LEASES[ForecastRun.Kind(run.kind)]
    if ForecastRun.objects.filter(kind=run.kind, ended_at=None, started_at__gt=stale).exists():
        raise RunInHand
    ForecastRun.objects.filter(pk=run.pk).update(started_at=at, ended_at=None, error="", figures={})
    run.refresh_from_db()
    return run


def note(run: ForecastRun, **figures: Any) -> None:
    """How far it has come, for the one that takes it up after a fall."""
    run.figures = {**run.figures, **figures}
    ForecastRun.objects.filter(pk=run.pk, ended_at=None).update(figures=run.figures)


def end(run: ForecastRun, *, at: datetime, error: str = "", **figures: Any) -> None:
    """It is over, with these figures or this error. One that has ended stays as it is."""
    run.figures = {**run.figures, **figures}
    ForecastRun.objects.filter(pk=run.pk, ended_at=None).update(
        ended_at=at, error=error[-_MOST_ERROR:], figures=run.figures
    )


@contextmanager
def ended_if_failed(run: ForecastRun, *, at: datetime) -> Iterator[None]:
    """Write down what stopped it, and let it be known."""
    try:
        yield
    except Exception:
        end(run, at=at, error=traceback.format_exc())
        raise


def in_child(run: ForecastRun, *, seconds: float) -> None:
    """Have a process of its own do the run, and write down how it ended where it could not."""
    error = run_child(["delivery", str(run.kind), "--run", str(run.pk)], seconds=seconds)
    if error:
        end(run, at=clock.now(), error=error)


def run_child(arguments: Sequence[str], *, seconds: float) -> str:
    """Run a command of `ramah` and wait for it. What went wrong, in words; empty where nothing did."""
    command = [sys.executable, "-m", "ramah.config.cli", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)  # noqa: S603 - our own command line
    except subprocess.TimeoutExpired:
        return f"It took longer than {seconds:.0f} seconds and was stopped."
    if done.returncode == 0:
        return ""
    said = done.stderr.decode(errors="replace").strip()
    way = f"It was ended by signal {-done.returncode}." if done.returncode < 0 else f"It ended with {done.returncode}."
    return f"{way}\n{said[-_MOST_ERROR:]}".strip()


def be_nice() -> None:
    """Leave the processors to those who serve people. For a child alone: there is no way back."""
    os.nice(10)
