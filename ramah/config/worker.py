"""The worker: runs the jobs of `schedule`, wakes up when this process has published, survives a database that is away.

Owns: the loop, the pauses, the heartbeat. Never: knows what a job does.
"""

import contextlib
import logging
import threading
import time

from django.core.cache import cache
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from ramah.config.schedule import LANES, Job
from ramah.kernel import clock, events

HEARTBEAT = "worker:beat"
HEARTBEAT_SECONDS = 10.0
# A job with more to do than this many rounds lets the others of its lane have a turn.
ROUNDS_IN_A_ROW = 50
LONGEST_BACKOFF = 30.0

_log = logging.getLogger(__name__)


class Lane:
    """The jobs of one lane, run one after the other until `stop` is set."""

    def __init__(self, name: str, jobs: list[Job], stop: threading.Event) -> None:
        self.name = name
        self._jobs = jobs
        self._stop = stop
        self._due = dict.fromkeys(jobs, 0.0)
        self._ran = dict.fromkeys(jobs, 0.0)
        self._backoff = 0.0
        self._beat_at = 0.0

    def run(self) -> None:
        """Work until stopped. A round in hand is finished first."""
        bell = events.published.listen()
        try:
            while not self._stop.is_set():
                if bell.is_set():
                    bell.clear()
                    self._hear()
                self._round()
                if not self._stop.is_set():
                    bell.wait(self._backoff or max(0.0, min(self._due.values()) - time.monotonic()))
        finally:
            events.published.leave(bell)
            connection.close()

    def _hear(self) -> None:
        for job in self._jobs:
            if job.soonest is not None:
                self._due[job] = min(self._due[job], self._ran[job] + job.soonest)

    def _round(self) -> None:
        try:
            close_old_connections()
            for job in self._jobs:
                if self._stop.is_set():
                    return
                if self._due[job] <= time.monotonic():
                    is_left = self._run(job)
                    self._ran[job] = time.monotonic()
                    self._due[job] = self._ran[job] + (0 if is_left else job.every)
            self._backoff = 0.0
        except (OperationalError, InterfaceError) as error:
            connection.close()
            self._backoff = min(LONGEST_BACKOFF, self._backoff * 2 or 1.0)
            _log.warning(
                "database is away; trying again",
                extra={"lane": self.name, "seconds": self._backoff, "error": type(error).__name__},
            )
        self._beat()

    def _run(self, job: Job) -> bool:
        """Run `job` while it finds enough to do. True when it stopped with work left."""
        for _ in range(ROUNDS_IN_A_ROW):
            if self._stop.is_set():
                return False
            try:
                if job.run(at=clock.now()) < job.full:
                    return False
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # one job's fault is never another's
                _log.exception("job failed", extra={"job": job.name})
                return False
        return True

    def _beat(self) -> None:
        if time.monotonic() >= self._beat_at:
            self._beat_at = time.monotonic() + HEARTBEAT_SECONDS
            with contextlib.suppress(Exception):  # the cache may be in a Redis that is away; work goes on
                cache.set(HEARTBEAT, clock.now().timestamp(), None)


class Worker:
    """All lanes, a thread each."""

    def __init__(self, lanes: dict[str, list[Job]] | None = None) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=Lane(name, jobs, self._stop).run, name=f"worker {name}", daemon=True)
            for name, jobs in (LANES if lanes is None else lanes).items()
        ]

    def start(self) -> None:
        """Start working."""
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Take no further work; returns at once."""
        self._stop.set()
        events.published.set()

    def join(self, *, seconds: float) -> bool:
        """Wait for the work in hand. False when some of it takes longer: its claims run out and others take it up."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)


def tick(*, until_idle: bool = False) -> dict[str, int]:
    """One round of every job in this thread, until nothing is left when `until_idle`. Returns what each did, by name."""
    done = {job.name: 0 for jobs in LANES.values() for job in jobs}
    while True:
        found = 0
        for jobs in LANES.values():
            for job in jobs:
                count = job.run(at=clock.now())
                done[job.name] += count
                found += count
        if not (until_idle and found):
            return done
