"""The desk's socket: it says that something changed, never what. The page fetches that through its own door. A frame is one such
fact, or a list of them.

It reads three frames of the page, and passes over everything else: `alive`, the answer to being asked whether the page is still
there; `typing` in a conversation; `watch`, which conversation is open in the page.
"""

import asyncio
import contextlib
import json
import logging
import time
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import DatabaseError

from ramah.accounts.models import User
from ramah.accounts.queries import AgentActor, agent_actor
from ramah.conversations.commands.announcing import conversation_topic
from ramah.conversations.permissions import VIEW
from ramah.conversations.queries import conversation_for, visible_inboxes
from ramah.desk.commands.presence import hear_page
from ramah.desk.presence import ASKED_EVERY
from ramah.desk.queries import is_live
from ramah.kernel import clock
from ramah.kernel.actors import NotVisible
from ramah.kernel.nudges import group_of
from ramah.kernel.sockets import Listening

# Closing codes of our own: the page does not come back after these.
NOT_AN_AGENT = 4403
LONGEST_FRAME = 4096
TYPING_PAUSE = 3.0
MOST_KNOWN = 50
GATHERED_SECONDS = 0.1
# What a page hears of, besides the public id of the conversation.
_PASSED_ON = ("typing", "offer", "presence", "call")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    """A conversation that the agent may open, checked once; `typed_at` is when the last typing was passed on."""

    key: int
    inbox_id: int
    is_live: bool
    typed_at: float = -TYPING_PAUSE


class DeskSocket(Listening, AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels is not typed
    """Nudges of the inboxes and teams that the agent may see, and of the conversation that is open."""

    async def connect(self) -> None:
        """Join the groups of the agent's inboxes; refuse everybody else."""
        self.topics: list[str] = []
        self.watched: tuple[str, int] = ("", 0)
        self.known: dict[str, _Known] = {}
        self.asking: asyncio.Task[None] | None = None
        self.changed: dict[str, None] = {}
        self.telling: asyncio.Task[None] | None = None
        actor, topics = await database_sync_to_async(_who_and_topics)(self.scope.get("user"))
        if actor is None:
            await self.close(code=NOT_AN_AGENT)
            return
        self.actor, self.topics = actor, topics
        for topic in topics:
            await self.channel_layer.group_add(group_of(topic), self.channel_name)
        await self.accept()
        await self._hear()
        self.asking = asyncio.create_task(self._ask())

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        for task in (self.asking, self.telling):
            if task is not None:
                task.cancel()
        for topic in [*self.topics, *self._watched_topics()]:
            await self.channel_layer.group_discard(group_of(topic), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """One of the three frames; whatever else comes is passed over."""
        if not text_data or len(text_data) > LONGEST_FRAME:
            return
        try:
            frame = json.loads(text_data)
        except (ValueError, RecursionError):
            return
        if not isinstance(frame, dict):
            return
        public_id = frame.get("conversation")
        kind = frame.get("type")
        if kind == "alive":
            await self._hear()
        elif kind in ("typing", "watch") and isinstance(public_id, str) and len(public_id) <= 26:
            await (self._type(public_id) if kind == "typing" else self._watch(public_id))

    async def nudge(self, message: dict[str, Any]) -> None:
        """Pass a nudge on: the public id of a conversation, and of what kind it is; nothing else."""
        topic, payload = str(message.get("topic", "")), message["payload"]
        public_id, key = self.watched
        if public_id and topic == conversation_topic(key):
            await self.send_json({"conversation": public_id, "line": payload.get("message", 0)})
        elif public_id and topic == f"chat:{key}":
            if payload.get("by") != "agent":  # what agents do is heard through the inbox
                typing = {"typing": "visitor"} if payload.get("kind") == "typing" else {"kind": payload.get("kind", "")}
                await self.send_json({"conversation": public_id, **typing})
        elif payload.get("by") is None or payload.get("by") != self.actor.agent_id:
            passed_on = {name: payload[name] for name in _PASSED_ON if name in payload}
            if "typing" in passed_on and "by" in payload:
                passed_on["colleague"] = True
            public_id = payload.get("conversation", "")
            if passed_on or not public_id:
                await self.send_json({"conversation": public_id, **passed_on})
            else:
                await self._tell_changed(public_id)

    async def _tell_changed(self, public_id: str) -> None:
        """The first change is told at once; what changes within a moment of it comes in one frame, a list."""
        if self.telling is not None:
            self.changed[public_id] = None
            return
        self.telling = asyncio.create_task(self._tell_gathered())
        await self.send_json({"conversation": public_id})

    async def _tell_gathered(self) -> None:
        try:
            await asyncio.sleep(GATHERED_SECONDS)
            while self.changed:
                changed, self.changed = self.changed, {}
                await self.send_json([{"conversation": public_id} for public_id in changed])
                await asyncio.sleep(GATHERED_SECONDS)
        except Exception as error:  # the page is gone: `disconnect` follows
            _log.info("a page was not told", extra={"error": type(error).__name__})
        finally:
            self.telling = None

    async def _ask(self) -> None:
        # The page answers from its message handler, which browsers leave alone; timers of hidden tabs they slow down.
        while True:
            await asyncio.sleep(ASKED_EVERY.total_seconds())
            await self.send_json({"ask": "alive"})

    async def _hear(self) -> None:
        try:
            await database_sync_to_async(hear_page)(agent_id=self.actor.agent_id, at=clock.now())
        except DatabaseError:  # it comes back; the agent is asked again
            _log.warning("a page of an agent was not noted", exc_info=True)

    async def _known(self, public_id: str) -> _Known | None:
        known = self.known.get(public_id)
        if known is None:
            known = await database_sync_to_async(_conversation)(self.scope["user"], public_id)
            if known is not None:  # what is closed now may be given to the agent later
                if len(self.known) >= MOST_KNOWN:
                    self.known.clear()
                self.known[public_id] = known
        return known

    async def _type(self, public_id: str) -> None:
        known = await self._known(public_id)
        if known is None or time.monotonic() - known.typed_at < TYPING_PAUSE:
            return
        known.typed_at = time.monotonic()
        name = self.actor.name
        if known.is_live:
            await self._tell(f"chat:{known.key}", {"kind": "typing", "by": "agent", "name": name})
        facts = {"conversation": public_id, "typing": name, "by": self.actor.agent_id}
        await self._tell(f"inbox:{known.inbox_id}", facts)

    async def _watch(self, public_id: str) -> None:
        known = await self._known(public_id) if public_id else None
        for topic in self._watched_topics():
            await self.channel_layer.group_discard(group_of(topic), self.channel_name)
        self.watched = (public_id, known.key) if known is not None else ("", 0)
        for topic in self._watched_topics():
            await self.channel_layer.group_add(group_of(topic), self.channel_name)
        if known is not None:  # what was said between the making of the page and now is fetched
            await self.send_json({"conversation": public_id, "line": 0})

    def _watched_topics(self) -> list[str]:
        key = self.watched[1]
        return [conversation_topic(key), f"chat:{key}"] if key else []

    async def _tell(self, topic: str, payload: dict[str, Any]) -> None:
        with contextlib.suppress(Exception):  # Redis may be away; a lost nudge costs nothing
            message = {"type": "nudge", "topic": topic, "payload": payload}
            await asyncio.wait_for(self.channel_layer.group_send(group_of(topic), message), 2)


def _who_and_topics(user: Any) -> tuple[AgentActor | None, list[str]]:
    """An active agent who may see conversations, with the topics to hear; (None, []) for everybody else."""
    actor = agent_actor(user) if isinstance(user, User) else None
    if actor is None or not actor.may(VIEW):
        return None, []
    inboxes = visible_inboxes(actor).values_list("id", flat=True)
    teams = (f"team:{key}" for key in sorted(actor.team_ids))
    return actor, [f"agent:{actor.agent_id}", *teams, *(f"inbox:{key}" for key in inboxes)]


def _conversation(user: User, public_id: str) -> _Known | None:
    """The conversation, if the agent may open it now."""
    actor = agent_actor(user)
    if actor is None:
        return None
    try:
        row = conversation_for(actor, public_id=public_id)
    except NotVisible:
        return None
    return _Known(row.pk, row.inbox_id, is_live(row))
