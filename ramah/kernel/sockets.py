"""What the sockets of pages have in common."""

from typing import Any

from channels.consumer import get_handler_name


class Listening:
    """Dispatches a message to its method, and does nothing else.

    Channels sends a thread to look after the connections to the database before each message: with many nudges that is most of
    the work. Whoever asks the database does so in `channels.db.database_sync_to_async`, or looks after the connection.
    """

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call what handles this kind of message, if anything does."""
        handler = getattr(self, get_handler_name(message), None)
        if handler is not None:
            await handler(message)

    async def nudges(self, message: dict[str, Any]) -> None:
        """Several nudges of one topic, one after the other."""
        for payload in message["payloads"]:
            await self.nudge({"type": "nudge", "topic": message["topic"], "payload": payload})

    async def nudge(self, message: dict[str, Any]) -> None:
        """The topic has changed."""
