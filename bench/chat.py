"""Live chat under load: memory of an open chat that is idle, and how long a message takes to the other side's screen data.

Floor: a bare Channels consumer in a process of its own, measured in the same run with the same client. `BENCH` may hold `sockets`,
`visitors`, `agents`, `per_second` and `seconds`. Everything runs on this machine, the clients too.
"""

import asyncio
import http.client
import json
import random
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from websockets.asyncio.client import ClientConnection, connect

from bench import ground
from bench.process import Process, free_port

SETTINGS = "bench.chat_settings"
SOCKETS = int(ground.OPTIONS.get("sockets") or 2000)
VISITORS = int(ground.OPTIONS.get("visitors") or 500)
AGENTS = int(ground.OPTIONS.get("agents") or 10)
PER_SECOND = int(ground.OPTIONS.get("per_second") or 100)
SECONDS = int(ground.OPTIONS.get("seconds") or 60)
# Of all messages, the share that goes into a conversation which some agent has open; and replies of each agent a second.
WATCHED_SHARE, REPLIES = 0.1, 0.2
HEAD_SECONDS = 1.5


def main() -> None:
    """Weigh, then time, each against the floor."""
    ground.start()
    cookies = _seed()
    chance = random.Random(7)
    with Process("bench.chat_echo", (port := free_port()), settings=SETTINGS) as echo:
        echo.until_up()
        floor_kb, floor_times = asyncio.run(_echo(f"ws://127.0.0.1:{port}/echo/", echo, chance))
    with Process("ramah.config.cli", (port := free_port()), "run", settings=SETTINGS) as ramah:
        ramah.until_up()
        kb = asyncio.run(_weigh(port, ramah))
        ground.figure("chat.socket", kb, "KB", floor=floor_kb, sockets=SOCKETS)
        scene = Scene(ramah, cookies, chance)
        times = asyncio.run(scene.play())
    floor = {share: _at(floor_times, share) for share in (0.5, 0.99)}
    for name, found in times.items():
        for share, word in ((0.5, "p50"), (0.99, "p99")):
            ground.figure(f"chat.{name}.{word}", _at(found, share), "ms", floor=floor[share], count=len(found))
    # All that the server did meanwhile, by messages: on a machine whose speed changes it says more than the times.
    ground.figure("chat.cpu", scene.cpu_seconds / (SECONDS * PER_SECOND) * 1000, "ms/message", floor=0)
    _count(times)


def _count(times: dict[str, list[float]]) -> None:
    from ramah.channels.queries import intake_sum
    from ramah.conversations.models import Message

    stored = Message.objects.filter(author="customer", text__startswith="m-").count()
    total = intake_sum()
    ground.figure("chat.lost", len(times["to_ack"]) - stored, "messages", floor=0, intake_closes=total.closes)


def _seed() -> list[str]:
    """A chat inbox, its agents, and the cookie of each."""
    from django.test import Client

    from ramah.accounts.testing import make_agent, make_team
    from ramah.channels.chat.testing import make_chat_inbox

    team = make_team("Care")
    make_chat_inbox("web", teams=[team], settings={"is_live": False, "offline_texts": {"en": "Later."}})
    cookies = []
    for number in range(AGENTS):
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(
            make_agent(name=f"Agent {number}", teams=[team]).user,
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        client.get("/desk/open/")
        cookies.append("; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()))
    return cookies


def _at(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("nan")


async def _open(url: str, count: int, hello: str = "") -> list[ClientConnection]:
    """So many sockets, some at a time; each has had its welcome."""
    gate = asyncio.Semaphore(16)

    async def one() -> ClientConnection:
        async with gate:
            line = await connect(url, compression=None, ping_interval=None, open_timeout=60)
            if hello:
                await line.send(hello)
                await asyncio.wait_for(line.recv(), 60)
            return line

    return await asyncio.gather(*(one() for _ in range(count)))


async def _close(lines: list[ClientConnection]) -> None:
    await asyncio.gather(*(line.close() for line in lines), return_exceptions=True)


async def _weight(url: str, process: Process, hello: str = "") -> float:
    await _close(await _open(url, 50, hello))
    await asyncio.sleep(1)
    before = process.resident_kb
    lines = await _open(url, SOCKETS, hello)
    await asyncio.sleep(2)
    kb = (process.resident_kb - before) / SOCKETS
    await _close(lines)
    return kb


async def _weigh(port: int, process: Process) -> float:
    hello = json.dumps({"type": "hello", "token": "", "language": "en", "after": 0})
    return await _weight(f"ws://127.0.0.1:{port}/chat/socket/web/", process, hello)


async def _echo(url: str, process: Process, chance: random.Random) -> tuple[float, list[float]]:
    """Weight of a socket, and seconds there and back at the same rate and with as many sockets as the chat has visitors."""
    kb = await _weight(url, process)
    lines = await _open(url, VISITORS)
    times: list[float] = []

    async def hear(line: ClientConnection) -> None:
        async for raw in line:
            times.append(time.perf_counter() - json.loads(raw)["at"])  # noqa: PERF401 - the clock is read at each one

    hearing = [asyncio.create_task(hear(line)) for line in lines]
    begun, count = time.perf_counter(), min(SECONDS, 15) * PER_SECOND
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.perf_counter()))
        await chance.choice(lines).send(json.dumps({"type": "say", "at": time.perf_counter(), "text": "x" * 60}))
    await asyncio.sleep(1)
    for task in hearing:
        task.cancel()
    await _close(lines)
    return kb, times


class Scene:
    """Visitors who write, agents who each have one conversation open, answer in it and hear of all others."""

    cpu_seconds = 0.0

    def __init__(self, server: Process, cookies: list[str], chance: random.Random) -> None:
        self.server, self.cookies, self.chance = server, cookies, chance
        self.sent: dict[str, float] = {}
        self.times: dict[str, list[float]] = {"to_ack": [], "to_agent": [], "to_visitor": []}
        self.threads = ThreadPoolExecutor(AGENTS)

    async def play(self) -> dict[str, list[float]]:
        url = f"ws://127.0.0.1:{self.server.port}/chat/socket/web/"
        visitors = await _open(url, VISITORS, json.dumps({"type": "hello", "token": "", "language": "en", "after": 0}))
        hearing = [asyncio.create_task(self._hear(line)) for line in visitors]
        for number, line in enumerate(visitors):
            await line.send(json.dumps({"type": "say", "id": f"opening-{number:06}", "text": f"opening {number}"}))
            await asyncio.sleep(0.01)
        await asyncio.sleep(5)
        agents = [Agent(self, cookie, number) for number, cookie in enumerate(self.cookies)]
        for agent in agents:
            await agent.start()
        watched = [visitors[agent.number] for agent in agents]
        begun, used = time.perf_counter(), self.server.cpu_seconds
        for number in range(SECONDS * PER_SECOND):
            await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.perf_counter()))
            line = self.chance.choice(watched if self.chance.random() < WATCHED_SHARE else visitors)
            text = f"m-{number:07} Where is my parcel? It should have been here on Tuesday."
            self.sent[text[:9]] = time.perf_counter()
            await line.send(json.dumps({"type": "say", "id": f"message-{number:07}", "text": text}))
        await asyncio.sleep(1)
        self.cpu_seconds = self.server.cpu_seconds - used
        await asyncio.sleep(4)
        for task in hearing:
            task.cancel()
        for agent in agents:
            agent.stop()
        await _close(visitors)
        return self.times

    async def _hear(self, line: ClientConnection) -> None:
        async for raw in line:
            now, frame = time.perf_counter(), json.loads(raw)
            if frame["type"] == "ack" and (sent := self.sent.get(frame["line"]["text"][:9])):
                self.times["to_ack"].append(now - sent)
            for told in frame.get("lines", ()):
                if told["from"] == "agent" and (sent := self.sent.get(told["text"][:9])):
                    self.times["to_visitor"].append(now - sent)


class Agent:
    """One agent's page: its socket, and what it fetches when it is nudged."""

    def __init__(self, scene: Scene, cookie: str, number: int) -> None:
        self.scene, self.cookie, self.number = scene, cookie, number
        self.after, self.tasks = 0, list[asyncio.Task[None]]()
        self.http = http.client.HTTPConnection("127.0.0.1", scene.server.port, timeout=30)
        self.poster = http.client.HTTPConnection("127.0.0.1", scene.server.port, timeout=30)
        self.nudged = asyncio.Event()
        self.wants_head, self.headed_at = False, 0.0

    async def start(self) -> None:
        from asgiref.sync import sync_to_async

        self.key, self.after = await sync_to_async(_conversation_of)(f"opening {self.number}")
        self.line = await connect(
            f"ws://127.0.0.1:{self.scene.server.port}/desk/socket/",
            additional_headers={"Cookie": self.cookie},
            origin=f"http://127.0.0.1:{self.scene.server.port}",  # type: ignore[arg-type]
            ping_interval=None,
        )
        await self.line.send(json.dumps({"type": "watch", "conversation": self.key}))
        self.tasks = [asyncio.create_task(work()) for work in (self._hear, self._fetch, self._answer)]

    def stop(self) -> None:
        for task in self.tasks:
            task.cancel()

    async def _hear(self) -> None:
        async for raw in self.line:
            frame = json.loads(raw)
            if isinstance(frame, list):  # of conversations that have changed; the open one is told of line by line
                continue
            if frame.get("ask"):
                await self.line.send(json.dumps({"type": "alive"}))
            if frame.get("conversation") == self.key and "line" in frame:
                self.wants_head |= not frame["line"]
                self.nudged.set()

    async def _fetch(self) -> None:
        while True:
            await self.nudged.wait()
            self.nudged.clear()
            # As the page does: the lines at once, the head with what the inbox tells a moment later.
            wants_head = self.wants_head or time.perf_counter() - self.headed_at > HEAD_SECONDS
            path = f"/desk/c/{self.key}/lines/?after={self.after}" + ("" if wants_head else "&only=lines")
            self.headed_at = time.perf_counter() if wants_head else self.headed_at
            self.wants_head = False
            page = await asyncio.get_running_loop().run_in_executor(self.scene.threads, self._get, path)
            now = time.perf_counter()
            for told in re.findall(r"m-\d{7}", page):
                sent = self.scene.sent.get(told)
                if sent is not None and told not in _SHOWN:
                    _SHOWN.add(told)
                    self.scene.times["to_agent"].append(now - sent)
            self.after = max([self.after, *map(int, re.findall(r'data-line="(\d+)"', page))])

    def _get(self, path: str) -> str:
        self.http.request("GET", path, headers={"Cookie": self.cookie, "HX-Request": "true"})
        return self.http.getresponse().read().decode()

    async def _answer(self) -> None:
        number = 0
        await asyncio.sleep(self.number / AGENTS / REPLIES)
        while True:
            await asyncio.sleep(1 / REPLIES)
            number += 1
            text = f"a-{self.number:02}{number:05} We are looking into it."
            self.scene.sent[text[:9]] = time.perf_counter()
            await asyncio.get_running_loop().run_in_executor(self.scene.threads, self._post, text)

    def _post(self, text: str) -> None:
        token = (re.search(r"csrftoken=([^;]+)", self.cookie) or ["", ""])[1]
        body = f"text={text.replace(' ', '+')}&kind=reply&client_id={text[:9]}&csrfmiddlewaretoken={token}"
        headers = {
            "Cookie": self.cookie,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": token,
            "Referer": f"http://127.0.0.1:{self.scene.server.port}/desk/",
        }
        self.poster.request("POST", f"/desk/c/{self.key}/reply/", body, headers)
        answer = self.poster.getresponse()
        page = answer.read()
        if answer.status >= 300:
            sys.stderr.write(f"bench.chat: an answer was refused: {answer.status} {page[:200]!r}\n")


_SHOWN: set[str] = set()


def _conversation_of(text: str) -> tuple[str, int]:
    from ramah.conversations.models import Message

    message = Message.objects.select_related("conversation").get(text=text)
    return message.conversation.public_id, message.pk


if __name__ == "__main__":
    main()
