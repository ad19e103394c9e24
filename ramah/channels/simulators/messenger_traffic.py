"""Customers of the simulated Messenger or Instagram: the people of `whatsapp_traffic`, with files, reactions, corrections, taps;
the same for the same seed. Requests come as the real ones do: several events in one, some twice, some out of order.
"""

import random
import time
from collections.abc import Iterator
from typing import Any

from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.simulators.messenger import MessengerSimulator
from ramah.channels.simulators.whatsapp_traffic import PEOPLE, Person, picture

Fields = dict[str, Any]


class Traffic:
    """Requests of customers, made up from a seed."""

    def __init__(self, simulator: MessengerSimulator, *, seed: int = 1, messages: int = 20) -> None:
        self.simulator, self.messages = simulator, messages
        self._chance = random.Random(seed)  # noqa: S311 - a story, no secret
        self._said: dict[str, list[Fields]] = {}
        for person in PEOPLE:
            profile = {"name": person.name, "username": person.name.split()[0].lower()}
            simulator.people[id_of(person)] = profile

    def hooks(self) -> Iterator[Fields]:
        """The requests, one after the other."""
        left = self.messages
        while left > 0:
            person = self._chance.choice(PEOPLE)
            together = [self._event(person) for _ in range(min(left, self._chance.choice((1, 1, 1, 2, 3))))]
            left -= len(together)
            self._chance.shuffle(together)
            hook = self.simulator.hook(*together)
            yield hook
            if self._chance.random() < 0.15:
                yield hook

    def _event(self, person: Person) -> Fields:
        earlier = self._said.setdefault(id_of(person), [])
        makers = (
            [self._words] * 6 + [self._photo, self._button] + ([self._reaction, self._correction] if earlier else [])
        )
        event: Fields = self._chance.choice(makers)(person)
        if "text" in event.get("message", {}):
            earlier.append(event)
        return event

    def _about(self, person: Person) -> tuple[str, str, int]:
        return id_of(person), self.simulator.owner, int(time.time() * 1000)

    def _words(self, person: Person) -> Fields:
        ours = self._ours(person)
        more: Fields = {"reply_to": {"mid": ours[-1]}} if ours and self._chance.random() < 0.3 else {}
        mid, words = self.simulator.next_mid(), self._chance.choice(person.says)
        return payloads.message(*self._about(person), mid, text=words, **more)

    def _photo(self, person: Person) -> Fields:
        color = tuple(self._chance.randrange(60, 220) for _ in range(3))
        url = self.simulator.add_file(picture(color), "image/png")
        attached = [payloads.attachment("image", url)]
        return payloads.message(*self._about(person), self.simulator.next_mid(), attachments=attached)

    def _button(self, person: Person) -> Fields:
        return payloads.postback(*self._about(person), self.simulator.next_mid(), "Get started", "GET_STARTED")

    def _reaction(self, person: Person) -> Fields:
        known = self._ours(person) or [self._said[id_of(person)][-1]["message"]["mid"]]
        word, emoji = self._chance.choice((("love", "❤️"), ("like", "👍"), ("wow", "😮")))
        return payloads.reaction(*self._about(person), known[-1], word, "" if self.simulator.is_instagram else emoji)

    def _correction(self, person: Person) -> Fields:
        last = self._said[id_of(person)][-1]["message"]
        if self.simulator.is_instagram or self._chance.random() < 0.3:
            return payloads.unsend(*self._about(person), last["mid"])
        return payloads.edit(*self._about(person), last["mid"], f"{last['text']} 🙂")

    def _ours(self, person: Person) -> list[str]:
        return [one["mid"] for one in self.simulator.taken if one["recipient"]["id"] == id_of(person)]


def id_of(person: Person) -> str:
    """The page-scoped id of somebody who has a number elsewhere."""
    return f"2406{person.number}"


def kinds_of(hook: Fields) -> str:
    """What a request brings, for people."""
    parts = ("message", "message_edit", "reaction", "postback")
    events = hook["entry"][0]["messaging"]
    return ", ".join(next(part for part in parts if part in event) for event in events)
