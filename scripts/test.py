"""Run every test: first on SQLite, then on PostgreSQL when it answers. `make test` calls this.

    scripts/test.py [pytest arguments]

PostgreSQL is taken from RAMAH_TEST_DATABASE_URL or looked for on localhost. Without it the second round reports by name what it
leaves out, and fails under CI=true. On Debian as root the programs that tests drive are installed when they are missing.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from programs import install_programs

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = ("postgres://postgres@127.0.0.1:5432/postgres", "postgres://postgres:postgres@127.0.0.1:5432/postgres")


def postgres() -> str:
    """Address of a PostgreSQL that answers, or an empty string."""
    named = os.environ.get("RAMAH_TEST_DATABASE_URL")
    for address in [named] if named else POSTGRES:
        try:
            psycopg.connect(address, connect_timeout=3).close()
        except psycopg.OperationalError:
            continue
        return address
    return ""


def round_of_tests(title: str, *arguments: str, **environment: str) -> int:
    print(f"\n=== {title}", flush=True)
    # Each worker takes whole modules as far as it can: what their tests share is made once.
    command = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "worksteal", "-rs", *arguments, *sys.argv[1:]]
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode
    return 0 if code == 5 else code  # 5: nothing was asked for


def both_rounds() -> int:
    """0 when nothing failed."""
    failed = round_of_tests("on SQLite", "-m", "not postgres")
    if address := postgres():
        failed |= round_of_tests("on PostgreSQL", "-m", "not browser", DATABASE_URL=address)
    elif os.environ.get("CI") == "true":
        sys.exit("PostgreSQL is required under CI=true: start it, or name it in RAMAH_TEST_DATABASE_URL")
    else:
        failed |= round_of_tests("PostgreSQL does not answer; left out:", "-m", "postgres")
    return failed


def main() -> None:
    install_programs()
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="ramah-bytecode-") as folder:
        # The tests start many processes, and each would compile anew what nobody may write down beside the sources.
        if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
            os.environ["PYTHONPYCACHEPREFIX"] = folder
        sys.exit(both_rounds())


if __name__ == "__main__":
    main()
