"""Nudges to open pages: "conversation 7 changed", upon which a page fetches what it may see over HTTP.

Owns: the way of a nudge from any thread or process to the sockets of its topic.
Never: carries what was said; raises into whoever nudges; makes anyone wait. Nothing depends on a nudge having arrived.

A consumer joins `group_of(topic)` and receives `{"type": "nudge", "topic": ..., "payload": {...}}` in its method `nudge`; several
of one topic come together, as `{"type": "nudges", "topic": ..., "payloads": [...]}`, which `sockets.Listening` takes apart.
"""

import asyncio
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from functools import partial

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import transaction

TIMEOUT_SECONDS = 2.0
# More than these on their way means that nobody takes them: further ones are dropped until it is better.
MOST_UNDER_WAY = 500
QUIET_SECONDS = 30.0

_log = logging.getLogger(__name__)


class _Post:
    """The event loop that nudges go through, and how many are on their way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[str, dict[str, object]]] = []
        self._sending = 0
        self._quiet_until = 0.0

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:  # what a loop before it left undone is never done: nothing waits for that
            self._loop, self._waiting, self._sending = loop, [], 0

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            self._loop = None

    @property
    def under_way(self) -> int:
        """How many have not arrived yet."""
        return len(self._waiting) + self._sending

    def send(self, topic: str, payload: Mapping[str, str | int | bool]) -> None:
        loop = self._running_loop()
        if loop is None:
            return
        with self._lock:
            if self.under_way >= MOST_UNDER_WAY:
                self._say_dropped("too many under way")
                return
            self._waiting.append((topic, dict(payload)))
            is_called = len(self._waiting) > 1
        if not is_called:  # to wake the loop costs more than to send: what comes meanwhile goes along
            try:
                loop.call_soon_threadsafe(self._hand_over)
            except RuntimeError:  # the loop closed meanwhile: the process is about to end
                with self._lock:
                    self._waiting = []

    def _hand_over(self) -> None:
        with self._lock:
            loop, nudges, self._waiting = self._loop, self._waiting, []
        payloads = defaultdict[str, list[dict[str, object]]](list)
        for topic, payload in nudges:
            payloads[topic].append(payload)
        for topic, told in payloads.items():
            self._sending += len(told)
            sending = asyncio.get_running_loop().create_task(_send(topic, told))
            sending.add_done_callback(partial(self._arrived, loop, len(told)))

    def _arrived(self, loop: asyncio.AbstractEventLoop | None, count: int, sending: "asyncio.Task[None]") -> None:
        if loop is self._loop:
            self._sending -= count
        if not sending.cancelled() and (error := sending.exception()):
            self._say_dropped(type(error).__name__)

    def _say_dropped(self, why: str) -> None:
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            _log.warning("nudges are dropped; pages catch up when they are next fetched", extra={"reason": why})

    def _running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The server's loop; in a process without one (a worker, a WSGI server) a loop of our own, when there is Redis."""
        with self._lock:
            if self._loop is None and not isinstance(get_channel_layer(), InMemoryChannelLayer):
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="nudges", daemon=True).start()
            return self._loop


async def _send(topic: str, payloads: list[dict[str, object]]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await layer.group_send(group_of(topic), {"type": "nudges", "topic": topic, "payloads": payloads})


_post = _Post()


def group_of(topic: str) -> str:
    """The channel-layer group of a topic such as `conversation:7`."""
    return topic.replace(":", ".")


def nudge(topic: str, payload: Mapping[str, str | int | bool] | None = None) -> None:
    """Tell open pages that `topic` (`conversation:7`, `desk`) changed, once the present transaction is committed.

    `payload` is small and holds ids and states only, nothing that a permission protects. Callable from every thread and process;
    returns at once and never raises. Without a listener it is dropped, and with Redis away too (a line in the log says so).
    """
    transaction.on_commit(partial(_post.send, topic, payload or {}), robust=True)


def open_post(loop: asyncio.AbstractEventLoop) -> None:
    """Let nudges of this process go through `loop` from now on (called when the ASGI server starts)."""
    _post.open(loop)


def close_post(loop: asyncio.AbstractEventLoop) -> None:
    """The opposite of `open_post`; nudges are dropped after it."""
    _post.close(loop)
