"""The product's settings for the benchmark of chat: all its visitors come from one address, which is otherwise not allowed."""

from ramah.config.settings import *  # noqa: F403

_FREE = [(1_000_000, 1)]
CHAT_LIMITS = {
    "say": _FREE,
    "new_visitors": _FREE,
    "sockets_of_address": 1_000_000,
}
