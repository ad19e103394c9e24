"""A new installation's database, made once: tests copy it that do not ask how it comes to be."""

import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path


@functools.cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "RAMAH_HOME": home, "DATABASE_URL": f"sqlite:///{home}/ramah.sqlite3"}
        environment["DJANGO_SETTINGS_MODULE"] = "ramah.config.settings"
        subprocess.run([sys.executable, "-m", "ramah.config.cli", "migrate"], env=environment, check=True)
        return Path(home, "ramah.sqlite3").read_bytes()


def migrate(home: Path) -> None:
    """The database under this RAMAH_HOME as `ramah migrate` leaves it there."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "ramah.sqlite3").write_bytes(_made())
