"""`ramah` as a person starts it: a plugin for tests that run the whole program in processes of its own."""

import contextlib
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
# Marks tests that bring a database of their own, whatever the others run on.
once = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="ran in the round on SQLite already")
# Where PostgreSQL is looked for when nobody says where it is.
POSTGRES = ("postgres://postgres@127.0.0.1:5432/postgres", "postgres://postgres:postgres@127.0.0.1:5432/postgres")


class Ramah:
    """`ramah` in other processes: its own directory, its own ports, and no setting of ours unless it is named."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.url = f"http://127.0.0.1:{port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAMAH_", "DJANGO_"))}
        for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PYTEST_CURRENT_TEST"):
            kept.pop(name, None)
        self.environment = {**kept, "RAMAH_HOME": str(home), "RAMAH_PORT": str(port), "RAMAH_SMTP_PORT": "0"}
        self.running: list[subprocess.Popen[str]] = []
        self._companion: subprocess.Popen[str] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "ramah.config.cli", *arguments]

    def call(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ask(self, question: str, *arguments: str) -> Any:
        """The answer of a function of `tests.support.shop`, called beside the running processes on the same database."""
        if self._companion is None:
            self._companion = subprocess.Popen(
                [sys.executable, "-m", "tests.support.shop"],
                cwd=ROOT,
                env={**self.environment, "DJANGO_SETTINGS_MODULE": "ramah.config.settings"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._companion.stdin
        assert self._companion.stdout
        self._companion.stdin.write(json.dumps([question, *arguments]) + "\n")
        self._companion.stdin.flush()
        answer = json.loads(self._companion.stdout.readline() or '{"error": "it has ended"}')
        if "error" in answer:
            pytest.fail(f"{question}: {answer['error']}")
        return answer["answer"]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        # Not a pipe: nobody reads while the test runs, and a full pipe stops the writer.
        with self._printed(len(self.running)).open("w") as out:
            process = subprocess.Popen(
                self.command(*arguments),
                cwd=ROOT,
                env={**self.environment, **environment},
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.running.append(process)
        return process

    def _printed(self, number: int) -> Path:
        return self.home.with_name(f"printed-{self.port}-{number}")

    @property
    def output(self) -> str:
        """What the process started last has printed."""
        return self.output_of(self.running[-1])

    def output_of(self, process: subprocess.Popen[str]) -> str:
        """What this process has printed."""
        return self._printed(self.running.index(process)).read_text()

    @property
    def all_output(self) -> str:
        """What all processes have printed, in the order of their start."""
        return "".join(self.output_of(process) for process in self.running)

    def kill(self, process: subprocess.Popen[str]) -> None:
        """End it as a power cut would."""
        process.kill()
        process.wait()

    def until_up(self, process: subprocess.Popen[str], path: str = "/healthz", port: int | None = None) -> None:
        for _ in range(1200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=2).close()
                return
            if process.poll() is not None:
                pytest.fail(f"ended with {process.returncode}: {self.output}")
            time.sleep(0.05)
        pytest.fail(f"did not come up within a minute: {self.output}")

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as response:
                return response.status, dict(response.headers), response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()

    def stop(self, process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, float, str]:
        """Exit code, seconds until the end, and what was printed."""
        started = time.monotonic()
        process.send_signal(number)
        process.wait(timeout=20)
        return process.returncode, time.monotonic() - started, self.output

    def end(self) -> None:
        """Kill whatever still runs."""
        for process in [*self.running, *([self._companion] if self._companion else [])]:
            if process.poll() is None:
                self.kill(process)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Shop(Ramah):
    """A shop with an inbox, a policy and staff, to which customers write."""

    def __init__(self, folder: Path, **environment: str) -> None:
        super().__init__(folder / "home", free_port())
        self.smtp_port = free_port()
        self.environment |= {"RAMAH_SMTP_PORT": str(self.smtp_port), **environment}
        assert self.call("migrate").returncode == 0
        self.ask("seed")

    def write(self, subject: str, text: str = "Where is it?", *, file: bytes | None = None, **headers: str) -> str:
        """A customer's mail, offered again and again until it is taken, as a mail server does. Returns its Message-ID."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{subject}@mail.example", "support@shop.example", subject
        mail["Message-ID"] = make_msgid(domain="mail.example")
        for name, value in headers.items():
            del mail[name.replace("_", "-")]
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        if file is not None:
            mail.add_attachment(file, maintype="application", subtype="pdf", filename="bill.pdf")
        until(lambda: self._is_taken(mail), seconds=60)
        return str(mail["Message-ID"])

    def _is_taken(self, mail: EmailMessage) -> bool:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            with smtplib.SMTP("127.0.0.1", self.smtp_port, local_hostname="mail.example", timeout=30) as server:
                server.send_message(mail)
            return True
        return False

    def is_idle(self) -> bool:
        """Whether nothing is on its way in or out."""
        return not any(self.ask("waiting").values())


@contextlib.contextmanager
def open_shop(folder: Path, **environment: str) -> Iterator[Shop]:
    """A shop in one process, which may be started anew. At the end it must stop cleanly."""
    shop = Shop(folder, **environment)
    with _ending(shop):
        shop.until_up(shop.start("run"))
        yield shop
        code, _, output = shop.stop(shop.running[-1])
        assert code == 0, output


@contextlib.contextmanager
def _ending(shop: Ramah) -> Iterator[None]:
    """Leave nothing running; what its processes have printed is shown where a test fails."""
    try:
        yield
    except BaseException:
        print(shop.all_output)
        raise
    finally:
        shop.end()


class Cluster(Ramah):
    """A shop of several processes, which share a database of their own in PostgreSQL, and Redis.

    `web` is what serves pages and sockets, by port; beside it one worker runs. Visitors may chat as much as they want.
    """

    worker: subprocess.Popen[str]

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        super().__init__(folder / "home", free_port())
        self.web: dict[int, subprocess.Popen[str]] = {}
        self.environment |= {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "RAMAH_SECRET_KEY": "of the cluster under test, and long enough",
            "DJANGO_SETTINGS_MODULE": "tests.support.cluster_settings",
        }

    def open(self, webs: int) -> None:
        """Make ready what they share, and start them."""
        for command in (("migrate",), ("django", "collectstatic", "--noinput")):
            done = self.call(*command)
            assert done.returncode == 0, done.stderr
        self.ask("seed")
        self.worker = self.start("worker")
        for _ in range(webs):
            self._start_web(free_port())
        for port, process in self.web.items():
            self.until_up(process, port=port)

    def start_web(self, port: int) -> None:
        """Start what serves this port, and wait until it does."""
        self._start_web(port)
        self.until_up(self.web[port], port=port)

    def _start_web(self, port: int) -> None:
        options = ("--only", "sockets", "--socket-port", str(port))  # it answers requests too
        self.web[port] = self.start("serve", *options, RAMAH_PORT=str(port))

    def stop_web(self, port: int) -> None:
        """End what serves this port, as an administrator does."""
        assert self.stop(self.web[port])[0] == 0, self.output_of(self.web[port])


@contextlib.contextmanager
def open_cluster(folder: Path, redis_url: str, *, webs: int = 2) -> Iterator[Cluster]:
    """A cluster. At the end each of its processes must stop cleanly."""
    with own_database() as database_url:
        cluster = Cluster(folder, database_url, redis_url)
        with _ending(cluster):
            cluster.open(webs)
            yield cluster
            for process in (*cluster.web.values(), cluster.worker):
                assert cluster.stop(process)[0] == 0, cluster.output_of(process)


@contextlib.contextmanager
def own_database() -> Iterator[str]:
    """The address of a database in PostgreSQL that is there while it is needed, in whatever round the test runs."""
    named = os.environ.get("DATABASE_URL") or os.environ.get("RAMAH_TEST_DATABASE_URL")
    for address in [named] if named else POSTGRES:
        with contextlib.suppress(psycopg.OperationalError):
            server = psycopg.connect(address, connect_timeout=3, autocommit=True)
            break
    else:
        told = "PostgreSQL does not answer; name it in RAMAH_TEST_DATABASE_URL"
        pytest.fail(told) if os.environ.get("CI") == "true" else pytest.skip(told)
    name = f"ramah_{uuid.uuid4().hex[:12]}"
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def ramah(tmp_path, free_port):
    here = Ramah(tmp_path / "home", free_port)
    yield here
    here.end()
