"""`ramah` as a person starts it: a plugin for tests that run the whole program in processes of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


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

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "ramah.config.cli", *arguments]

    def call(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._run(self.command(*arguments), environment)

    def ask(self, question: str, *arguments: str) -> Any:
        """The answer of a function of `tests.support.shop`, called beside the running processes on the same database."""
        command = [sys.executable, "-m", "tests.support.shop", question, *arguments]
        ended = self._run(command, {"DJANGO_SETTINGS_MODULE": "ramah.config.settings"})
        if ended.returncode:
            pytest.fail(f"{question}: {ended.stderr}")
        return json.loads(ended.stdout)

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

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


@pytest.fixture
def ramah(tmp_path, free_port):
    here = Ramah(tmp_path / "home", free_port)
    yield here
    for process in here.running:
        if process.poll() is None:
            process.kill()
            process.wait()
