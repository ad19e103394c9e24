"""Customers of the simulated Telegram: the people of `whatsapp_traffic`, with files, reactions, corrections, buttons; the same
for the same seed. Updates come as the real ones do: one at a time, some twice, some out of order.
"""

import random
import time
from collections.abc import Iterator
from typing import Any

from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.simulators.telegram import TelegramSimulator
from ramah.channels.simulators.whatsapp_traffic import PEOPLE, Person, picture

Fields = dict[str, Any]
_LANGUAGES = {"62": "id", "38": "uk", "16": "en"}


def user_of(person: Person) -> Fields:
    """The person as Telegram knows them."""
    first, _space, last = person.name.partition(" ")
    more = {"last_name": last} if last else {}
    return payloads.user(int(person.number[-9:]), first, language_code=_LANGUAGES.get(person.number[:2], "en"), **more)


class Traffic:
    """Updates of customers, made up from a seed."""

    def __init__(self, simulator: TelegramSimulator, *, seed: int = 1, messages: int = 20) -> None:
        self.simulator, self.messages = simulator, messages
        self._chance = random.Random(seed)  # noqa: S311 - a story, no secret
        self._said: dict[int, list[Fields]] = {}

    def updates(self) -> Iterator[Fields]:
        """The updates, one after the other."""
        held: list[Fields] = []
        for _ in range(self.messages):
            update = self._update(self._chance.choice(PEOPLE))
            if self._chance.random() < 0.15 and not held:
                held.append(update)  # and comes late
                continue
            yield update
            if self._chance.random() < 0.15:
                yield update
            if held and self._chance.random() < 0.5:
                yield held.pop()
        yield from held

    def _update(self, person: Person) -> Fields:
        sender = user_of(person)
        if sender["id"] not in self._said:
            self._said[sender["id"]] = []
            return self.simulator.update("message", payloads.start(sender, *self._now()))
        earlier, ours = self._said[sender["id"]], self._ours(sender)
        makers = [self._words] * 6 + [self._photo, self._place, self._contact]
        makers += [self._correction] if earlier else []
        makers += [self._reaction] if earlier or ours else []
        makers += [self._press] * 3 if any("reply_markup" in one for one in ours) else []
        return self._chance.choice(makers)(person, sender)

    def _ours(self, sender: Fields) -> list[Fields]:
        return [one for one in self.simulator.taken if str(one["chat_id"]) == str(sender["id"])]

    def _now(self) -> tuple[int, int]:
        return self.simulator.next_message_id(), int(time.time())

    def _words(self, person: Person, sender: Fields) -> Fields:
        ours = self._ours(sender)
        more: Fields = {}
        if ours and self._chance.random() < 0.3:
            last = ours[-1]
            more = {"reply_to_message": {**payloads.message(sender, last["message_id"], last["date"], text="...")}}
        message = payloads.text(sender, *self._now(), self._chance.choice(person.says), **more)
        self._said[sender["id"]].append(message)
        return self.simulator.update("message", message)

    def _photo(self, person: Person, sender: Fields) -> Fields:
        content = picture(tuple(self._chance.randrange(60, 220) for _ in range(3)))
        file_id = self.simulator.add_file(content, f"photos/file_{len(self.simulator.files)}.png")
        return self.simulator.update("message", payloads.photo(sender, *self._now(), file_id, len(content)))

    def _place(self, person: Person, sender: Fields) -> Fields:
        where = payloads.location(sender, *self._now(), -6.2 + self._chance.random() / 10, 106.8)
        return self.simulator.update("message", where)

    def _contact(self, person: Person, sender: Fields) -> Fields:
        about = {"user_id": sender["id"]}
        card = payloads.contact(sender, *self._now(), person.number, sender["first_name"], about=about)
        return self.simulator.update("message", card)

    def _correction(self, person: Person, sender: Fields) -> Fields:
        last = self._said[sender["id"]][-1]
        again = payloads.edited(last, int(time.time()), text=last["text"] + " 🙂")
        return self.simulator.update("edited_message", again)

    def _reaction(self, person: Person, sender: Fields) -> Fields:
        known = self._ours(sender) or self._said[sender["id"]]
        emoji = self._chance.choice("👍🙏🔥")
        done = payloads.reaction(sender, known[-1]["message_id"], int(time.time()), emoji)
        return self.simulator.update("message_reaction", done)

    def _press(self, person: Person, sender: Fields) -> Fields:
        asked = [one for one in self._ours(sender) if "reply_markup" in one][-1]
        button = self._chance.choice(asked["reply_markup"]["inline_keyboard"])[0]
        return self.simulator.press(sender, asked, button["callback_data"])


def told_of(update: Fields) -> tuple[int, str]:
    """Who did it, and what it is, for whoever watches."""
    kind = next(name for name in update if name != "update_id")
    fields = update[kind]
    sender = fields.get("from") or fields["user"]
    beside = ("message_id", "from", "chat", "date", "reply_to_message", "entities")
    content = next((name for name in fields if name not in beside), "") if kind == "message" else kind
    return sender["id"], content
