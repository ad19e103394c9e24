"""Servers in processes of their own: what a scenario measures from outside."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path


class Process:
    """A module run on a port; the port is its argument unless others are given. Ended when the `with` block is left."""

    def __init__(self, module: str, port: int, *arguments: str, settings: str = "ramah.config.settings") -> None:
        self.port = port
        extra = {"RAMAH_PORT": str(port), "RAMAH_SMTP_PORT": "0", "DJANGO_SETTINGS_MODULE": settings}
        arguments = arguments or (str(port),)
        self._process = subprocess.Popen([sys.executable, "-m", module, *arguments], env=os.environ | extra)

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)

    def until_up(self) -> None:
        """Wait until it listens."""
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit("bench: the server does not come up")

    @property
    def cpu_seconds(self) -> float:
        """What it has used of the processors since it began."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_kb(self) -> int:
        """Its memory."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
