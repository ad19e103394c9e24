"""The product's settings for a cluster under test: it shares Redis with others, and all its visitors come from one address."""

from typing import Any

from bench.chat_settings import *  # noqa: F403
from ramah.config.settings import CACHES, CHANNEL_LAYERS, DATABASES

_name = str(DATABASES["default"]["NAME"])
_layer: Any = CHANNEL_LAYERS["default"]
CACHES["default"]["KEY_PREFIX"] = _name
_layer["CONFIG"]["prefix"] = _name
