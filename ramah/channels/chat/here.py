"""The sockets of visitors in this process: how many of whom, and one clock for all of them.

Owns: ending sockets that say nothing, telling the database every half minute who is here, the threads in which sockets ask it.
A timer for each socket would cost more memory than the socket.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

from django.db import close_old_connections, connection

from ramah.channels.chat.saying import Said, Saying, say_from_sockets
from ramah.channels.chat.visiting import note_here
from ramah.channels.group_commit import GroupCommit
from ramah.kernel import clock

A = TypeVar("A")
TICK = 5.0
SEEN_EVERY = 30.0
HELLO_SECONDS = 10.0
SILENT_SECONDS = 90.0
THREADS = 2
MOST_WAITING = 2000
_log = logging.getLogger(__name__)


class Socket(Protocol):
    """What the clock needs to know of a socket."""

    has_said_hello: bool
    heard_at: float

    async def end(self, code: int, why: str) -> None: ...


class Here:
    """What one event loop knows of its sockets."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self.of_visitor: Counter[int] = Counter()
        self.of_address: Counter[str] = Counter()
        self.line: GroupCommit[Saying, Said] = GroupCommit(
            say_from_sockets, most_waiting=MOST_WAITING, name="chat-line"
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="chat")
        self._tasks: list[asyncio.Task[None]] = []
        self._ending: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to work, once."""
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self.line.work()), loop.create_task(self._tick())]

    async def ask(self, question: Callable[[], A]) -> A:
        """The answer to a question to the database."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _in_fresh_connection, question)

    async def close(self) -> None:
        """End threads and tasks, and give the connections back."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        loop = asyncio.get_running_loop()
        # One for each thread: each waits until all are there.
        barrier = [loop.run_in_executor(self._threads, _let_go) for _ in range(THREADS)]
        await asyncio.gather(*barrier)
        self._threads.shutdown(wait=False)
        self.line.close()

    async def _tick(self) -> None:
        noted_at = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            self._end_silent(time.monotonic())
            if time.monotonic() - noted_at >= SEEN_EVERY and self.of_visitor:
                noted_at = time.monotonic()
                with contextlib.suppress(Exception):  # the database is away: the next round says it again
                    await self.ask(partial(note_here, visitor_ids=list(self.of_visitor), at=clock.now()))

    def _end_silent(self, now: float) -> None:
        for socket in list(self.sockets):
            silent = now - socket.heard_at
            if not socket.has_said_hello and silent > HELLO_SECONDS:
                self._end(socket, 4401, "hello")
            elif silent > SILENT_SECONDS:
                self._end(socket, 4408, "silent")

    def _end(self, socket: Socket, code: int, why: str) -> None:
        self.sockets.discard(socket)
        self.keep(asyncio.get_running_loop().create_task(socket.end(code, why)))

    def keep(self, task: "asyncio.Task[None]") -> None:
        """Hold on to a task until it is done: nobody else does."""
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


_here: "WeakKeyDictionary[asyncio.AbstractEventLoop, Here]" = WeakKeyDictionary()


def here() -> Here:
    """That of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _here.get(loop)
    if found is None:
        found = _here[loop] = Here()
    found.start()
    return found


async def leave() -> None:
    """Close what the running event loop has opened."""
    found = _here.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.close()


def _in_fresh_connection(question: Callable[[], A]) -> A:
    close_old_connections()
    return question()


def _let_go() -> None:
    connection.close()
    time.sleep(0.02)  # so that the other thread takes the next
