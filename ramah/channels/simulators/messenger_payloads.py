"""What Meta posts for pages and Instagram accounts, as its documentation shows it; pure. Times are in milliseconds.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
"""

from typing import Any

Fields = dict[str, Any]
PAGE, INSTAGRAM = "page", "instagram"


def hook(*events: Fields, owner: str, object_of: str = PAGE, at: int = 0, name: str = "messaging") -> Fields:
    """One request with the events of one page."""
    return {"object": object_of, "entry": [{"id": owner, "time": at, name: list(events)}]}


def change(field: str, value: Fields, *, owner: str, object_of: str = PAGE) -> Fields:
    """One request with one change, such as a comment."""
    return {"object": object_of, "entry": [{"id": owner, "time": 0, "changes": [{"field": field, "value": value}]}]}


def event(sender: str, owner: str, at: int, **part: Any) -> Fields:
    """An event of any kind."""
    return {"sender": {"id": sender}, "recipient": {"id": owner}, "timestamp": at, **part}


def message(sender: str, owner: str, at: int, mid: str, **content: Any) -> Fields:
    """A message of any content."""
    return event(sender, owner, at, message={"mid": mid, **content})


def text(sender: str, owner: str, at: int, mid: str, words: str, **more: Any) -> Fields:
    """A message of words."""
    return message(sender, owner, at, mid, text=words, **more)


def attachment(kind: str, url: str, **payload: Any) -> Fields:
    """Something that a message came with."""
    return {"type": kind, "payload": {"url": url, **payload}}


def echo(owner: str, recipient: str, at: int, mid: str, **content: Any) -> Fields:
    """A message that the page has sent."""
    return event(owner, recipient, at, message={"mid": mid, "is_echo": True, "app_id": 1517776481860111, **content})


def unsend(sender: str, owner: str, at: int, mid: str) -> Fields:
    """A message is taken back."""
    return message(sender, owner, at, mid, is_deleted=True)


def edit(sender: str, owner: str, at: int, mid: str, words: str, number: int = 1) -> Fields:
    """A message of words is written anew."""
    return event(sender, owner, at, message_edit={"mid": mid, "text": words, "num_edit": number})


def reaction(sender: str, owner: str, at: int, mid: str, word: str = "love", emoji: str = "❤️") -> Fields:
    """A reaction to a message; without word it is taken back."""
    told: Fields = {"mid": mid, "action": "react" if word else "unreact"}
    if word:
        told |= {"reaction": word, **({"emoji": emoji} if emoji else {})}
    return event(sender, owner, at, reaction=told)


def postback(sender: str, owner: str, at: int, mid: str, title: str, payload: str, **more: Any) -> Fields:
    """A button was pressed."""
    return event(sender, owner, at, postback={"mid": mid, "title": title, "payload": payload, **more})


def delivery(sender: str, owner: str, at: int, watermark: int, mids: list[str]) -> Fields:
    """Messages of ours have arrived: all up to a time, and some of them by name."""
    return event(sender, owner, at, delivery={"mids": mids, "watermark": watermark})


def read(sender: str, owner: str, at: int, watermark: int) -> Fields:
    """All messages of ours up to a time were read."""
    return event(sender, owner, at, read={"watermark": watermark})


def seen(sender: str, owner: str, at: int, mid: str) -> Fields:
    """A message of ours was read, as Instagram says it."""
    return event(sender, owner, at, read={"mid": mid})
