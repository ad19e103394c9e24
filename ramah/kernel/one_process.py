"""The channel layer of an installation that is one process: groups of sockets in memory.

Channels' own looks through every message, channel and group before each nudge, for what has expired. With some hundred open
pages that was most of what the event loop did (half of the processor at a hundred messages a second), so it is done once a minute
here. A nudge goes to the sockets of its group without a task for each.
"""

import time
from contextlib import suppress
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer

CLEANED_EVERY = 60.0


class OneProcessLayer(InMemoryChannelLayer):  # type: ignore[misc]  # channels is not typed
    """Channels' layer for one process, at a price that does not grow with the sockets that are open."""

    _clean_at = 0.0

    def _clean_expired(self) -> None:
        # What a socket that died without leaving its groups has left behind.
        if time.monotonic() >= self._clean_at:
            self._clean_at = time.monotonic() + CLEANED_EVERY
            super()._clean_expired()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to every channel of the group; one that is full misses it."""
        self.require_valid_group_name(group)
        self._clean_expired()
        for channel in list(self.groups.get(group, ())):
            with suppress(ChannelFull):
                await self.send(channel, message)
