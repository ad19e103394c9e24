"""Frames from a visitor's page: what they must look like, and what is told when they do not. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ramah.channels.chat.limits import LONGEST_FILE, LONGEST_FRAME, LONGEST_TEXT, MOST_FILES

_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
TYPES = frozenset(("hello", "say", "typing", "read", "page", "details", "rate", "transcript", "ping"))
LARGEST_KEY = 2**63 - 1


@dataclass(eq=False)
class Refusal(Exception):
    """Why a frame is not taken: a code of the protocol, for the frame with this client id; after `wait` seconds it may be."""

    why: str
    id: str = ""
    wait: int = 0

    def frame(self) -> dict[str, Any]:
        """As it is told, in the active language."""
        return {
            "type": "refused",
            "id": self.id,
            "why": self.why,
            "text": words_of(self.why, self.wait),
            "wait": self.wait or None,
        }


def read_frame(text: str | None) -> dict[str, Any]:
    """The frame that the page has sent. Raises `Refusal`."""
    if text is None:
        raise Refusal("unknown")
    if len(text) > LONGEST_FRAME or len(text.encode("utf-8", "replace")) > LONGEST_FRAME:
        raise Refusal("too_long")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal("unknown") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str) or frame["type"] not in TYPES:
        raise Refusal("unknown", client_id_of(frame))
    return frame


def client_id_of(frame: object) -> str:
    """The client id of a frame, whatever it is; empty when it has none that is well formed."""
    found = frame.get("id") if isinstance(frame, dict) else None
    return found if isinstance(found, str) and _CLIENT_ID.fullmatch(found) else ""


def said_in(frame: dict[str, Any]) -> tuple[str, str]:
    """Client id and text of a `say`. Raises `Refusal`."""
    client_id = client_id_of(frame)
    if not client_id:
        raise Refusal("unknown")
    return client_id, checked_text(frame.get("text"), client_id)


def checked_text(text: object, client_id: str, *, may_be_empty: bool = False) -> str:
    """A text as it is stored. Raises `Refusal`."""
    if not isinstance(text, str):
        raise Refusal("unknown", client_id)
    # NUL and lone surrogates are taken by no database.
    text = text.replace("\0", "").encode("utf-8", "replace").decode().strip()
    if not text and not may_be_empty:
        raise Refusal("empty", client_id)
    if len(text) > LONGEST_TEXT:
        raise Refusal("too_long", client_id)
    return text


def text_of(frame: dict[str, Any], name: str, most: int) -> str:
    """A short text of a frame; empty when it is none."""
    found = frame.get(name)
    return found.replace("\0", "").encode("utf-8", "replace").decode()[:most] if isinstance(found, str) else ""


def key_of(frame: dict[str, Any], name: str) -> int:
    """The key of a line in a frame; 0 when it is none."""
    found = frame.get(name)
    return found if type(found) is int and 0 <= found <= LARGEST_KEY else 0


_WORDS = {
    "empty": gettext_lazy("There is nothing in this message."),
    "too_many": gettext_lazy("There are too many chats from your connection. Close one, or try again later."),
    "forgotten": gettext_lazy("This chat is not kept any more. A new one begins."),
    "paused": gettext_lazy("That is not possible right now."),
    "identity": gettext_lazy("We could not see that you are signed in. You can still chat."),
    "email": gettext_lazy("Enter an e-mail address, for instance name@example.com."),
    "not_kept": gettext_lazy("This chat keeps no e-mail addresses."),
    "try_again": gettext_lazy("That did not work. Try again in a moment."),
    "unknown": gettext_lazy("This is not understood here."),
}


def words_of(why: str, wait: int = 0) -> str:
    """What a refusal says to people, in the active language."""
    if why == "too_long":
        return _("That is too long. A message has at most %(count)s characters.") % {"count": LONGEST_TEXT}
    if why == "too_big":
        told = _("At most %(count)s files in one message, each of %(size)s MB at most.")
        return told % {"count": MOST_FILES, "size": LONGEST_FILE // 1024 // 1024}
    if why == "too_fast":
        told = ngettext(
            "That was very quick. It can be sent in %(count)s second.",
            "That was very quick. It can be sent in %(count)s seconds.",
            wait,
        )
        return told % {"count": wait}
    return str(_WORDS.get(why, _WORDS["unknown"]))
