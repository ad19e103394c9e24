"""The way to a visitor's page: frames in their order, never more of them in memory than a page takes.

Nothing is sent but by `_pump`, which exists while there is something to send. A page that takes nothing is let go: it catches up
when it comes back.
"""

import asyncio
import contextlib
import json
import logging
from collections import deque
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from ramah.channels.chat.frames import Refusal
from ramah.channels.chat.here import here
from ramah.kernel.sockets import Listening

SLOW = 4413
MOST_QUEUED = 64  # frames that a page has not taken
MOST_BESIDE = 40  # things done for one page at a time
SLOW_SECONDS = 10.0
AGAIN_SECONDS = 2.0
_log = logging.getLogger(__name__)


class Wire(Listening, AsyncWebsocketConsumer):  # type: ignore[misc]  # channels is not typed
    """A socket that sends beside what it does."""

    scope: dict[str, Any]
    _out: "deque[dict[str, Any]] | None" = None
    _pump_task: "asyncio.Task[None] | None" = None
    _tasks: "set[asyncio.Task[None]] | None" = None
    _wants_lines = False
    _is_over = False

    async def end(self, code: int, why: str) -> None:
        """Say goodbye and close."""
        if self._is_over:
            return
        self._is_over = True
        left = [] if code == SLOW else [*(self._out or ())]
        if code == SLOW and (hang_up := self.scope.get("hang_up")):
            asyncio.get_running_loop().call_later(SLOW_SECONDS, hang_up)  # what it has not taken by then is not kept
        self._out = None
        for frame in [*left, {"type": "bye", "why": why}]:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._send(frame), SLOW_SECONDS)
        try:
            await asyncio.wait_for(self.close(code=code), SLOW_SECONDS)
        except Exception:  # not even that goes out
            with contextlib.suppress(Exception):
                await self.channel_layer.send(self.channel_name, {"type": "break.off"})

    async def break_off(self, message: dict[str, Any]) -> None:
        """End without a word to a page that takes none."""
        await self.disconnect(SLOW)
        raise StopConsumer

    def _do(self, work: Any, client_id: str = "") -> None:
        """Do something beside: the page need not wait for it, nor its next frames. Raises `Refusal` when it is too much."""
        if self._tasks is None:
            self._tasks = set()
        if len(self._tasks) > MOST_BESIDE:
            work.close()
            raise Refusal("too_fast", client_id, wait=1)
        task = asyncio.get_running_loop().create_task(self._caring(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _caring(self, work: Any) -> None:
        raise NotImplementedError

    def _push(self, frame: dict[str, Any]) -> None:
        if self._is_over:
            return
        if self._out is None:
            self._out = deque()
        if len(self._out) >= MOST_QUEUED:
            self._let_go()
            return
        self._out.append(frame)
        self._start()

    def _start(self) -> None:
        if self._pump_task is None and not self._is_over:
            self._pump_task = asyncio.get_running_loop().create_task(self._pump())

    def _want_lines(self) -> None:
        self._wants_lines = True
        self._start()

    async def _pump(self) -> None:
        try:
            while not self._is_over:
                if self._out:
                    frame = self._out.popleft()
                elif self._wants_lines:
                    self._wants_lines = False
                    frame = await self._next_lines()
                    if not frame["lines"] and not frame["more"]:
                        continue
                else:
                    return
                await asyncio.wait_for(self._send(frame), SLOW_SECONDS)
        except TimeoutError:
            self._let_go()
        except Exception as error:  # the page is gone: `disconnect` follows. Or the database is: it is asked again
            _log.info("a page was not told", extra={"error": type(error).__name__})
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._want_lines)
        finally:
            self._out = self._out or None
            self._pump_task = None

    async def _next_lines(self) -> dict[str, Any]:
        raise NotImplementedError

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    def _let_go(self) -> None:
        """The page takes nothing: it shall not fill our memory. It reads what it missed when it comes back."""
        self._out = None
        task = asyncio.get_running_loop().create_task(self.end(SLOW, "slow"))
        here().keep(task)

    def _cancel(self) -> None:
        """Stop what is being done for a page that is gone."""
        for task in [*(self._tasks or ()), *([self._pump_task] if self._pump_task else [])]:
            task.cancel()
