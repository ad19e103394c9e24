"""Kill -9 at random moments while mail comes in: nothing is lost, nothing is doubled, nothing goes out twice."""

import json
import os
import random
import socket
import time
from collections import Counter
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.support.feeding import Senders, make_storm
from tests.support.migrated import migrate
from tests.support.running import free_port, once
from tests.support.waiting import until


def seed_of(request):
    """A new one each time; name one in RAMAH_TEST_SEED to see a run again."""
    seed = int(os.environ.get("RAMAH_TEST_SEED") or random.SystemRandom().randrange(10_000))
    print(f"\n{request.node.name}: RAMAH_TEST_SEED={seed}")
    return random.Random(seed)


def moments(chance, kills, mails):
    """After how many acknowledged mails to kill, and how long to hesitate then."""
    return [(count, chance.uniform(0, 0.25)) for count in sorted(chance.sample(range(mails * 9 // 10), kills))]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until_nothing_waits(ramah, *, seconds):
    until(
        lambda: not any(ramah.ask("waiting").values()),
        seconds=seconds,
        every=0.5,
        otherwise=lambda: str(ramah.ask("waiting")),
    )


def must_hold(ramah, storm, senders):
    """Everything that the storm brought is there once, and went out at most once. Returns the figures."""
    audit = json.loads(ramah.call("intake", "audit", "--json").stdout)
    found = ramah.ask("census")
    assert audit["closes"], audit
    assert audit["waiting"] == audit["quarantined"] == 0, found["quarantined"]
    assert audit["received"] >= senders.total

    said = Counter(key for key, _ in found["said"])
    assert set(storm.mails) - set(said) == set(), "lost"
    assert {key: count for key, count in said.items() if count != 1} == {}, "doubled"
    assert len(found["conversations"]) == storm.opening
    assert (found["attachments"].count(True), found["attachments"].count(False)) == (storm.with_files, 0)

    assert sorted(found["acknowledged"]) == sorted(found["conversations"])
    assert found["noted_as_acknowledged"] == storm.opening
    assert sorted(found["first_replies"]) == sorted(found["conversations"])

    files = Counter(file.stem.partition("-")[2] for file in (ramah.home / "outbox").glob("*.eml"))
    assert {name: count for name, count in files.items() if count != 1} == {}, "went out twice"
    states = {name: (state, uncertain) for name, state, uncertain, _ in found["deliveries"]}
    assert set(states.values()) <= {("sent", False), ("failed", True)}
    assert {name for name, (state, _) in states.items() if state == "sent"} <= set(files), "said to be sent"
    assert set(files) <= set(states)
    return {
        "received": audit["received"],
        "duplicates": audit["duplicate"],
        "resent after no answer": senders.tries - senders.total,
        "conversations": storm.opening,
        "uncertain": list(states.values()).count(("failed", True)),
        "of these gone out": sum(state == "failed" and name in files for name, (state, _) in states.items()),
    }


def storm_of_one_process(ramah, smtp_port, chance, *, mails, kills):
    ramah.environment["RAMAH_SMTP_PORT"] = str(smtp_port)
    migrate(ramah.home)
    ramah.ask("seed")
    storm = make_storm(mails, chance)
    senders = Senders(storm, smtp_port, chance)
    process = ramah.start("run")
    ramah.until_up(process)
    senders.start()
    for count, pause in moments(chance, kills, mails):
        until(lambda count=count: len(senders.acknowledged) >= count, seconds=120)
        time.sleep(pause)
        ramah.kill(process)
        process = ramah.start("run")
        if chance.random() < 0.25:  # not even up
            time.sleep(chance.uniform(0, 2))
            ramah.kill(process)
            process = ramah.start("run")
    senders.join(seconds=180)
    ramah.until_up(process)
    until_nothing_waits(ramah, seconds=60 + mails / 20)
    figures = must_hold(ramah, storm, senders)
    code, _, output = ramah.stop(process)
    assert (code, "Traceback" in output) == (0, False), output
    print(figures)


@pytest.fixture
def smtp_port():
    return free_port()


@once
def test_nothing_is_lost_or_doubled_when_the_process_is_killed(request, ramah, smtp_port):
    storm_of_one_process(ramah, smtp_port, seed_of(request), mails=150, kills=3)


@once
@pytest.mark.slow
def test_two_thousand_mails_and_twenty_kills(request, ramah, smtp_port):
    storm_of_one_process(ramah, smtp_port, seed_of(request), mails=2000, kills=20)


@pytest.fixture
def cluster(ramah, smtp_port, redis_url, transactional_db):
    """A `ramah` whose processes share a PostgreSQL database of their own, and Redis."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"ramah_crash_{smtp_port}"
    with psycopg.connect(urlunsplit(parts), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    ramah.environment.update(
        DATABASE_URL=urlunsplit(parts._replace(path=f"/{name}")),
        REDIS_URL=redis_url,
        RAMAH_SECRET_KEY="of the cluster under test, and long enough",
        RAMAH_SMTP_PORT=str(smtp_port),
    )
    yield ramah
    ramah.end()
    with psycopg.connect(urlunsplit(parts), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def storm_of_a_cluster(ramah, smtp_port, chance, *, mails, kills):
    assert ramah.call("migrate").returncode == 0
    ramah.ask("seed")
    storm = make_storm(mails, chance)
    senders = Senders(storm, smtp_port, chance)
    roles = ["smtp", "worker", "worker"]
    running = [ramah.start(role) for role in roles]
    until(lambda: listens(smtp_port), seconds=30)
    senders.start()
    for count, pause in moments(chance, kills, mails):
        until(lambda count=count: len(senders.acknowledged) >= count, seconds=120)
        time.sleep(pause)
        victim = chance.randrange(len(roles))
        ramah.kill(running[victim])
        running[victim] = ramah.start(roles[victim])
        if chance.random() < 0.5:  # what it held is taken up by the others while they work
            ramah.ask("let_time_pass")
    senders.join(seconds=180)

    def nothing_waits():
        ramah.ask("let_time_pass")
        return not any(ramah.ask("waiting").values())

    until(nothing_waits, seconds=60 + mails / 20, every=1, otherwise=lambda: str(ramah.ask("waiting")))
    print(must_hold(ramah, storm, senders))


@pytest.mark.postgres
@pytest.mark.redis
def test_nothing_is_lost_or_doubled_when_a_process_of_a_cluster_is_killed(request, cluster, smtp_port):
    storm_of_a_cluster(cluster, smtp_port, seed_of(request), mails=150, kills=4)


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.slow
def test_two_thousand_mails_and_twenty_kills_in_a_cluster(request, cluster, smtp_port):
    storm_of_a_cluster(cluster, smtp_port, seed_of(request), mails=2000, kills=20)
