"""What tests of live chat share: a chat inbox, the server in a thread of the test, and a visitor's page without a browser."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from django.conf import settings as django_settings
from django.utils.module_loading import import_string
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from ramah.accounts.models import Team
from ramah.channels.chat.models import ChatSettings
from ramah.conversations.models import Inbox
from ramah.conversations.testing import make_inbox

_numbers = count(1)


def make_chat_inbox(key: str = "", *, teams: Iterable[Team] = (), settings: dict[str, Any] | None = None) -> Inbox:
    """A chat inbox; with `settings` it has a row of its own."""
    key = key or f"chat-{next(_numbers)}"
    inbox = make_inbox(key, channel="chat", address=f"chat:{key}", name="Toko Laut", teams=teams)
    if settings is not None:
        ChatSettings.objects.create(inbox=inbox, **settings)
    return inbox


@contextmanager
def serving(port: int) -> Iterator[str]:
    """The whole application on a port of this machine; gives the beginning of socket addresses."""
    config = uvicorn.Config(
        import_string(django_settings.ASGI_APPLICATION),
        port=port,
        log_config=None,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


class Page:
    """A visitor's page: it says hello, keeps its token and its newest line, and remembers every frame."""

    def __init__(self, root: str, key: str, **hello: Any) -> None:
        self.root, self.key, self.hello = root, key, hello
        self.token, self.newest = str(hello.pop("token", "")), 0
        self.frames: list[dict[str, Any]] = []
        self.lines: dict[int, dict[str, Any]] = {}
        self.closed: int | None = None
        self.socket: ClientConnection | None = None

    def open(self, *, origin: str | None = None, says_hello: bool = True) -> "Page":
        self.closed = None
        address = f"{self.root}/chat/socket/{self.key}/"
        self._stack = ExitStack()
        host = urlsplit(self.root)
        sock = socket.create_connection((host.hostname or "", host.port or 0), timeout=10)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # so that it is soon full
        self.socket = self._stack.enter_context(connect(address, sock=sock, origin=Origin(origin) if origin else None))
        if says_hello:
            self.send(type="hello", token=self.token, after=self.newest, **self.hello)
        return self

    def arrive(self, **options: Any) -> "Page":
        self.open(**options)
        self.until("welcome")
        return self

    def send(self, raw: str | bytes | None = None, **frame: Any) -> None:
        with suppress(ConnectionClosed):
            self._open_socket.send(raw if raw is not None else json.dumps(frame))

    def say(self, text: str, client_id: str = "") -> dict[str, Any]:
        client_id = client_id or f"client-{next(_numbers):06}"
        self.send(type="say", id=client_id, text=text)
        return self.until("ack", "refused", id=client_id)

    def until(self, *kinds: str, seconds: float = 10, **having: Any) -> dict[str, Any]:
        """The next frame of such a kind that holds these values; `closed` when the socket is."""
        end = time.monotonic() + seconds
        while True:
            frame = self._next(end - time.monotonic())
            if frame["type"] in kinds and all(frame.get(name) == value for name, value in having.items()):
                return frame
            if frame["type"] == "closed":
                raise AssertionError(f"closed with {frame['code']}; heard {self.frames}")

    def until_line(self, text: str, *, seconds: float = 10) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while True:
            found = [line for line in self.lines.values() if text in line["text"]]
            if found:
                return found[0]
            self._next(end - time.monotonic())

    def until_closed(self, seconds: float = 10) -> int:
        """The code with which the server has closed."""
        while self.closed is None:
            self._next(seconds)
        return self.closed

    def quiet(self, seconds: float = 0.3) -> list[dict[str, Any]]:
        """What comes within so long."""
        before = len(self.frames)
        with suppress(TimeoutError):
            while self.closed is None:
                self._next(seconds)
        return self.frames[before:]

    def _next(self, seconds: float) -> dict[str, Any]:
        try:
            frame: dict[str, Any] = json.loads(self._open_socket.recv(timeout=max(0.01, seconds)))
        except ConnectionClosed as error:
            self.closed = error.rcvd.code if error.rcvd else 1006
            frame = {"type": "closed", "code": self.closed}
        self.frames.append(frame)
        if frame["type"] == "welcome":
            self.token = frame["token"] or self.token
        for line in frame.get("lines") or ([frame["line"]] if frame.get("line") else []):
            if frame["type"] == "lines" and line["id"] in self.lines:
                raise AssertionError(f"twice: {line}")
            self.lines[line["id"]] = line
            if frame["type"] != "ack":
                self.newest = max(self.newest, line["id"])
        return frame

    @property
    def _open_socket(self) -> ClientConnection:
        if self.socket is None:
            raise AssertionError("the page is closed")
        return self.socket

    def close(self) -> None:
        if self.socket is not None:
            self._stack.close()
            self.socket = None
