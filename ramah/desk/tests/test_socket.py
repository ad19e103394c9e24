"""The socket says that something changed to those who may see it, and nothing else to anybody."""

import json

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.urls import path

from ramah.accounts.testing import make_agent, make_team
from ramah.conversations.testing import make_inbox
from ramah.desk.consumers import NOT_AN_AGENT, DeskSocket
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


def test_what_a_page_sends_is_not_read():
    ben = make_agent(name="Ben")

    async def scene():
        socket = socket_of(ben.user)
        await socket.connect()
        await socket.send_input({"type": "websocket.receive", "text": "not json {"})
        await socket.send_input({"type": "websocket.receive", "bytes": b"\x00\xff"})
        quiet = await socket.receive_nothing(timeout=0.05)
        await socket.leave()
        return quiet

    assert async_to_sync(scene)()
