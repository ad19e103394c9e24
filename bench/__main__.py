"""Run the benchmarks: each on a database of its own, in a process of its own."""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import psycopg

POSTGRES = os.environ.get("RAMAH_TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
SCENARIOS = ("mail", "pages", "shop", "memory", "chat", "hooks", "delivery", "sweep")


def main() -> int:
    """Parse the arguments and run what was asked for. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS), help=f"among: {', '.join(SCENARIOS)}")
    parser.add_argument("--database", choices=("sqlite", "postgres"), action="append", help="default: both")
    parser.add_argument("--sizes", default="1000,100000,1000000", help="numbers of conversations")
    parser.add_argument("--variants", default="4000,100000", help="sizes of the catalog")
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=60, help="of chat, at 100 messages a second")
    parser.add_argument("--hooks", type=int, default=2000, help="posts of each provider")
    parser.add_argument("--events", type=int, default=100_000, help="of carriers, after an outage")
    parser.add_argument("--flights", type=int, default=1_000_000, help="under way, for the sweep")
    options = parser.parse_args()
    failed = 0
    for scenario in options.scenarios:
        for database in options.database or (["sqlite"] if scenario == "memory" else ["sqlite", "postgres"]):
            failed += _run(scenario, database, options)
    return 1 if failed else 0


def _run(scenario: str, database: str, options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="ramah-bench-") as home:
        environment = os.environ | {
            "RAMAH_HOME": home,
            "DJANGO_SETTINGS_MODULE": "ramah.config.settings",
            "RAMAH_SECRET_KEY": "bench-bench-bench-bench-bench-bench-bench",
            "RAMAH_LOG_LEVEL": "ERROR",
            "BENCH": json.dumps({**vars(options), "database": database}),
        }
        environment.pop("DATABASE_URL", None)
        if database == "postgres":
            try:
                environment["DATABASE_URL"] = _fresh_postgres()
            except psycopg.OperationalError:
                sys.stderr.write(f"bench.{scenario}: no PostgreSQL answers; name one in RAMAH_TEST_DATABASE_URL\n")
                return 0
        return subprocess.run([sys.executable, "-m", f"bench.{scenario}"], env=environment, check=False).returncode


def _fresh_postgres() -> str:
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS ramah_bench WITH (FORCE)")
        connection.execute("CREATE DATABASE ramah_bench")
    return POSTGRES.rpartition("/")[0] + "/ramah_bench"


if __name__ == "__main__":
    sys.exit(main())
