"""Customers of the simulated WhatsApp: several at once, in three languages, with files, reactions, corrections; the same for the
same seed. Requests come as the real ones do: several messages in one, some twice, some out of order.
"""

import random
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.simulators.whatsapp import WhatsAppSimulator

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes."""

    number: str
    name: str
    says: tuple[str, ...]


PEOPLE = (
    Person(
        "6281234567801",
        "Dana Putri",
        (
            "Halo, pesanan saya sudah dikirim belum ya?",
            "Nomor resinya belum ada perubahan dari kemarin",
            "Bisa minta tolong dicek kak 🙏",
            "Barangnya sampai tapi kotaknya penyok, ini fotonya",
            "Terima kasih banyak kak",
        ),
    ),
    Person(
        "380501234502",
        "Олена Коваль",
        (
            "Добрий день! Чи можна змінити адресу доставки?",
            "Замовлення вже відправили?",
            "Мені потрібно до п'ятниці",
            "Дякую, все прийшло!",
        ),
    ),
    Person(
        "16505550103",
        "Chris Walker",
        (
            "Hi, do you still have the lamp in blue?",
            "And how long does delivery to Bandung take?",
            "I was charged twice, can you have a look?",
            "Great, thanks",
        ),
    ),
    Person(
        "6281234567804",
        "Budi",
        ("Permisi, toko buka sampai jam berapa?", "Ok", "Saya mau retur 2 barang", "STOP", "START"),
    ),
)


class Traffic:
    """Requests of customers, made up from a seed."""

    def __init__(self, simulator: WhatsAppSimulator, *, seed: int = 1, messages: int = 20) -> None:
        self.simulator, self.messages = simulator, messages
        self._chance = random.Random(seed)  # noqa: S311 - a story, no secret
        self._said: list[Fields] = []

    def hooks(self) -> Iterator[Fields]:
        """The requests, one after the other."""
        left = self.messages
        while left > 0:
            person = self._chance.choice(PEOPLE)
            together = [self._message(person) for _ in range(min(left, self._chance.choice((1, 1, 1, 2, 3))))]
            left -= len(together)
            self._chance.shuffle(together)
            hook = self.simulator.hook(*together, name=person.name)
            yield hook
            if self._chance.random() < 0.15:
                yield hook

    def _message(self, person: Person) -> Fields:
        at, wamid = int(time.time()), self.simulator.next_wamid(person.number)
        earlier = [one for one in self._said if one["from"] == person.number]
        ours = [one for one in self.simulator.taken if one.get("to", "").lstrip("+") == person.number]
        makers = [self._words] * 6 + [self._photo, self._place] + ([self._reaction] if ours or earlier else [])
        makers += [self._correction] if earlier else []
        message = self._chance.choice(makers)(person, wamid, at)
        if message["type"] == "text":
            self._said.append(message)
        return message

    def _words(self, person: Person, wamid: str, at: int) -> Fields:
        ours = [one for one in self.simulator.taken if one.get("to", "").lstrip("+") == person.number]
        more = {"context": {"id": ours[-1]["id"]}} if ours and self._chance.random() < 0.3 else {}
        return payloads.text(person.number, wamid, at, self._chance.choice(person.says), **more)

    def _photo(self, person: Person, wamid: str, at: int) -> Fields:
        color = tuple(self._chance.randrange(60, 220) for _ in range(3))
        media_id, digest = self.simulator.add_media(picture(color), "image/png")
        return payloads.media(person.number, wamid, at, "image", media_id, "image/png", digest, caption="")

    def _place(self, person: Person, wamid: str, at: int) -> Fields:
        return payloads.location(person.number, wamid, at, -6.2 + self._chance.random() / 10, 106.8, name="Rumah")

    def _reaction(self, person: Person, wamid: str, at: int) -> Fields:
        theirs = [one["id"] for one in self.simulator.taken if one.get("to", "").lstrip("+") == person.number]
        known = theirs or [one["id"] for one in self._said if one["from"] == person.number]
        return payloads.reaction(person.number, wamid, at, known[-1], self._chance.choice("👍🙏😀"))

    def _correction(self, person: Person, wamid: str, at: int) -> Fields:
        last = [one for one in self._said if one["from"] == person.number][-1]
        if self._chance.random() < 0.3:
            return payloads.revoke(person.number, wamid, at, last["id"])
        return payloads.edit(person.number, wamid, at, last["id"], last["text"]["body"] + " 🙂")


def picture(color: tuple[int, ...], side: int = 64) -> bytes:
    """A square of one color, as PNG."""
    rows = (b"\0" + bytes(color) * side) * side

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
