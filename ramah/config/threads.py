"""Pages by threads: each HTTP request goes through the WSGI application in a thread of a pool, and its answer back to the loop.

Two threads that hand something to each other cost more than a short page. So what fits into memory changes hands once each way:
the request is read before a thread takes it (a slow sender holds none), the answer is handed over when it is whole. Larger ones
go in parts, as a2wsgi does it.
"""

import asyncio
import contextvars
import io
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import Body, WSGIResponder, build_environ

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

WHOLE = 64 * 1024


class Threads:
    """An ASGI application for HTTP that runs `app` in `workers` threads."""

    def __init__(self, app: Any, *, workers: int) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="WSGI")

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request. Nobody is answered who has gone before it was whole."""
        lengths = [int(value) for name, value in scope["headers"] if name == b"content-length"]
        if sum(lengths) > WHOLE:
            body: Any = Body(asyncio.get_running_loop(), receive)  # type: ignore[arg-type]  # its messages are typed by hand
        else:
            whole = await _read(receive) if lengths else b""
            if whole is None:
                return
            body = io.BytesIO(whole)
        await _Responder(self._app, self._pool, send).answer(build_environ(scope, body))


async def _read(receive: Receive) -> bytes | None:
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


class _Responder(WSGIResponder):
    """One answer: what it says is held until it is long, or whole."""

    def __init__(self, app: Any, pool: ThreadPoolExecutor, send: Send) -> None:
        super().__init__(app, pool, 1)
        self._to_client = send
        self._held: list[Message] = []
        self._size = 0

    async def answer(self, environ: Any) -> None:
        """Run the application in a thread; what it leaves held goes out here."""
        context = contextvars.copy_context()
        await self.loop.run_in_executor(self.executor, context.run, self.wsgi, environ, self.start_response)
        await self._let_go()
        if self.exc_info is not None:
            raise self.exc_info[0].with_traceback(self.exc_info[1], self.exc_info[2])

    def send(self, message: Any) -> None:
        """Called in the thread, by each part of the answer."""
        self._held.append(message)
        self._size += len(message.get("body", b""))
        if self._size > WHOLE:
            asyncio.run_coroutine_threadsafe(self._let_go(), self.loop).result()

    async def _let_go(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held and held[0]["type"] == "http.response.start":
            await self._to_client(held.pop(0))
        if held:
            body = b"".join(message["body"] for message in held)
            await self._to_client({**held[-1], "body": body})
