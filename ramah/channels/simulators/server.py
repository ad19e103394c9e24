"""What simulated providers share: an HTTP server in threads that can misbehave, and posting to us as a provider does."""

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import urllib3

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the provider: header names in lower case."""

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
    """What the provider answers."""

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
    """How the next request fares: answered by `reply`, or after `seconds`, or cut off before (or after) it was worked on.

    `path` says which request it waits for: one whose path ends so.
    """

    reply: Reply | None = None
    seconds: float = 0.0
    cut: str = ""
    path: str = ""


class Simulator:
    """A provider. Subclasses say what is answered, in `answer`."""

    def __init__(self, *, hook_url: str = "", port: int = 0) -> None:
        self.hook_url = hook_url
        self.asked: list[Asked] = []
        self.faults: deque[Fault] = deque()
        self.lock = threading.RLock()
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5, read=30))
        self._server = _Server((HOST, port), _Handler)
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
        self._http.clear()

    def answer(self, asked: Asked) -> Reply:
        """What the provider answers."""
        raise NotImplementedError

    def signed(self, body: bytes) -> Mapping[str, str]:
        """The headers by which the provider is known."""
        raise NotImplementedError

    def post(self, fields: object) -> int:
        """Post to us as the provider does; returns the status that we answered."""
        body = json.dumps(fields).encode()
        headers = {"Content-Type": "application/json", **self.signed(body)}
        answered = self._http.request("POST", self.hook_url, body=body, headers=headers, redirect=False)
        return int(answered.status)

    def fault_for(self, path: str) -> Fault | None:
        """Take the first fault that waits for a request to this path."""
        with self.lock:
            for fault in self.faults:
                if path.endswith(fault.path):
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

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: whoever runs it prints what matters."""

    def _answer(self) -> None:
        simulator = self.server.simulator
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, self.rfile.read(length))
        fault = simulator.fault_for(parts.path) or Fault()
        if fault.cut == "before":
            return self._cut()
        with simulator.lock:
            simulator.asked.append(asked)
            reply = fault.reply or simulator.answer(asked)
        if fault.seconds:
            time.sleep(fault.seconds)
        return self._cut() if fault.cut == "after" else self._send(reply)

    def _cut(self) -> None:
        self.close_connection = True

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
