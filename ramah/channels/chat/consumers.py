"""The socket of a visitor's page.

1. `hello` comes first; then the socket is in the groups of its visitor and conversation, and only then lines are read, so that
   none falls in between.
2. A message is acknowledged when the transaction that holds it is committed, with the line as it stands.
3. A nudge says that there are lines, never which: they are read after the last one that this page has, in their order.
"""

import asyncio
import contextlib
import logging
import time
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import translation

from ramah.channels.chat import acting, answering, visiting
from ramah.channels.chat.frames import LARGEST_KEY, Refusal, client_id_of, key_of, read_frame, said_in
from ramah.channels.chat.here import here
from ramah.channels.chat.limits import most_at_once, neighborhood
from ramah.channels.chat.origins import is_welcome
from ramah.channels.chat.queries import Place, Widget, thread_after, widget_at
from ramah.channels.chat.saying import Said, Saying
from ramah.channels.chat.wire import Wire
from ramah.channels.group_commit import LineIsFull
from ramah.kernel import clock
from ramah.kernel.actors import NotVisible
from ramah.kernel.nudges import group_of

FLOOD, NO_HELLO, REFUSED, UNKNOWN, FORGOTTEN, TOO_MANY = 4400, 4401, 4403, 4404, 4410, 4429
MOST_SAYING = 20  # messages of one page on their way into the database
MOST_OWN = 40  # own lines told out of turn, before all are read anew
FRAMES, FRAMES_SECONDS = 200, 10.0
MOST_BAD = 20
TYPING_SECONDS = 3.0
_log = logging.getLogger(__name__)


class ChatSocket(Wire):
    """One open page of one visitor."""

    visitor_id = 0
    visitor_key = ""
    inbox_id = 0
    language = "en"
    conversation_id = 0
    conversation_key = ""
    newest = 0
    page: dict[str, str] | None = None
    _widget: Widget | None = None
    _address = ""
    _own: set[int] | None = None
    _told: list[int] | None = None
    _saying = 0
    _frames = _bad = 0
    _frames_since = 0.0
    _typed_at = 0.0
    has_said_hello = False
    heard_at = 0.0

    async def connect(self) -> None:
        """Let the page in, where its site may show this chat, and wait for its hello."""
        self.heard_at = time.monotonic()
        all_here = here()
        self._address = str((self.scope.get("client") or ("",))[0])
        near = neighborhood(self._address)
        await self.accept()
        all_here.of_address[near] += 1
        all_here.sockets.add(self)
        if all_here.of_address[near] > most_at_once("sockets_of_address"):
            await self.end(TOO_MANY, "too_many")
            return
        key = self.scope["url_route"]["kwargs"]["inbox_key"]
        try:
            self._widget = await all_here.ask(partial(widget_at, key))
        except NotVisible:
            await self.end(UNKNOWN, "unknown")
            return
        except Exception:
            _log.warning("the database is away; the page comes back", exc_info=True)
            await self.end(1013, "try_again")
            return
        if not is_welcome(self._origin(), self._widget):
            await self.end(REFUSED, "origin")

    def _origin(self) -> str:
        found = (value for name, value in self.scope["headers"] if name == b"origin")
        return next(found, b"").decode("latin-1")

    async def disconnect(self, code: int) -> None:
        """Leave the groups, and say that the visitor has gone when this was their last page here."""
        self._is_over = True
        all_here = here()
        all_here.sockets.discard(self)
        near = neighborhood(self._address)
        all_here.of_address[near] -= 1
        if all_here.of_address[near] <= 0:
            del all_here.of_address[near]
        for topic in self._topics():
            await self.channel_layer.group_discard(group_of(topic), self.channel_name)
        self._cancel()
        if self.visitor_id:
            all_here.of_visitor[self.visitor_id] -= 1
            if all_here.of_visitor[self.visitor_id] <= 0:
                del all_here.of_visitor[self.visitor_id]
                gone_at = clock.now()
                with contextlib.suppress(Exception):  # they count as gone a moment later anyway
                    await all_here.ask(partial(visiting.note_gone, visitor_id=self.visitor_id, at=gone_at))

    def _topics(self) -> list[str]:
        topics = [f"visitor:{self.visitor_id}"] if self.visitor_id else []
        if self.conversation_id:
            topics += [f"conversation:{self.conversation_id}", f"chat:{self.conversation_id}"]
        return topics

    # From the page

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Take a frame; answer what is wrong with it."""
        if self._is_over:
            return
        self.heard_at = now = time.monotonic()
        if now - self._frames_since > FRAMES_SECONDS:
            self._frames, self._frames_since = 0, now
        self._frames += 1
        if self._frames > FRAMES:
            await self.end(FLOOD, "too_many")
            return
        frame: dict[str, Any] = {}
        try:
            frame = read_frame(text_data)
            if not self.visitor_id and frame["type"] != "hello":
                await self.end(NO_HELLO, "hello")
                return
            await self._take(frame)
        except Refusal as refusal:
            await self._refuse(refusal)
        except Exception:
            _log.exception("a frame could not be taken")
            if frame.get("type") == "hello":  # nothing goes without it; the page comes back
                await self.end(1013, "try_again")
                return
            await self._refuse(Refusal("try_again", client_id_of(frame), wait=2))

    async def _refuse(self, refusal: Refusal) -> None:
        self._bad += refusal.why == "unknown" or (refusal.why == "too_long" and not refusal.id)
        if self._bad > MOST_BAD:
            await self.end(FLOOD, "unknown")
            return
        with translation.override(self.language):
            self._push(refusal.frame())

    async def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "ping":
                self._push({"type": "pong"})
                self._wants_lines |= bool(self.conversation_id)  # a nudge may have been lost
            case "hello":
                await self._hello(frame)
            case "say":
                self._start_saying(frame)
            case "typing":
                await self._typing()
            case "page":
                self.page = {"url": answering.page_in(frame).url, "title": answering.page_in(frame).title}
                self._do(self._ask(visiting.turn_to_page, visitor_id=self.visitor_id, page=answering.page_in(frame)))
            case "read":
                at = clock.now()
                self._do(self._ask(visiting.read_up_to, visitor_id=self.visitor_id, upto=key_of(frame, "upto"), at=at))
            case _:
                self._do(self._act(frame))

    async def _ask(self, question: Any, **facts: Any) -> Any:
        return await here().ask(partial(question, **facts))

    async def _caring(self, work: Any) -> None:
        try:
            await work
        except Refusal as refusal:
            await self._refuse(refusal)
        except Exception:
            _log.exception("what a page asked for failed")
            await self._refuse(Refusal("try_again", wait=2))

    async def _act(self, frame: dict[str, Any]) -> None:
        told = await self._ask(
            acting.act, visitor_id=self.visitor_id, frame=frame, language=self.language, at=clock.now()
        )
        if told is not None:
            self._push(told)

    async def _hello(self, frame: dict[str, Any]) -> None:
        if self.visitor_id:  # it asks for what it has missed
            self.newest = answering.after_in(frame)
            self._own, self._wants_lines = None, True
            self._start()
            return
        self.has_said_hello = True
        widget, self._widget = self._widget, None
        if widget is None:  # it is being ended, or says hello twice at once
            return
        self.language = widget.language(str(frame.get("language"))[:20])
        at = clock.now()
        arrive = partial(answering.arrive, widget, frame, address=self._address, is_connected=True, at=at)
        try:
            arrival = await here().ask(arrive)
        except visiting.Forgotten:
            await self.end(FORGOTTEN, "forgotten")
            return
        except Refusal as refusal:
            await self._refuse(refusal)
            await self.end(TOO_MANY, refusal.why)
            return
        await self._begin(widget, arrival, after=answering.after_in(frame), at=at)

    async def _begin(self, widget: Widget, arrival: visiting.Arrival, *, after: int, at: datetime) -> None:
        visitor = arrival.visitor
        here().of_visitor[visitor.pk] += 1
        self.visitor_id, self.visitor_key, self.inbox_id = visitor.pk, visitor.public_id, widget.inbox.pk
        self.language = visitor.language or self.language
        if here().of_visitor[visitor.pk] > most_at_once("sockets_of_visitor"):
            await self.end(TOO_MANY, "too_many")
            return
        if visitor.page_url:
            self.page = {"url": visitor.page_url, "title": visitor.page_title}
        await self._join(f"visitor:{visitor.pk}")
        await self._enter(visitor.conversation_id or 0)
        met = await here().ask(partial(answering.meet, widget, arrival, after=after, at=at))
        self.conversation_key = met.conversation.public_id if met.conversation else ""
        self.newest = met.welcome["newest"]
        self._push(met.welcome)
        if met.refusal:
            self._push(met.refusal)
        if self.conversation_id:
            await self._tell_desk({"kind": "visitor"})
        # What the page sent at first is not needed again: its headers would stay as long as the page.
        self.scope = {name: self.scope.get(name) for name in ("type", "path", "hang_up")}

    async def _join(self, topic: str) -> None:
        await self.channel_layer.group_add(group_of(topic), self.channel_name)

    async def _enter(self, conversation_id: int) -> None:
        if conversation_id == self.conversation_id:
            return
        for topic in self._topics()[1:]:
            await self.channel_layer.group_discard(group_of(topic), self.channel_name)
        self.conversation_id, self.conversation_key = conversation_id, ""
        for topic in self._topics()[1:]:
            await self._join(topic)

    def _start_saying(self, frame: dict[str, Any]) -> None:
        client_id, text = said_in(frame)
        if self._saying >= MOST_SAYING:
            raise Refusal("too_fast", client_id, wait=1)
        saying = Saying(
            self.visitor_id, self.inbox_id, self.visitor_key, client_id, text, clock.now(), page=self.page or {}
        )
        self._do(self._say(saying), client_id)
        self._saying += 1

    async def _say(self, saying: Saying) -> None:
        try:
            said = await here().line.store(saying)
        except LineIsFull:
            said = Said(why="try_again", wait=5)
        finally:
            self._saying -= 1
        if said.why == "forgotten":
            await self.end(FORGOTTEN, "forgotten")
            return
        if said.conversation_id and said.conversation_id != self.conversation_id:
            await self._enter(said.conversation_id)
            self._wants_lines = True  # nobody nudged us into the new one
        if said.message_id:
            self._own = self._own or set()
            self._own.add(said.message_id)
            self._wants_lines |= len(self._own) > MOST_OWN
        if self._told and not self._saying:
            self._wants_lines |= any(key > self.newest and key not in (self._own or ()) for key in self._told)
            self._told = None
        self._push(answering.said_frame(said, saying.client_id, self.language))

    async def _typing(self) -> None:
        now = time.monotonic()
        if not self.conversation_id or now - self._typed_at < TYPING_SECONDS:
            return
        self._typed_at = now
        await self._tell_desk({"kind": "typing", "by": "visitor"})
        if not self.conversation_key:
            self.conversation_key = await here().ask(partial(acting.public_id_of, self.conversation_id))
        facts = {"conversation": self.conversation_key, "typing": "visitor"}
        await self._tell(f"inbox:{self.inbox_id}", facts)

    async def _tell_desk(self, payload: dict[str, Any]) -> None:
        await self._tell(f"chat:{self.conversation_id}", payload)

    async def _tell(self, topic: str, payload: dict[str, Any]) -> None:
        message = {"type": "nudge", "topic": topic, "payload": payload}
        with contextlib.suppress(Exception):  # Redis is away: nobody sees that somebody types
            await asyncio.wait_for(self.channel_layer.group_send(group_of(topic), message), 2)

    # To the page

    async def nudge(self, message: dict[str, Any]) -> None:
        """Something has changed. Never waits for the page."""
        if self._is_over:
            return
        topic, payload = message["topic"], message["payload"]
        if topic.startswith("conversation:"):
            self._hear_of_line(int(payload.get("message") or 0))
        elif topic.startswith("visitor:"):
            await self._enter(int(payload.get("conversation") or 0))
            self._hear_of_line(LARGEST_KEY)  # which are new is not said
        else:
            self._hear_of_chat(payload)

    def _hear_of_line(self, key: int) -> None:
        if key <= self.newest or key in (self._own or ()):  # 0: something else than a line has changed
            return
        if not self._saying:
            self._want_lines()
        else:  # it may be ours, which is just being stored
            self._told = [*(self._told or ()), key]

    def _hear_of_chat(self, payload: dict[str, Any]) -> None:
        match payload.get("kind"):
            case "typing" if payload.get("by") == "agent":
                self._push({"type": "typing", "name": str(payload.get("name") or "").split(" ")[0]})
            case "read" if payload.get("by") == "agent":
                self._push({"type": "read", "upto": payload.get("upto") or 0})
            case "agent":
                self._push({"type": "agent", "name": str(payload.get("name") or "")})
            case "queue":
                with contextlib.suppress(Refusal):
                    self._do(self._tell_place())

    async def _tell_place(self) -> None:
        self._push(await here().ask(partial(acting.place_frame, self.conversation_id, self.inbox_id)))

    async def _next_lines(self) -> dict[str, Any]:
        own = frozenset(self._own or ())
        thread = await here().ask(partial(self._read, self.newest, own))
        self.newest = max(self.newest, thread.newest)
        if self._own:
            self._own = {key for key in self._own if key > self.newest} or None
        return answering.lines_frame(thread)

    def _read(self, after: int, own: frozenset[int]) -> Any:
        place = Place(self.visitor_key, self.inbox_id, self.conversation_id)
        with translation.override(self.language):
            return thread_after(place, after=after, without=own)
