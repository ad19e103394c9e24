"""What WhatsApp posts, as its documentation shows it; pure.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

import base64
from typing import Any

Fields = dict[str, Any]


def wamid(number: str, place: int) -> str:
    """An id as WhatsApp makes them: base 64 over the number and something unique."""
    inner = b"\x1d" + number.encode() + b"\x15\x02\x00" + f"{place:020X}".encode()
    return f"wamid.{base64.b64encode(inner).decode()}"


def hook(value: Fields, *, business_id: str, field: str = "messages") -> Fields:
    """One request with one change."""
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": business_id, "changes": [{"value": value, "field": field}]}],
    }


def value_of(
    *, phone_number_id: str, number: str = "628111000000", messages: list[Fields] | None = None, **more: Any
) -> Fields:
    """The value of a change: whom it is for, who writes, and what."""
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number, "phone_number_id": phone_number_id},
        **({"messages": messages} if messages else {}),
        **more,
    }


def contact(number: str, name: str) -> Fields:
    """Who a message is from."""
    return {"profile": {"name": name}, "wa_id": number}


def message(number: str, wamid: str, at: int, kind: str, content: object, **more: Any) -> Fields:
    """A message of any kind."""
    return {"from": number, "id": wamid, "timestamp": str(at), "type": kind, kind: content, **more}


def text(number: str, wamid: str, at: int, body: str, **more: Any) -> Fields:
    """A message of words."""
    return message(number, wamid, at, "text", {"body": body}, **more)


def media(
    number: str, wamid: str, at: int, kind: str, media_id: str, mime_type: str, sha256: str, **content: Any
) -> Fields:
    """A message with a file, which is fetched by its id."""
    return message(number, wamid, at, kind, {"id": media_id, "mime_type": mime_type, "sha256": sha256, **content})


def reaction(number: str, wamid: str, at: int, to: str, emoji: str) -> Fields:
    """A reaction to a message; without emoji it is taken back."""
    return message(number, wamid, at, "reaction", {"message_id": to, **({"emoji": emoji} if emoji else {})})


def edit(number: str, wamid: str, at: int, of: str, body: str) -> Fields:
    """A message of words is written anew."""
    content = {"original_message_id": of, "message": {"context": {"id": of}, "type": "text", "text": {"body": body}}}
    return message(number, wamid, at, "edit", content)


def revoke(number: str, wamid: str, at: int, of: str) -> Fields:
    """A message is taken back."""
    return message(number, wamid, at, "revoke", {"original_message_id": of})


def unsupported(number: str, wamid: str, at: int) -> Fields:
    """A message that the API does not pass on."""
    error = {
        "code": 131051,
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    }
    return {"from": number, "id": wamid, "timestamp": str(at), "type": "unsupported", "errors": [error]}


def button_reply(number: str, wamid: str, at: int, to: str, choice: str, title: str) -> Fields:
    """A button of ours was pressed."""
    content = {"type": "button_reply", "button_reply": {"id": choice, "title": title}}
    return message(number, wamid, at, "interactive", content, context={"from": "628111000000", "id": to})


def list_reply(number: str, wamid: str, at: int, to: str, choice: str, title: str, description: str) -> Fields:
    """A row of a list of ours was chosen."""
    content = {"type": "list_reply", "list_reply": {"id": choice, "title": title, "description": description}}
    return message(number, wamid, at, "interactive", content, context={"from": "628111000000", "id": to})


def location(number: str, wamid: str, at: int, latitude: float, longitude: float, **place: str) -> Fields:
    """A place on the map."""
    return message(number, wamid, at, "location", {"latitude": latitude, "longitude": longitude, **place})


def contacts(number: str, wamid: str, at: int, name: str, phone: str) -> Fields:
    """A card of somebody else."""
    card = {"name": {"formatted_name": name}, "phones": [{"phone": phone, "type": "CELL"}]}
    return message(number, wamid, at, "contacts", [card])


def status(
    wamid: str, state: str, at: int, number: str, *, callback: str = "", code: int = 0, title: str = ""
) -> Fields:
    """What became of a message of ours."""
    fields: Fields = {"id": wamid, "status": state, "timestamp": str(at), "recipient_id": number}
    if callback:
        fields["biz_opaque_callback_data"] = callback
    if code:
        fields["errors"] = [{"code": code, "title": title, "message": title, "error_data": {"details": title}}]
    return fields
