"""A crowd chats with two web processes while lines break and one process is killed: each message that was acknowledged is stored
once, in the order of its visitor, and each visitor reads back what they said."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.support.running import open_cluster
from tests.support.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
BROKEN = (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidMessage)
PATIENCE = 30  # seconds, for one answer
# What happens to a message, by chance: the line breaks before or after the answer was heard, or it is simply said twice.
BREAKS, REPEATS = 0.12, 0.05


class Visitor:
    """Says one thing after the other, each again under its client id until it is acknowledged, by whatever process."""

    def __init__(self, number, ports, chance):
        self.number, self.ports, self.chance = number, ports, chance
        self.acknowledged = {}  # the keys of lines, by client id, in the order in which they were said
        self.counts = Counter()
        self.token, self.line, self.wishes_to_stop = "", None, False

    def text_of(self, client_id):
        return f"{client_id} says {'x' * (1 + int(client_id[-5:]) % 90)}"

    async def write(self, count):
        for number in range(count):
            client_id = f"v{self.number:03}-{number:05}"
            await self._say(client_id)
            if self.chance.random() < REPEATS:
                self.counts["said again"] += 1
                await self._say(client_id)
        await self._close()

    async def read_back(self):
        """The texts of the thread, as a page shows it that was never open before."""
        texts, more, after = [], True, 0
        while more:
            told = await self._until_told({"type": "hello", "token": self.token, "after": after}, "lines", "welcome")
            texts += [line["text"] for line in told["lines"] if line["from"] == "me"]
            more, after = told["more"], told["lines"][-1]["id"] if told["lines"] else after
        await self._close()
        return texts

    async def _say(self, client_id):
        frame = {"type": "say", "id": client_id, "text": self.text_of(client_id)}
        told = await self._until_told(frame, "ack", "refused", breaks=True)
        assert told["type"] == "ack", told
        key = told["line"]["id"]
        assert self.acknowledged.setdefault(client_id, key) == key, "one message, two lines"

    async def _until_told(self, frame, *kinds, breaks=False):
        for _try in range(200):
            with suppress(*BROKEN):
                await self._open()
                self.counts["sent"] += 1
                await self.line.send(json.dumps(frame))
                if breaks and self.chance.random() < BREAKS:
                    await asyncio.sleep(self.chance.choice((0, 0, 0.01, 0.05)))
                    self.line.transport.abort()
                    self.counts["broken off"] += 1
                    self.line = None
                    continue
                told = await self._next(*kinds, client_id=frame.get("id"))
                if told.get("why") not in ("try_again", "too_fast"):
                    return told
                self.counts["asked to try again"] += 1
                await asyncio.sleep(told["wait"] or 1)
                continue
            self.counts["lost the shop"] += 1
            await self._close()
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))
        raise AssertionError(f"{self.number} was never answered")

    async def _open(self):
        if self.line is not None:
            return
        url = f"ws://127.0.0.1:{self.chance.choice(self.ports)}/chat/socket/shop/"
        self.line = await connect(url, compression=None, ping_interval=None, open_timeout=PATIENCE, proxy=None)
        await self.line.send(json.dumps({"type": "hello", "token": self.token, "language": "en", "after": 2**53}))
        self.token = (await self._next("welcome"))["token"] or self.token

    async def _next(self, *kinds, client_id=None):
        async with asyncio.timeout(PATIENCE):
            while True:
                told = json.loads(await self.line.recv())
                assert told.get("why") not in ("forgotten", "origin", "unknown", "too_many"), told
                if told["type"] in kinds and told.get("id") == client_id:
                    return told

    async def _close(self):
        line, self.line = self.line, None
        if line is not None:
            with suppress(*BROKEN):
                await line.close()


async def crowd_writes(cluster, visitors, each, *, kills):
    """All of them write, and so often, spread over that time, one of the processes is killed and started anew."""
    ports, total = list(cluster.web), len(visitors) * each
    writing = asyncio.gather(*(visitor.write(each) for visitor in visitors))
    for number in range(kills):
        moment = total * (number + 1) // (kills + 1)
        while not writing.done() and sum(len(visitor.acknowledged) for visitor in visitors) < moment:
            await asyncio.sleep(0.01)
        if writing.done():  # somebody has failed
            break
        victim = ports[number % len(ports)]
        cluster.kill(cluster.web[victim])
        await asyncio.to_thread(cluster.start_web, victim)
    await writing


async def all_read_back(visitors):
    gate = asyncio.Semaphore(16)

    async def one(visitor):
        async with gate:
            return await visitor.read_back()

    return await asyncio.gather(*map(one, visitors))


def must_hold(cluster, visitors, each):
    """What was acknowledged is there, once, in order, and belongs to whoever said it."""
    until(lambda: not cluster.ask("waiting")["intake"], seconds=60, every=0.5)
    stored = cluster.ask("chat_said")
    by_visitor = {}
    for key, text, conversation, contact in stored:
        by_visitor.setdefault(text[:4], []).append((key, text, conversation, contact))
    assert len(stored) == len(visitors) * each
    for visitor in visitors:
        mine = by_visitor[f"v{visitor.number:03}"]
        told = [(key, visitor.text_of(client_id)) for client_id, key in visitor.acknowledged.items()]
        assert len(told) == each
        assert [(key, text) for key, text, _conversation, _contact in mine] == told
        assert len({conversation for _key, _text, conversation, _contact in mine}) == 1
        assert len({contact for _key, _text, _conversation, contact in mine}) == 1
    assert len({conversation for _key, _text, conversation, _contact in stored}) == len(visitors)
    audit = json.loads(cluster.call("intake", "audit", "--json").stdout)
    assert audit["closes"], audit
    assert audit["accepted"] == len(stored)
    assert (audit["waiting"], audit["quarantined"], audit["ignored"]) == (0, 0, 0)
    return audit


def chat_of_a_crowd(folder, redis_url, request, *, crowd, each, kills):
    seed = int(os.environ.get("RAMAH_TEST_SEED") or random.SystemRandom().randrange(10_000))
    print(f"\n{request.node.name}: RAMAH_TEST_SEED={seed}")
    with open_cluster(folder, redis_url) as cluster:
        cluster.ask("seed_chat")
        ports = list(cluster.web)
        visitors = [Visitor(number, ports, random.Random(f"{seed}-{number}")) for number in range(crowd)]
        begun = time.monotonic()
        asyncio.run(crowd_writes(cluster, visitors, each, kills=kills))
        seconds = time.monotonic() - begun
        audit = must_hold(cluster, visitors, each)
        for visitor, texts in zip(visitors, asyncio.run(all_read_back(visitors)), strict=True):
            assert texts == [visitor.text_of(client_id) for client_id in visitor.acknowledged]
        counts = sum((visitor.counts for visitor in visitors), Counter())
        print({"messages": crowd * each, "seconds": round(seconds, 1), "duplicates": audit["duplicate"], **counts})


def test_a_chat_of_forty_and_a_kill(tmp_path, redis_url, request):
    chat_of_a_crowd(tmp_path, redis_url, request, crowd=40, each=20, kills=1)


@pytest.mark.slow
def test_ten_thousand_messages_of_two_hundred_visitors_and_kills(tmp_path, redis_url, request):
    chat_of_a_crowd(tmp_path, redis_url, request, crowd=200, each=50, kills=3)
