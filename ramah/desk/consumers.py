"""The desk's socket: it says that something changed, never what. The page fetches that through its own door."""

from typing import Any

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from ramah.accounts.models import User
from ramah.accounts.queries import agent_actor
from ramah.conversations.permissions import VIEW
from ramah.conversations.queries import visible_inboxes
from ramah.kernel.nudges import group_of

# Closing codes of our own: the page does not come back after these.
NOT_AN_AGENT = 4403


class DeskSocket(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels is not typed
    """Nudges of the inboxes and teams that the agent may see. What is sent to it is not read."""

    async def connect(self) -> None:
        """Join the groups of the agent's inboxes; refuse everybody else."""
        self.topics: list[str] = []
        topics = await sync_to_async(_topics)(self.scope.get("user"))
        if topics is None:
            await self.close(code=NOT_AN_AGENT)
            return
        self.topics = topics
        for topic in topics:
            await self.channel_layer.group_add(group_of(topic), self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        for topic in self.topics:
            await self.channel_layer.group_discard(group_of(topic), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Nothing is expected from the page."""

    async def nudge(self, message: dict[str, Any]) -> None:
        """Pass a nudge on: the public id of a conversation, nothing else."""
        await self.send_json({"conversation": message["payload"].get("conversation", "")})


def _topics(user: Any) -> list[str] | None:
    """Topics of an active agent who may see conversations; None for everybody else."""
    actor = agent_actor(user) if isinstance(user, User) else None
    if actor is None or not actor.may(VIEW):
        return None
    inboxes = visible_inboxes(actor).values_list("id", flat=True)
    teams = (f"team:{key}" for key in sorted(actor.team_ids))
    return [f"agent:{actor.agent_id}", *teams, *(f"inbox:{key}" for key in inboxes)]
