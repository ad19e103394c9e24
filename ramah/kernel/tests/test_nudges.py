import asyncio
import threading
import time
from contextlib import suppress

import pytest
from asgiref.sync import async_to_sync
from channels.layers import channel_layers, get_channel_layer
from django.db import transaction

from ramah.kernel import nudges

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(monkeypatch):
    """The way of nudges as it is in a new process."""
    made = nudges._Post()
    monkeypatch.setattr(nudges, "_post", made)
    return made


@pytest.fixture
def layer(settings):
    """Use a channel layer: `layer(backend, **config)`."""

    def use(backend, **config):
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": config}}
        channel_layers.backends.clear()

    yield use
    channel_layers.backends.clear()


class Server:
    """An event loop in a thread, with one consumer of `conversation:7`."""

    def __init__(self):
        self.heard, self.joined = [], threading.Event()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        with suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self._consume())
        self.loop.close()

    async def _consume(self):
        self.task = asyncio.current_task()
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(nudges.group_of("conversation:7"), channel)
        self.joined.set()
        while True:
            message = await layer.receive(channel)
            topic, payloads = message["topic"], message["payloads"]
            self.heard += [{"type": "nudge", "topic": topic, "payload": payload} for payload in payloads]

    def __enter__(self):
        self.thread.start()
        assert self.joined.wait(5)
        return self

    def __exit__(self, *exc):
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.thread.join(5)

    def wait_for(self, count):
        until = time.monotonic() + 5
        while len(self.heard) < count and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05)
        return self.heard


SAID = {"type": "nudge", "topic": "conversation:7", "payload": {"version": 3}}


@pytest.mark.django_db(transaction=True)
def test_nudges_of_any_thread_reach_the_sockets_of_the_one_process(post, layer):
    layer("channels.layers.InMemoryChannelLayer")
    with Server() as server:
        post.open(server.loop)

        threads = [threading.Thread(target=nudges.nudge, args=("conversation:7", {"version": 3})) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        nudges.nudge("conversation:8", {"version": 1})

        assert server.wait_for(5) == [SAID] * 5


@pytest.mark.django_db(transaction=True)
def test_a_nudge_goes_out_when_the_transaction_is_committed_and_never_when_it_is_rolled_back(post, layer):
    layer("channels.layers.InMemoryChannelLayer")
    with Server() as server:
        post.open(server.loop)
        with transaction.atomic():
            nudges.nudge("conversation:7", {"version": 3})
            time.sleep(0.05)
            assert server.heard == []
        assert server.wait_for(1) == [SAID]

        def command():
            with transaction.atomic():
                nudges.nudge("conversation:7", {"version": 4})
                raise RuntimeError

        with pytest.raises(RuntimeError):
            command()

        assert server.wait_for(1) == [SAID]


@pytest.mark.django_db(transaction=True)
def test_without_a_server_and_after_it_nudges_are_dropped(post, layer):
    layer("channels.layers.InMemoryChannelLayer")
    nudges.nudge("conversation:7")
    loop = asyncio.new_event_loop()
    post.open(loop)
    loop.close()

    nudges.nudge("conversation:7")
    post.close(loop)
    nudges.nudge("conversation:7")

    assert post.under_way == 0


@pytest.mark.django_db(transaction=True)
def test_what_a_loop_left_undone_does_not_hold_up_the_next(post, layer):
    layer("channels.layers.InMemoryChannelLayer")
    stopped = asyncio.new_event_loop()
    post.open(stopped)
    nudges.nudge("conversation:7", {"version": 2})
    post.close(stopped)
    stopped.close()

    with Server() as server:
        post.open(server.loop)
        nudges.nudge("conversation:7", {"version": 3})
        assert server.wait_for(1) == [SAID]


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_nudges_of_a_process_without_a_server_go_through_redis(post, layer, redis_url):
    layer("channels_redis.pubsub.RedisPubSubChannelLayer", hosts=[redis_url], prefix="test-nudges")
    with Server() as server:
        for _ in range(3):
            nudges.nudge("conversation:7", {"version": 3})

        assert server.wait_for(3) == [SAID] * 3


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_nobody_waits_nothing_is_raised_and_the_log_says_so_once(post, layer, free_port, caplog):
    layer("channels_redis.pubsub.RedisPubSubChannelLayer", hosts=[f"redis://127.0.0.1:{free_port}"])

    started = time.monotonic()
    for _ in range(nudges.MOST_UNDER_WAY * 2):
        nudges.nudge("conversation:7", {"version": 3})
    took = time.monotonic() - started

    until = time.monotonic() + 20
    while post.under_way and time.monotonic() < until:
        time.sleep(0.02)
    assert took < 20  # there are a thousand, and each that waited for Redis would take two seconds
    assert post.under_way == 0
    assert [record.getMessage() for record in caplog.records if record.name == nudges.__name__] == [
        "nudges are dropped; pages catch up when they are next fetched"
    ]


def test_topics_make_groups_that_both_layers_accept():
    async def join():
        layer = get_channel_layer()
        await layer.group_add(nudges.group_of("conversation:7"), await layer.new_channel())

    assert nudges.group_of("conversation:7") == "conversation.7"
    async_to_sync(join)()
