"""Resident memory of `ramah run`, idle after its first pages. Floor: a Python process that has only imported Django."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from bench import ground


def main() -> None:
    """Start it on a free port, look at it, wait, and weigh it."""
    floor = _weigh_django()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"RAMAH_PORT": str(port), "RAMAH_SMTP_PORT": "0"}
    ramah = Path(sys.executable).with_name("ramah")
    process = subprocess.Popen([ramah, "run"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz")
        for _ in range(20):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/").read()
        time.sleep(5)
        ground.figure("memory.run.idle", _resident(process.pid), "MB", floor=floor)
    finally:
        process.terminate()
        process.wait(timeout=15)


def _weigh_django() -> float:
    code = "import django.db.models, django.http, time; print('up', flush=True); time.sleep(20)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        if process.stdout is not None:
            process.stdout.readline()
        return _resident(process.pid)
    finally:
        process.kill()
        process.wait()


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("bench.memory: the process has ended")


def _wait(url: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(url).read()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"bench.memory: {url} does not answer")


if __name__ == "__main__":
    main()
