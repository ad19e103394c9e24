"""What an answer by Telegram may be beside words and files: a question with buttons, a place, somebody's card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ramah.channels.content import place_at
from ramah.conversations.commands.replying import ANSWERS, post_reply
from ramah.conversations.models import Conversation, Message
from ramah.kernel.actors import Actor
from ramah.kernel.providers.json import object_in, objects_in, text_in

BUTTONS, PLACE, CARDS = (
    "buttons",
    "location",
    "contacts",
)  # in `headers` and `detail`, as messages of customers have them
MOST_BUTTONS, LONGEST_TITLE, LONGEST_ID = 20, 64, 64


class BadButtons(Exception):
    """There are none or too many, or one has no title or name, or one that is too long."""


@dataclass(frozen=True, slots=True)
class Button:
    """One answer to tap: what stands on it, and what it is known by (empty: the same)."""

    title: str
    key: str = ""


def ask_with_buttons(
    *,
    actor: Actor,
    conversation: Conversation,
    text: str,
    buttons: Sequence[Button],
    client_id: str | None = None,
    seen: int | None = None,
    at: datetime,
) -> Message:
    """Answer with buttons under the text. What is tapped comes as a message that answers this one. Raises as `post_reply`,
    and `BadButtons`."""
    told = [{"title": one.title.strip(), "id": one.key or one.title.strip()} for one in buttons]
    fit = all(0 < len(one["title"]) <= LONGEST_TITLE and len(one["id"].encode()) <= LONGEST_ID for one in told)
    if not 0 < len(told) <= MOST_BUTTONS or not fit:
        raise BadButtons
    return post_reply(
        actor=actor,
        conversation=conversation,
        text=text,
        client_id=client_id,
        seen=seen,
        prepared={BUTTONS: told},
        at=at,
    )


def send_place(
    *,
    actor: Actor,
    conversation: Conversation,
    latitude: float,
    longitude: float,
    name: str = "",
    address: str = "",
    client_id: str | None = None,
    at: datetime,
) -> Message:
    """Answer with a place on the map. Raises as `post_reply`, ValueError for no place on Earth."""
    place = place_at(latitude, longitude, name=name.strip(), address=address.strip())
    if place is None:
        raise ValueError("no place on Earth")
    prepared = {PLACE: place.detail[PLACE]}
    return post_reply(
        actor=actor, conversation=conversation, text=place.text, client_id=client_id, prepared=prepared, at=at
    )


def send_card(
    *, actor: Actor, conversation: Conversation, name: str, phone: str, client_id: str | None = None, at: datetime
) -> Message:
    """Answer with whom to call. Raises as `post_reply`."""
    text = f"{name.strip()}\n{phone.strip()}"
    prepared = {CARDS: [{"name": name.strip(), "phones": [phone.strip()], "emails": []}]}
    return post_reply(actor=actor, conversation=conversation, text=text, client_id=client_id, prepared=prepared, at=at)


def request_of(headers: Mapping[str, object]) -> tuple[str, dict[str, object]] | None:
    """The method and fields of what goes in place of the text; None: the text and the files go."""
    if place := object_in(headers, PLACE):
        at = {"latitude": place.get("latitude"), "longitude": place.get("longitude")}
        name, address = text_in(place, "name", most=300), text_in(place, "address", most=500)
        if not name:
            return "sendLocation", at
        return "sendVenue", {**at, "title": name, "address": address or name}
    for card in objects_in(headers, CARDS):
        phones = card.get("phones")
        phone = str(phones[0]) if isinstance(phones, list) and phones else ""
        return "sendContact", {"phone_number": phone, "first_name": text_in(card, "name", most=100) or phone}
    return None


def markup_of(headers: Mapping[str, object]) -> dict[str, object] | None:
    """The buttons under a message, one to a line."""
    found = [(text_in(one, "title"), text_in(one, "id", most=LONGEST_ID)) for one in objects_in(headers, BUTTONS)]
    answers = headers.get(ANSWERS)
    if isinstance(answers, list):
        found += [(answer, _id_of(answer)) for answer in map(str, answers)]
    rows = [[{"text": title, "callback_data": key}] for title, key in found]
    return {"inline_keyboard": rows} if rows else None


def _id_of(answer: str) -> str:
    """As much of it as Telegram takes; what the button says is read from the message when it is pressed."""
    return answer.encode()[:LONGEST_ID].decode(errors="ignore")
