"""What providers post, taken in: how many signed posts of each the running shop stores in a second, and how long they take to read.

Floor: the same server answers /healthz to the same client in the same run. The worker reads what is taken in meanwhile, in the same
process, as in a small shop. Providers are the simulators of the product; everything runs on this machine.
"""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, count
from typing import Any
from urllib.parse import urlencode

from bench import ground
from bench.process import Process, free_port

COUNT = int(ground.OPTIONS.get("hooks") or 2000)
CONNECTIONS, PEOPLE = 8, 200
WORDS = "Halo, paket saya belum sampai padahal sudah seminggu. Mohon bantuannya, terima kasih banyak."
SECRETS = {name: f"{name}-of-the-bench" for name in ("app_secret", "access_token", "webhook_secret", "auth_token")}
SECRETS["bot_token"] = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@dataclass(frozen=True, slots=True)
class Post:
    """One request, made ready before the clock runs."""

    path: str
    body: bytes = b""
    headers: dict[str, str] | None = None


def main() -> None:
    """Each provider, with its floor."""
    ground.start()
    with ExitStack() as stack:
        server = stack.enter_context(Process("ramah.config.cli", free_port(), "run"))
        server.until_up()
        for name, provider in PROVIDERS.items():
            posts = provider(stack, f"http://127.0.0.1:{server.port}")
            play(server.port, [next(posts) for _ in range(20)])
            measure(name, server, [next(posts) for _ in range(COUNT)])
    check((COUNT + 20) * len(PROVIDERS))


def measure(name: str, server: Process, posts: list[Post]) -> None:
    """Print posts a second until all were stored, and until all were read; and what each costs the server until it is read."""
    until_read()
    port = server.port
    floor, _slowest = play(port, [Post("/healthz")] * len(posts))
    begun, used = time.perf_counter(), server.cpu_seconds
    rate, slowest = play(port, posts)
    ground.figure(f"hooks.{name}", rate, "posts/s", floor=floor, p99_ms=round(slowest * 1000, 1))
    until_read()
    ground.figure(f"hooks.{name}.read", len(posts) / (time.perf_counter() - begun), "posts/s", floor=floor)
    ground.figure(f"hooks.{name}.cpu", (server.cpu_seconds - used) / len(posts) * 1000, "ms/post", floor=0)


def play(port: int, posts: list[Post]) -> tuple[float, float]:
    """Posts a second over several connections, and the 99th percentile of their times. All must be answered 200."""

    def post(share: list[Post]) -> list[float]:
        line, times = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
        for one in share:
            begun = time.perf_counter()
            line.request("POST" if one.body else "GET", one.path, one.body or None, one.headers or {})
            answer = line.getresponse()
            said = answer.read()
            times.append(time.perf_counter() - begun)
            if answer.status != 200:
                raise SystemExit(f"bench.hooks: {one.path} was answered {answer.status} {said[:200]!r}")
        line.close()
        return times

    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        shares = threads.map(post, [posts[n::CONNECTIONS] for n in range(CONNECTIONS)])
        times = sorted(chain.from_iterable(shares))
    return len(posts) / (time.perf_counter() - begun), times[int(len(times) * 0.99)]


def until_read() -> None:
    """Wait until the worker has read all that was taken in."""
    from ramah.channels.models import IntakeItem

    while IntakeItem.objects.filter(state=IntakeItem.State.WAITING).exists():
        time.sleep(0.1)


def check(expected: int) -> None:
    """A figure over posts that were lost would be worth nothing."""
    from ramah.channels.queries import intake_sum

    total = intake_sum()
    if not total.closes or total.accepted != expected:
        raise SystemExit(f"bench.hooks: the intake does not close: {total}")


def make_account(channel: str, address: str, simulator: Any, **settings: str) -> None:
    """An inbox of the channel, at the simulated provider."""
    from ramah.channels.models import ChannelAccount
    from ramah.conversations.testing import make_inbox

    inbox = make_inbox(channel, channel=channel, address=address)
    secrets: Any = SECRETS
    url = getattr(simulator, "api_url", simulator.url)
    ChannelAccount.objects.create(inbox=inbox, credentials=secrets, settings={**settings, "api_url": url})


def signed(simulator: Any, path: str, fields: object) -> Post:
    """A post in JSON, as this provider signs it."""
    body = json.dumps(fields).encode()
    return Post(path, body, {"Content-Type": "application/json", **simulator.signed(body)})


def whatsapp(stack: ExitStack, _url: str) -> Iterator[Post]:
    """One message in each post, from many customers in turn."""
    from ramah.channels.simulators import whatsapp_payloads as payloads
    from ramah.channels.simulators.whatsapp import WhatsAppSimulator

    meta = WhatsAppSimulator(app_secret=SECRETS["app_secret"], access_token=SECRETS["access_token"])
    stack.enter_context(meta)
    make_account("whatsapp", "+628111000000", meta, phone_number_id=meta.phone_number_id)
    for number in count():
        phone = f"62812{number % PEOPLE:08}"
        said = payloads.text(phone, meta.next_wamid(phone), int(time.time()), f"{WORDS} {number}")
        yield signed(meta, "/hooks/whatsapp/whatsapp", meta.hook(said))


def of_meta(channel: str) -> Callable[[ExitStack, str], Iterator[Post]]:
    """The same for a page, or its Instagram account."""

    def posts(stack: ExitStack, _url: str) -> Iterator[Post]:
        from ramah.channels.simulators import messenger_payloads as payloads
        from ramah.channels.simulators.messenger import MessengerSimulator

        app_secret, token, is_instagram = SECRETS["app_secret"], SECRETS["access_token"], channel == "instagram"
        meta = MessengerSimulator(app_secret=app_secret, access_token=token, is_instagram=is_instagram)
        stack.enter_context(meta)
        make_account(channel, f"{channel}:1", meta, page_id=meta.page_id, instagram_id=meta.instagram_id)
        for number in count():
            now, sender = int(time.time() * 1000), f"7{number % PEOPLE:015}"
            said = payloads.text(sender, meta.owner, now, meta.next_mid(), f"{WORDS} {number}")
            yield signed(meta, f"/hooks/{channel}/{channel}", meta.hook(said))

    return posts


def telegram(stack: ExitStack, _url: str) -> Iterator[Post]:
    """One message in each update."""
    from ramah.channels.simulators import telegram_payloads as payloads
    from ramah.channels.simulators.telegram import TelegramSimulator

    bot = stack.enter_context(TelegramSimulator(token=SECRETS["bot_token"], secret=SECRETS["webhook_secret"]))
    make_account("telegram", "@bench_bot", bot)
    for number in count():
        sender = payloads.user(500_000_000 + number % PEOPLE)
        said = payloads.text(sender, bot.next_message_id(), int(time.time()), f"{WORDS} {number}")
        yield signed(bot, "/hooks/telegram/telegram", bot.update("message", said))


def twilio(stack: ExitStack, url: str) -> Iterator[Post]:
    """How calls stand, in turn; the first post of each begins it."""
    from ramah.channels.simulators.twilio import TwilioSimulator

    sid = "AC00000000000000000000000000000001"
    exchange = stack.enter_context(TwilioSimulator(auth_token=SECRETS["auth_token"], account_sid=sid))
    make_account("phone", exchange.number, exchange, account_sid=sid)
    path, calls = "/hooks/phone/phone/status", [exchange.next_sid("CA") for _ in range(PEOPLE)]
    for number in count():
        told = {"CallSid": calls[number % PEOPLE], "AccountSid": sid, "From": f"+62812{number % PEOPLE:08}"}
        told |= {"To": exchange.number, "CallStatus": "in-progress", "Direction": "inbound"}
        told["SequenceNumber"] = str(number // PEOPLE)
        headers = {"X-Twilio-Signature": exchange.signature(url + path, told)}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        yield Post(path, urlencode(told).encode(), headers)


PROVIDERS: dict[str, Callable[[ExitStack, str], Iterator[Post]]] = {
    "whatsapp": whatsapp,
    "messenger": of_meta("messenger"),
    "instagram": of_meta("instagram"),
    "telegram": telegram,
    "twilio": twilio,
}

if __name__ == "__main__":
    main()
