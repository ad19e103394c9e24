"""An update of Telegram, looked at without trust: what it is about, in which chat, by whom, when. Pure.

https://core.telegram.org/bots/api#update
"""

from dataclasses import dataclass
from datetime import datetime

from ramah.kernel.providers.json import Object, digest_of, moment_in, object_in, text_in

MESSAGE, EDIT, PRESS, REACTION, MEMBER = (
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
)
# What Telegram is asked to post; of the rest nothing is of use in a private chat.
KINDS = (MESSAGE, EDIT, PRESS, REACTION, MEMBER)
_MOMENTS = {EDIT: "edit_date"}


def number_in(value: object, *path: str) -> str:
    """The whole number under `path`, as text; empty where there is none."""
    found = text_in(value, *path, most=24)
    digits = found.removeprefix("-")
    return found if digits.isascii() and digits.isdecimal() and len(digits) <= 19 else ""


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that happened. `bot` is the number of the bot, which its token begins with: messages count anew in each chat."""

    kind: str
    number: str
    thing: Object
    bot: str

    @property
    def message(self) -> Object:
        """The message that it brings or is about."""
        return object_in(self.thing, "message") if self.kind == PRESS else self.thing

    @property
    def chat(self) -> Object:
        """The chat in which it happened."""
        return object_in(self.message, "chat")

    @property
    def chat_id(self) -> str:
        """The number of that chat: in a private one, that of the customer."""
        return number_in(self.chat, "id")

    @property
    def sender(self) -> Object:
        """Who did it."""
        return object_in(self.thing, "user" if self.kind == REACTION else "from")

    @property
    def message_id(self) -> str:
        """The number of the message in its chat."""
        return number_in(self.message, "message_id")

    def moment(self, at: datetime) -> datetime | None:
        """When it happened, never later than `at`; None where it does not say so."""
        return None if self.kind == PRESS else moment_in(self.thing, _MOMENTS.get(self.kind, "date"), at=at)

    @property
    def known_as(self) -> str:
        """The name of its message here; empty where it has none."""
        return known_as(self.bot, self.chat_id, self.message_id)

    @property
    def event_id(self) -> str:
        """The name of the update, by which the same one is known again.

        Its number alone does not do: after a quiet week Telegram goes on from a number chosen at random.
        """
        if self.kind == PRESS and (press := text_in(self.thing, "id", most=64)):
            return f"telegram:{self.bot}:press:{press}"
        parts = [self.kind, self.chat_id, self.message_id]
        parts += [text_in(self.thing, name, most=24) for name in ("date", "edit_date")]
        return f"telegram:{self.bot}:update:{self.number}:{digest_of(*parts)}"


def known_as(bot: str, chat_id: str, message_id: str) -> str:
    """The name under which a message of Telegram is known here; empty where a part of it is."""
    return f"telegram:{bot}:{chat_id}:{message_id}" if chat_id and message_id else ""


def update_of(found: object, *, bot: str) -> Update:
    """The update in what was posted; of an unknown kind, or of none at all, it says that much."""
    update = object_in({"found": found}, "found")
    kinds = [name for name in update if name != "update_id"]
    kind = next((name for name in KINDS if name in update), kinds[0] if kinds else "")
    return Update(kind[:60], number_in(update, "update_id"), object_in(update, kind), bot)


def why_not_read(update: Update) -> str:
    """Why nothing comes of an update, whatever it says; empty where something may."""
    if update.kind not in KINDS:
        return f"updates of the kind {update.kind or 'unknown'!r} are not read"
    if not update.chat_id:
        return "it does not say in which chat"
    if (of := text_in(update.chat, "type", most=20)) != "private":
        return f"it happened in a {of or 'chat of unknown type'}, not in a private chat"
    if update.sender.get("is_bot") is True:
        return "written by a bot"
    return ""
