"""What Meta posts at once for a page or an Instagram account, taken apart: each event is an item of its own in the intake.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ramah.channels.meta import check_signature
from ramah.channels.models import ChannelAccount
from ramah.kernel.providers.contract import Posted, Raw
from ramah.kernel.providers.json import Object, object_in, objects_in, read_json, text_in, write_json

# Where a time is given in seconds and not in milliseconds, as in some samples: no message is from before 1973.
_MILLISECONDS_FROM = 100_000_000_000
# What an event is, by the part that it has.
_PARTS = ("message", "message_edit", "reaction", "postback", "read", "delivery", "referral")


def read_hook(posted: Posted, account: ChannelAccount, at: datetime) -> list[Raw]:
    """The items of a request, in the order of their times. Raises `NotSigned`, `Unreadable`."""
    check_signature(posted, account.secret("app_secret"))
    body = read_json(posted.body)
    items = list(_items(body)) or [{"kind": "other", "name": "", "item": body}]
    timed = [(moment_of(item["item"], at=at), item) for item in items]
    timed.sort(key=lambda one: one[0] or at)  # stable: what has the same time stays as it came
    return [(write_json(item), _envelope(item, sent_at)) for sent_at, item in timed]


def moment_of(event: object, *, at: datetime, name: str = "timestamp") -> datetime | None:
    """When it happened as Meta says, to the millisecond, never later than `at`; None where it says nothing of the kind."""
    digits = text_in(event, name, most=20)
    if not digits.isdecimal() or not digits.isascii():
        return None
    number = int(digits)
    milliseconds = number if number >= _MILLISECONDS_FROM else number * 1000
    try:
        found = datetime.fromtimestamp(milliseconds // 1000, tz=UTC).replace(microsecond=milliseconds % 1000 * 1000)
    except (ValueError, OverflowError, OSError):
        return None
    return min(found, at)


def _envelope(item: dict[str, Any], sent_at: datetime | None) -> dict[str, object]:
    envelope: dict[str, object] = {"transport": "hook", "sender": text_in(item["item"], "sender", "id", most=60)}
    if sent_at is not None:
        envelope["sent_at"] = int(sent_at.timestamp())
    return envelope


def _items(body: object) -> Iterator[dict[str, Any]]:
    for entry in objects_in(body, "entry"):
        beside = {"object": text_in(body, "object", most=40), "owner": text_in(entry, "id", most=60)}
        found = False
        for event in _listed(entry, "messaging"):
            found = True
            yield {**beside, **_named(event), "item": event}
        for event in _listed(entry, "standby"):
            found = True
            yield {**beside, "kind": "standby", "name": "", "item": event}
        for change in objects_in(entry, "changes"):
            found = True
            yield {**beside, **_of_change(change)}
        if not found:
            yield {**beside, "kind": "other", "name": "", "item": entry}


def _listed(entry: Object, name: str) -> list[Any]:
    found = entry.get(name)
    return found if isinstance(found, list) else []


def _named(event: object) -> dict[str, str]:
    """What kind of event it is; of one that is not known, what it calls itself."""
    fields = event if isinstance(event, dict) else {}
    for part in _PARTS:
        if part in fields:
            return {"kind": _message_kind(object_in(fields, part)) if part == "message" else part, "name": part}
    names = sorted(set(fields) - {"sender", "recipient", "timestamp"})
    return {"kind": "other", "name": ", ".join(names)[:80]}


def _message_kind(message: Object) -> str:
    if message.get("is_echo") is True:
        return "echo"
    return "unsend" if message.get("is_deleted") is True else "message"


def _of_change(change: Object) -> dict[str, Any]:
    """Some events come as a change, such as those that the app's page of Meta posts to try the address."""
    value, name = object_in(change, "value"), text_in(change, "field", most=60)
    if object_in(value, "sender") and (found := _named(value))["kind"] != "other":
        return {**found, "item": value}
    return {"kind": "other", "name": name, "item": value}
