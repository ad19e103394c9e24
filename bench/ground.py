"""What the scenarios share: a shop to measure, many conversations made by the database itself, and how figures are printed."""

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

OPTIONS = json.loads(os.environ.get("BENCH", "{}"))
ROUNDS = 200


def start() -> None:
    """Set Django up and migrate an empty database."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def figure(name: str, value: float, unit: str, *, floor: float, **more: Any) -> None:
    """Print one figure with its ratio to the floor."""
    line = {"figure": name, "value": round(value, 3), "unit": unit, "floor": round(floor, 3)}
    line |= {"ratio": round(value / floor, 2) if floor else None, "database": OPTIONS.get("database"), **more}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and of CPU that `work` takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def getter(cookie: str = "") -> Callable[[str], int]:
    """A visitor with these cookies: asks the WSGI application for a path, reads all of the answer, and tells its status."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory

    application, factory = WSGIHandler(), RequestFactory(HTTP_COOKIE=cookie, HTTP_HOST="127.0.0.1")

    def get(target: str) -> int:
        path, _mark, query = target.partition("?")
        environ = factory._base_environ(PATH_INFO=path, QUERY_STRING=query, REQUEST_METHOD="GET")  # type: ignore[attr-defined]
        status = []
        body = application(environ, lambda code, headers: status.append(int(code.split()[0])))  # type: ignore[arg-type]
        for _chunk in body:
            pass
        body.close()
        return status[0]

    return get


def rounds(get: Callable[[str], int], path: Callable[[], str]) -> tuple[list[float], float]:
    """Seconds on the wall of each of `ROUNDS` requests, and the CPU seconds of all."""
    walls, total = [], 0.0
    for _ in range(ROUNDS):
        target = path()
        wall, cpu = timed(partial(get, target))
        walls.append(wall)
        total += cpu
    return walls, total


def make_shop() -> Any:
    """The inbox `support` with a calendar, an SLA policy and Ben in its team. Returns (inbox, Ben, Lia)."""
    from ramah.accounts.testing import make_agent, make_team
    from ramah.conversations.testing import make_inbox
    from ramah.desk.models import SLAPolicy
    from ramah.kernel import clock
    from ramah.promises import demo
    from ramah.promises.models import Calendar

    now = clock.now()
    demo.seed(now)
    team = make_team("Jakarta care")
    inbox = make_inbox("support", teams=[team], address="support@shop.example")
    SLAPolicy.objects.create(
        name="Support",
        inbox=inbox,
        calendar=Calendar.objects.get(name=demo.JAKARTA),
        first_reply_minutes=60,
        next_reply_minutes=120,
        resolution_minutes=1440,
        created_at=now,
    )
    return inbox, make_agent(name="Ben", teams=[team]), make_agent(name="Lia", role="lead")


def grow(inbox: Any, agent: Any, *, first: int, last: int, messages: int) -> None:
    """Conversations number `first` to `last`, each of a customer of its own with `messages` messages, made inside the database.

    Of a hundred, three are open (one of them the agent's), one is pending, the others resolved.
    """
    from django.db import connection

    from ramah.conversations.models import Conversation, ExternalId, Message
    from ramah.customers.models import ContactPoint, Customer

    postgres = connection.vendor == "postgresql"
    base = 10_000_000
    moment = (
        "timestamptz '2026-01-01' + n * interval '1 second'"
        if postgres
        else "datetime('2026-01-01', '+'||n||' seconds')"
    )

    def public_id(letter: str) -> str:
        return f"'{letter}'||lpad(n::text,25,'0')" if postgres else f"printf('{letter}%025d',n)"

    numbers = (first, last)
    _insert(Customer, numbers, {
        "id": f"{base}+n", "public_id": public_id("c"), "created_at": moment, "name": "'Customer '||n", "language": "'en'",
        "time_zone": "''", "external_id": "NULL", "note": "''", "merged_into_id": "NULL",
    })  # fmt: skip
    _insert(ContactPoint, numbers, {
        "id": f"{base}+n", "customer_id": f"{base}+n", "kind": "'email'", "value": "'c'||n||'@bench.example'", "proof": "'claimed'",
        "verified_at": "NULL", "bounced_at": "NULL", "bounce_reason": "''", "created_at": moment,
    })  # fmt: skip
    status = "CASE WHEN n%100<3 THEN 'open' WHEN n%100=3 THEN 'pending' ELSE 'resolved' END"
    _insert(Conversation, numbers, {
        "id": f"{base}+n", "public_id": public_id("v"), "created_at": moment, "inbox_id": str(inbox.pk), "customer_id": f"{base}+n",
        "subject": "'Question '||n", "status": status, "priority": "2",
        "assignee_id": f"CASE WHEN n%100=0 THEN {agent.pk} ELSE NULL END", "team_id": "NULL", "language": "'en'",
        "last_message_at": moment, "last_customer_message_at": moment, "due_at": moment, "preview": "'Where is my parcel?'",
        "is_unread": "n%2=0", "snoozed_until": "NULL", "resolved_at": f"CASE WHEN n%100>3 THEN {moment} ELSE NULL END",
        "acknowledged_at": moment, "merged_into_id": "NULL", "follows_id": "NULL",
    })  # fmt: skip
    each = (first * messages, (last + 1) * messages - 1)
    _insert(Message, each, {
        "id": f"{base}+n", "public_id": public_id("m"), "created_at": moment, "conversation_id": f"{base}+n/{messages}",
        "kind": "'message'", "author": f"CASE WHEN n%{messages}%2=0 THEN 'customer' ELSE 'agent' END", "agent_id": "NULL",
        "contact_point_id": f"{base}+n/{messages}", "author_name": "'Customer'", "text": "'Where is my parcel? It should be here.'",
        "full_text": "''", "html": "''", "language": "'en'", "subject": "'Question'", "to": "'[]'", "cc": "'[]'", "sent_at": "NULL",
        "activity": "''", "detail": "'{}'", "client_id": "NULL",
    })  # fmt: skip
    _insert(ExternalId, each, {
        "id": f"{base}+n", "message_id": f"{base}+n", "value": "'<bench.'||n||'@bench.example>'", "digest": "''",
        "is_expected": "false",
    })  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert(model: Any, numbers: tuple[int, int], columns: dict[str, str]) -> None:
    from django.db import connection

    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(columns.values())
    low, high = numbers
    if connection.vendor == "postgresql":
        series = f"SELECT {values} FROM generate_series({low}, {high}) AS s(n)"
        sql = f'INSERT INTO "{model._meta.db_table}" ({names}) {series}'
    else:
        sql = (
            f"WITH RECURSIVE s(n) AS (SELECT {low} UNION ALL SELECT n+1 FROM s WHERE n<{high})"
            f' INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values} FROM s'
        )
    with connection.cursor() as cursor:
        cursor.execute(sql)


def settle() -> None:
    """Give the database its statistics after many rows came in."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
