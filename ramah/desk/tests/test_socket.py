"""The socket says that something changed to those who may see it, and nothing else to anybody."""

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.urls import path

from ramah.accounts.testing import actor_of_agent, make_agent, make_team
from ramah.conversations.testing import make_inbox
from ramah.desk import consumers
from ramah.desk.consumers import NOT_AN_AGENT, DeskSocket
from ramah.desk.models import Presence
from ramah.desk.queries import waiting as queries
from ramah.kernel import clock
from ramah.kernel.nudges import group_of

pytestmark = pytest.mark.django_db(transaction=True)
application = URLRouter([path("desk/socket/", DeskSocket.as_asgi())])


class Socket(ApplicationCommunicator):
    """A page's end of the socket (channels' own needs a server that is not used here)."""

    async def connect(self):
        await self.send_input({"type": "websocket.connect"})
        return await self.receive_output()

    async def hear(self):
        return json.loads((await self.receive_output())["text"])

    async def leave(self):
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait()


def socket_of(user):
    return Socket(application, {"type": "websocket", "path": "/desk/socket/", "user": user, "headers": []})


async def tell(inbox, **payload):
    message = {"type": "nudge", "topic": f"inbox.{inbox.pk}", "payload": payload}
    await get_channel_layer().group_send(group_of(f"inbox.{inbox.pk}"), message)


def test_an_agent_hears_of_the_own_inboxes_only():
    care, returns = make_team("Care"), make_team("Returns")
    own, other = make_inbox(teams=[care]), make_inbox(teams=[returns])
    ben = make_agent(name="Ben", teams=[care])

    async def scene():
        socket = socket_of(ben.user)
        assert (await socket.connect())["type"] == "websocket.accept"
        await tell(other, conversation="hidden")
        await tell(own, conversation="01abc", text="Secret words")
        heard = await socket.hear()
        nothing_more = await socket.receive_nothing()
        await socket.leave()
        return heard, nothing_more

    assert async_to_sync(scene)() == ({"conversation": "01abc"}, True)


def test_an_owner_hears_of_every_inbox():
    inbox, ada = make_inbox(), make_agent(name="Ada", role="owner")

    async def scene():
        socket = socket_of(ada.user)
        await socket.connect()
        await tell(inbox, conversation="01abc")
        heard = await socket.hear()
        await socket.leave()
        return heard

    assert async_to_sync(scene)() == {"conversation": "01abc"}


@pytest.mark.parametrize("who", ["stranger", "former agent", "plain user"])
def test_others_are_refused(who):
    agent = make_agent(name="Ben", is_active=who != "former agent")
    user = AnonymousUser() if who == "stranger" else agent.user
    if who == "plain user":
        agent.delete()

    async def scene():
        return await socket_of(user).connect()

    assert async_to_sync(scene)() == {"type": "websocket.close", "code": NOT_AN_AGENT}


JUNK = [
    "not json {",
    "[]",
    "null",
    "[" * 2000,
    '{"type": "alive", "x": "' + "x" * 5000 + '"}',
    '{"type": "nudge", "topic": "inbox:1", "payload": {}}',
    '{"type": "typing"}',
    '{"type": "typing", "conversation": 7}',
    '{"type": "typing", "conversation": {"a": 1}}',
    '{"type": "watch", "conversation": "' + "0" * 26 + '"}',
    '{"type": ["alive"]}',
]


def test_what_a_page_may_not_say_is_passed_over(cast):
    Presence.objects.create(agent=cast.ben, chosen="online", heard_at=clock.now(), changed_at=clock.now())

    async def scene():
        socket = socket_of(cast.ben.user)
        await socket.connect()
        for text in JUNK:
            await socket.send_input({"type": "websocket.receive", "text": text})
        await socket.send_input({"type": "websocket.receive", "bytes": b"\x00\xff"})
        quiet = await socket.receive_nothing(timeout=0.2)
        await tell(cast.inbox, conversation="01abc")
        heard = await socket.hear()
        await socket.leave()
        return quiet, heard

    assert async_to_sync(scene)() == (True, {"conversation": "01abc"})


def presence(agent, *, after=0):
    return queries.presence_of(actor_of_agent(agent), at=clock.now() + timedelta(seconds=after))


def chose(agent, chosen="online", *, ago=3600):
    long_ago = clock.now() - timedelta(seconds=ago)
    Presence.objects.create(agent=agent, chosen=chosen, heard_at=long_ago, changed_at=long_ago)


def test_a_page_that_opens_makes_its_agent_present_and_one_that_is_gone_absent(cast):
    chose(cast.ben)
    assert presence(cast.ben) == "offline"

    async def scene():
        socket = socket_of(cast.ben.user)
        await socket.connect()
        await socket.leave()

    async_to_sync(scene)()
    assert presence(cast.ben) == "online"
    assert presence(cast.ben, after=44) == "online"
    assert presence(cast.ben, after=45) == "offline"


@pytest.mark.parametrize("answers", [True, False])
def test_a_page_is_asked_and_counts_only_while_it_answers(cast, monkeypatch, answers):
    chose(cast.ben, "away")
    monkeypatch.setattr(consumers, "ASKED_EVERY", timedelta(seconds=0.05))

    async def scene():
        socket = socket_of(cast.ben.user)
        await socket.connect()
        await sync_to_async(Presence.objects.update)(heard_at=clock.now() - timedelta(hours=1))
        asked = await socket.hear()
        if answers:
            await socket.send_input({"type": "websocket.receive", "text": '{"type": "alive"}'})
            await asyncio.sleep(0.3)
        await socket.leave()
        return asked

    assert async_to_sync(scene)() == {"ask": "alive"}
    assert presence(cast.ben) == ("away" if answers else "offline")


def test_of_two_pages_one_is_enough(cast):
    chose(cast.ben)

    async def scene():
        first, second = socket_of(cast.ben.user), socket_of(cast.ben.user)
        await first.connect()
        await second.connect()
        await first.leave()
        await sync_to_async(Presence.objects.update)(heard_at=clock.now() - timedelta(seconds=40))
        await second.send_input({"type": "websocket.receive", "text": '{"type": "alive"}'})
        await asyncio.sleep(0.2)
        await second.leave()

    async_to_sync(scene)()
    assert presence(cast.ben, after=40) == "online"


def test_nothing_is_noted_of_one_who_never_chose(cast):
    async def scene():
        socket = socket_of(cast.ben.user)
        await socket.connect()
        await socket.leave()

    async_to_sync(scene)()
    assert not Presence.objects.exists()


def frame(kind, conversation):
    return {"type": "websocket.receive", "text": json.dumps({"type": kind, "conversation": conversation.public_id})}


def test_typing_is_heard_by_colleagues_and_the_visitor_and_not_too_often(cast, chats):
    conversation = chats.chat()

    async def scene():
        layer = get_channel_layer()
        visitor = await layer.new_channel()
        await layer.group_add(group_of(f"chat:{conversation.pk}"), visitor)
        ben, colleague, stranger = (socket_of(agent.user) for agent in (cast.ben, cast.ada, cast.cleo))
        for socket in (ben, colleague, stranger):
            await socket.connect()
        await stranger.send_input(frame("typing", conversation))
        for _ in range(5):
            await ben.send_input(frame("typing", conversation))
        told = await asyncio.wait_for(layer.receive(visitor), 5)
        heard = await colleague.hear()
        quiet = [await socket.receive_nothing(timeout=0.2) for socket in (ben, colleague, stranger)]
        for socket in (ben, colleague, stranger):
            await socket.leave()
        return told["payload"], heard, quiet

    told, heard, quiet = async_to_sync(scene)()
    assert told == {"kind": "typing", "by": "agent", "name": "Ben"}
    assert heard == {"conversation": conversation.public_id, "typing": "Ben", "colleague": True}
    assert quiet == [True, True, True]


def test_the_open_conversation_is_heard_of_and_no_other(cast, chats):
    opened, other = chats.chat(), chats.chat("Eli")

    async def say(topic, **payload):
        message = {"type": "nudge", "topic": topic, "payload": payload}
        await get_channel_layer().group_send(group_of(topic), message)

    async def scene():
        socket, stranger = socket_of(cast.ben.user), socket_of(cast.cleo.user)
        for one in (socket, stranger):
            await one.connect()
            await one.send_input(frame("watch", opened))
        await asyncio.sleep(0.3)
        await say(f"chat:{other.pk}", kind="typing", by="visitor")
        await say(f"chat:{opened.pk}", kind="typing", by="visitor")
        await say(f"chat:{opened.pk}", kind="typing", by="agent", name="Ben")
        await say(f"chat:{opened.pk}", kind="visitor")
        await say(f"chat:{opened.pk}", kind="read", by="visitor", upto=7)
        await say(f"conversation:{opened.pk}", message=9)
        heard = [await socket.hear() for _ in range(5)]
        await socket.send_input(frame("watch", other))
        heard.append(await socket.hear())
        await say(f"chat:{opened.pk}", kind="visitor")
        quiet = [await one.receive_nothing(timeout=0.2) for one in (socket, stranger)]
        for one in (socket, stranger):
            await one.leave()
        return heard, quiet

    heard, quiet = async_to_sync(scene)()
    here = opened.public_id
    assert heard == [
        {"conversation": here, "line": 0},  # what was said since the page was made is fetched
        {"conversation": here, "typing": "visitor"},
        {"conversation": here, "kind": "visitor"},
        {"conversation": here, "kind": "read"},
        {"conversation": here, "line": 9},
        {"conversation": other.public_id, "line": 0},
    ]
    assert quiet == [True, True]
