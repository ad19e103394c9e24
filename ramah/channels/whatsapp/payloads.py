"""What WhatsApp posts at once, taken apart: each message, status and other thing is an item of its own in the intake.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ramah.channels.meta import check_signature
from ramah.channels.models import ChannelAccount
from ramah.kernel.providers.contract import Posted, Raw
from ramah.kernel.providers.json import moment_in, object_in, objects_in, read_json, text_in, write_json

# The lists of a change, and what one thing in them is called in the intake.
LISTS = {
    "messages": "message",
    "statuses": "status",
    "errors": "error",
    "user_preferences": "preference",
    "message_echoes": "echo",
}


def read_hook(posted: Posted, account: ChannelAccount, at: datetime) -> list[Raw]:
    """The items of a request, in the order of their times. Raises `NotSigned`, `Unreadable`."""
    check_signature(posted, account.secret("app_secret"))
    body = read_json(posted.body)
    items = list(_items(body)) or [{"kind": "other", "item": body}]
    timed = [(moment_in(item["item"], "timestamp", at=at), item) for item in items]
    timed.sort(key=lambda one: one[0] or at)  # stable: what has the same second stays as it came
    return [(write_json(item), _envelope(item, sent_at)) for sent_at, item in timed]


def _envelope(item: dict[str, Any], sent_at: datetime | None) -> dict[str, object]:
    envelope: dict[str, object] = {"transport": "hook", "sender": text_in(item["item"], "from", most=60)}
    if sent_at is not None:
        envelope["sent_at"] = int(sent_at.timestamp())
    return envelope


def _items(body: object) -> Iterator[dict[str, Any]]:
    for entry in objects_in(body, "entry"):
        changes = objects_in(entry, "changes")
        if not changes:
            yield {"kind": "other", "item": entry}
        for change in changes:
            yield from _of_change(change, object_of=text_in(body, "object", most=60))


def _of_change(change: dict[str, Any], *, object_of: str) -> Iterator[dict[str, Any]]:
    value = object_in(change, "value")
    field = text_in(change, "field", most=60)
    beside = {"object": object_of, "field": field, "metadata": object_in(value, "metadata")}
    found = False
    for name, kind in LISTS.items():
        for one in value[name] if isinstance(value.get(name), list) else []:
            found = True
            yield {**beside, "kind": kind, "contact": _contact_of(value, one), "item": one}
    if not found:
        yield {**beside, "kind": "other", "item": value}


def _contact_of(value: dict[str, Any], one: object) -> dict[str, Any]:
    contacts = objects_in(value, "contacts")
    names = {text_in(one, name) for name in ("from", "from_user_id", "recipient_id")} - {""}
    for contact in contacts:
        if names & {text_in(contact, "wa_id"), text_in(contact, "user_id")}:
            return contact
    return contacts[0] if len(contacts) == 1 else {}
