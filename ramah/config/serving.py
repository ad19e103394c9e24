"""Starting and stopping what serves: web, worker and mail receiver, in one process or in several.

Owns: the order of start and stop, signals, static files at start. Never: a rule of the shop.
"""

import contextlib
import gc
import hashlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from granian.constants import Interfaces
from granian.server import Server as Granian

from ramah.config.worker import Worker
from ramah.version import VERSION

# Requests and work in hand get this long after a stop was asked for.
GRACE_SECONDS = 3.0

_log = logging.getLogger(__name__)


class CannotStart(Exception):
    """Serving cannot begin; the message says why and what to do."""


def collect_static_files() -> bool:
    """Bring STATIC_ROOT up to date. Returns False, quickly, when it already is."""
    if settings.DEBUG:
        return False
    seen = hashlib.sha256(VERSION.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            seen.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    mark = settings.STATIC_ROOT / ".collected"
    if mark.exists() and mark.read_text() == seen.hexdigest():
        return False
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(seen.hexdigest())
    return True


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `CannotStart` when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP explicitly: asyncio sets TCP_NODELAY only then, and without it each answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotStart(
            f"Cannot listen on {host}:{port} ({error.strerror}). Stop what uses the port, or set RAMAH_PORT to another one."
        ) from error
    listener.set_inheritable(True)
    return listener


class _Server(uvicorn.Server):
    """Stops on the first signal, is ended by the second; the exit code is ours."""

    def __init__(self, config: uvicorn.Config, when_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_started = when_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with stop_on_signals(self._stop):
            yield

    def _stop(self) -> None:
        self.should_exit = True


@contextlib.contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on the first SIGINT or SIGTERM; the second ends the process at once with exit code 1."""
    asked = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(1)
        asked = True
        stop()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def collect_seldom() -> None:
    """Let the collector of cycles leave alone what is loaded, and come more seldom.

    A full collection stops everything: a tenth of a second with some hundred chats open, several times a minute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def serve_web(listener: socket.socket, *, when_started: Callable[[], None] = lambda: None) -> None:
    """Serve HTTP and sockets on `listener` in this process until a signal comes."""
    collect_seldom()
    config = uvicorn.Config(
        "ramah.config.asgi:application",
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="on",
        proxy_headers=settings.ENV.behind_proxy,
        forwarded_allow_ips="*" if settings.ENV.behind_proxy else None,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,  # frames are short: it costs more time and memory than it saves
        timeout_graceful_shutdown=int(GRACE_SECONDS),
        timeout_keep_alive=20,
        limit_concurrency=20_000,  # open chats count here; pages are bounded by their threads
    )
    _Server(config, when_started).run(sockets=[listener])


def serve_all(listener: socket.socket, *, when_started: Callable[[], None], when_stopping: Callable[[], None]) -> bool:
    """Web and worker in this process until a signal comes. False when some work did not end in time."""
    worker = Worker()
    worker.start()
    try:
        serve_web(listener, when_started=when_started)
    finally:
        worker.ask_to_stop()
        when_stopping()
        ended = worker.join(seconds=GRACE_SECONDS)
    return ended


def serve_http(host: str, port: int, *, workers: int) -> None:
    """Serve HTTP only, by a WSGI server with `workers` processes, until a signal comes."""
    Granian(
        "ramah.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        backpressure=64,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=int(GRACE_SECONDS),
    ).serve()


def supervise(commands: list[list[str]]) -> int:
    """Run the commands side by side until a signal comes or one of them ends; then end the others too. Returns the exit code."""
    children = [subprocess.Popen(command) for command in commands]  # noqa: S603 - our own command line, made by us
    stopped = threading.Event()
    with stop_on_signals(stopped.set):
        while not stopped.wait(0.2) and all(child.poll() is None for child in children):
            pass
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(GRACE_SECONDS + 2)
            except subprocess.TimeoutExpired:
                child.kill()
    return 0 if stopped.is_set() else 1


def refuse_lonely_cluster(command: str) -> None:
    """Raise `CannotStart` where `command` would be one of several processes that cannot tell each other anything."""
    if settings.ENV.clustered and not settings.ENV.redis_url:
        raise CannotStart(
            f"`ramah {command}` is one of several processes, and these need Redis: without it open pages would not learn of"
            " changes that another process made, and log-in throttling would count in each process for itself."
            " Set REDIS_URL (redis://host:6379/0), or use `ramah run`, which is everything in one process."
        )


def leave(*, ended: bool) -> None:
    """End the process with exit code 0, also when a thread hangs: its claims run out and its work is taken up again."""
    if not ended:
        _log.warning("something in hand did not end in time and is released")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
