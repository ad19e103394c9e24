"""The inbox page and the conversation page: time on the wall, CPU and queries, at each size of the database.

Through the WSGI application with all middleware, as a logged-in agent (one team) and as a lead (everything). Floor: a page of the
same application that touches no database.
"""

import random
import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

from bench import ground


def main() -> None:
    """Measure at each size, the smallest first: the same database grows."""
    ground.start()
    inbox, ben, lia = ground.make_shop()
    done = 0
    smallest: dict[str, float] = {}
    for size in sorted(int(size) for size in ground.OPTIONS["sizes"].split(",")):
        messages = 10 if size == 100_000 else 1
        if messages == 10:
            # On a database of its own numbers, so that the conversations of this size have ten messages each.
            ground.grow(inbox, ben, first=2_000_000, last=2_000_000 + size - 1, messages=10)
            newest = range(2_000_000, 2_000_000 + size)
        else:
            ground.grow(inbox, ben, first=done + 1, last=size, messages=1)
            newest, done = range(1, size + 1), size
        for who, agent in (("agent", ben), ("lead", lia)):
            get = _browser(agent)
            _measure(f"inbox.{who}", size, get, partial(str, "/desk/unassigned/"), smallest)
            picks = random.Random(7)
            _measure(f"conversation.{who}", size, get, partial(_some_conversation, picks, newest), smallest)


def _some_conversation(picks: random.Random, numbers: range) -> str:
    return f"/desk/c/v{picks.choice(numbers):025d}/"


def _browser(agent: Any) -> Callable[[str], int]:
    from django.test import Client

    client = Client()
    client.force_login(agent.user)
    return ground.getter("; ".join(f"{key}={morsel.value}" for key, morsel in client.cookies.items()))


def _measure(
    name: str, size: int, get: Callable[[str], int], path: Callable[[], str], smallest: dict[str, float]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(5):
        if get(path()) != 200:
            raise SystemExit(f"bench.pages: {path()} did not answer 200")
    with CaptureQueriesContext(connection) as captured:
        get(path())
        queries = len(captured)
    floor_walls, _floor_cpu = ground.rounds(get, partial(str, "/healthz"))
    walls, cpu = ground.rounds(get, path)
    p50, p95 = statistics.median(walls), statistics.quantiles(walls, n=20)[18]
    floor = statistics.median(floor_walls)
    more = {"conversations": size, "queries": queries, "cpu_ms": round(cpu / ground.ROUNDS * 1000, 2)}
    ground.figure(f"page.{name}.p50", p50 * 1000, "ms", floor=floor * 1000, **more)
    first = smallest.setdefault(name, p95)
    ground.figure(f"page.{name}.p95", p95 * 1000, "ms", floor=floor * 1000, **more, to_smallest=round(p95 / first, 2))


if __name__ == "__main__":
    main()
