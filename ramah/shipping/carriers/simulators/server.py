"""What simulated carriers share: an HTTP server in threads that can misbehave."""

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the carrier: header names in lower case, the path decoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The object in the body; empty where there is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the carrier answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: object, status: int = 200, **headers: str) -> "Reply":
        """An answer in JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(fields).encode(), {"Content-Type": "application/json", **named})


@dataclass(frozen=True, slots=True)
class Fault:
    """How the next request fares whose path ends with `path`: answered by `reply`, or cut off before or after it was done.

    `stays`: so do all that follow, until it is taken out of the list.
    """

    reply: Reply | None = None
    cut: str = ""
    path: str = ""
    seconds: float = 0.0
    stays: bool = False


class Simulator:
    """A carrier. Subclasses say what is answered, in `answer`; `asked` is what was done, in its order."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: deque[Fault] = deque()
        self.lock = threading.RLock()
        self._server = _Server((HOST, 0), _Handler)
        self._server.simulator = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Reply:
        """What the carrier answers."""
        raise NotImplementedError

    def fault_for(self, path: str) -> Fault | None:
        """Take the first fault that waits for a request to this path."""
        with self.lock:
            for fault in self.faults:
                if path.endswith(fault.path):
                    if not fault.stays:
                        self.faults.remove(fault)
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    simulator: Simulator
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: whoever runs it prints what matters."""

    def _answer(self) -> None:
        simulator = self.server.simulator
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        asked = Asked(self.command, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body)
        fault = simulator.fault_for(asked.path) or Fault()
        time.sleep(fault.seconds)
        if fault.cut == "before":
            self.close_connection = True
            return
        with simulator.lock:
            reply = fault.reply or simulator.answer(asked)
            if fault.reply is None:
                simulator.asked.append(asked)
        if fault.cut == "after":
            self.close_connection = True
            return
        with suppress(ConnectionError):  # who asked has hung up
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
