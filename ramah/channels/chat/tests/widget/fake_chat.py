"""The server of live chat as a browser sees it, with faults on demand: a real socket server on loopback, for tests of the widget.

What the real one never does on purpose is done here: it loses acknowledgements, refuses sockets, tells a line twice or in
disorder. Where the frame's page and its script come from is the real thing.
"""

import asyncio
import contextlib
import json
import mimetypes
import socket
import threading
import time
from datetime import UTC, datetime
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation

from ramah.channels.chat.frame_page import frame_contents

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'self' {}"
)


class FakeChat:
    """One inbox with the key `shop`. Attributes are what it does; `frames` is what it was sent."""

    def __init__(self, **state: Any) -> None:
        self.state = {
            "open": True,
            "opens": None,
            "agents": ["Ben"],
            "wait_seconds": 240,
            "quick_replies": ["Where is my order?", "I want to return something"],
            "greeting": "Hello! What can we do for you?",
            "offline": "Nobody is here right now. Write anyway: your message is kept, and we answer it.",
            "language": "en",
            "rating": True,
            "anonymous": False,
            **state,
        }
        self.origins: list[str] = []
        self.identity = ""
        self.lines: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.refuse_sockets = False
        self.is_down = False
        self.is_deaf = False
        self.lose_acks = 0
        self.refusals: list[dict[str, Any]] = []
        self.email = False
        self.place: int | None = None
        self.slow_upload = 0.0
        self._tokens: set[str] = set()
        self._sockets: list[Any] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.frame_url = f"{self.url}/chat/frame/shop/"

    # What a test does
    def forget(self) -> None:
        """As a shop that has lost or deleted what it knew."""
        self.lines.clear()
        self._tokens.clear()
        self.drop(4410)

    def start(self) -> "FakeChat":
        config = uvicorn.Config(
            self, host="127.0.0.1", port=self.port, log_level="error", ws="websockets-sansio", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=10)
        self._sockets.clear()

    def say(self, text: str = "", *, who: str = "agent", **more: Any) -> dict[str, Any]:
        """A line by the shop's side, told to every socket."""
        line = self._line(who, text, **{"name": "Ben" if who == "agent" else "", **more})
        self.tell({"type": "lines", "lines": [line]})
        return line

    def tell(self, frame: dict[str, Any]) -> None:
        """A frame to every socket."""
        for send in list(self._sockets):
            self._run(send({"type": "websocket.send", "text": json.dumps(frame)}))

    def drop(self, code: int = 1012) -> None:
        """End every socket."""
        for send in list(self._sockets):
            self._run(send({"type": "websocket.close", "code": code}))

    def said(self, kind: str) -> list[dict[str, Any]]:
        """The frames of this type."""
        return [frame for frame in self.frames if frame.get("type") == kind]

    @property
    def stored(self) -> list[str]:
        """What the visitor has said, as it is stored."""
        return [line["text"] for line in self.lines if line["from"] == "me"]

    @property
    def sockets(self) -> int:
        return len(self._sockets)

    def _run(self, work: Any) -> None:
        loop = self._server.servers[0].get_loop()
        with contextlib.suppress(Exception):
            asyncio.run_coroutine_threadsafe(work, loop).result(5)

    # What it is
    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._socket(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _socket(self, receive: Any, send: Any) -> None:
        await receive()
        if self.refuse_sockets or self.is_down:
            await send({"type": "websocket.close", "code": 4403})
            return
        await send({"type": "websocket.accept"})
        try:
            while (event := await receive())["type"] == "websocket.receive":
                frame = json.loads(event["text"])
                self.frames.append(frame)
                if self.is_deaf:
                    continue
                told = self._heed(frame)
                if frame.get("type") == "hello" and told["type"] == "welcome" and send not in self._sockets:
                    self._sockets.append(send)
                if told:
                    await send({"type": "websocket.send", "text": json.dumps(told)})
        finally:
            if send in self._sockets:
                self._sockets.remove(send)

    def _heed(self, frame: dict[str, Any]) -> dict[str, Any]:
        if frame["type"] == "hello":
            return self._welcome(frame)
        if frame["type"] == "say":
            return self._say(frame["id"], frame["text"])
        return {"type": "pong"} if frame["type"] == "ping" else {}

    def _welcome(self, frame: dict[str, Any]) -> dict[str, Any]:
        token = frame["token"] if frame["token"] in self._tokens else f"token-{len(self._tokens) + 1}"
        self._tokens.add(token)
        return {
            "type": "welcome",
            "token": "" if token == frame["token"] else token,
            "visitor": "v1",
            "known": bool(frame.get("identity")),
            "name": "",
            "email": self.email,
            **self._after(frame["after"]),
            "read_by_agent": 0,
            "state": self.state,
            "place": self.place,
        }

    def _after(self, after: int) -> dict[str, Any]:
        lines = sorted((line for line in self.lines if line["id"] > after), key=lambda line: line["id"])
        newest = lines[:200][-1]["id"] if lines else after
        return {"lines": lines[:200], "newest": newest, "more": len(lines) > 200}

    def _say(self, client_id: str, text: str, **more: Any) -> dict[str, Any]:
        if self.refusals:
            return {"type": "refused", "id": client_id, "wait": None, **self.refusals.pop(0)}
        known = [line for line in self.lines if line["client_id"] == client_id]
        line = known[0] if known else self._line("me", text, client_id=client_id, **more)
        if self.lose_acks:
            self.lose_acks -= 1
            return {}
        return {"type": "ack", "id": client_id, "line": line}

    def _line(self, who: str, text: str, **more: Any) -> dict[str, Any]:
        line = {
            "id": 1 + max((line["id"] for line in self.lines), default=100),
            "from": who,
            "name": "",
            "text": text,
            "at": datetime.now(UTC).isoformat(),
            "files": [],
            "card": None,
            "client_id": "",
            "deleted": False,
            **more,
        }
        self.lines.append(line)
        return line

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path, method = scope["path"], scope["method"]
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        self.requests.append((method, path))
        query = {name: value[0] for name, value in parse_qs(scope["query_string"].decode()).items()}
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        code, kind, content = await self._content(path, query, headers, body)
        if self.is_down:
            code, kind, content = 503, "text/plain", b"down"
        out = [(b"content-type", kind.encode()), (b"cross-origin-resource-policy", b"cross-origin")]
        if kind == "text/html":
            out.append((b"content-security-policy", POLICY.format(" ".join(self.origins)).strip().encode()))
        await send({"type": "http.response.start", "status": code, "headers": out})
        await send({"type": "http.response.body", "body": content})

    async def _content(self, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Any:
        if path == "/chat/frame/shop/":
            return 200, "text/html", self._page(query.get("language", "en")).encode()
        if path.startswith("/static/") or path == "/chat/widget.js":
            found = finders.find(
                path.removeprefix("/static/") if path != "/chat/widget.js" else "channels/chat/widget.js"
            )
            with open(str(found), "rb") as file:
                return 200, mimetypes.guess_type(path)[0], file.read()
        if path.startswith("/chat/shop/"):
            if path.endswith("/files"):
                await asyncio.sleep(self.slow_upload)
            token = headers.get("authorization", "").removeprefix("Bearer ")
            told = self._twin(path.removeprefix("/chat/shop/"), query, headers, body, token)
            return (401 if told.get("why") == "forgotten" else 200), "application/json", json.dumps(told).encode()
        return 404, "text/plain", b"not here"

    def _page(self, language: str) -> str:
        with translation.override(language if language in ("en", "id", "uk") else "en"):
            frame = frame_contents(
                key="shop",
                shop="Toko Lestari",
                language=translation.get_language(),
                identity=self.identity,
                origins=self.origins,
                is_anonymous=self.state["anonymous"],
            )
            return render_to_string("channels/chat/frame.html", {"frame": frame})

    def _twin(
        self, what: str, query: dict[str, str], headers: dict[str, str], body: bytes, token: str
    ) -> dict[str, Any]:
        if what == "state":
            return self.state
        if what == "start":
            self.frames.append(json.loads(body))
            return self._welcome(json.loads(body))
        if token not in self._tokens:
            return {"type": "refused", "why": "forgotten", "text": ""}
        if what == "lines":
            return {"type": "lines", **self._after(int(query["after"]))}
        if what == "files":
            return self._files(headers["content-type"], body)
        frame = json.loads(body)
        self.frames.append({"type": what, **frame})
        if what == "say":
            return self._say(frame["id"], frame["text"])
        if self.refusals:
            return {"type": "refused", "id": "", "wait": None, **self.refusals.pop(0)}
        return {"type": "done"}

    def _files(self, kind: str, body: bytes) -> dict[str, Any]:
        parts: Any = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload()
        fields: dict[str, str] = {}
        files = []
        for part in parts:
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if part.get_filename():
                file = {"name": part.get_filename(), "url": "/static/ui/favicon.svg", "type": "", "size": len(content)}
                files.append({**file, "picture": False})
            else:
                fields[name] = content.decode()
        return self._say(fields["id"], fields["text"], files=files)
