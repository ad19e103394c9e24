"""What Telegram posts, as its documentation shows it; pure.

https://core.telegram.org/bots/api#update
"""

from typing import Any

Fields = dict[str, Any]


def user(number: int, first_name: str = "Dana", **more: Any) -> Fields:
    """Somebody with an account."""
    return {"id": number, "is_bot": False, "first_name": first_name, **more}


def chat(number: int, kind: str = "private", **more: Any) -> Fields:
    """A chat: a private one has the number of the account."""
    return {"id": number, "type": kind, **more}


def message(sender: Fields, message_id: int, at: int, **content: Any) -> Fields:
    """A message of any kind in the sender's private chat with the bot; `content` may name another chat."""
    return {"message_id": message_id, "from": sender, "chat": chat(sender["id"]), "date": at, **content}


def text(sender: Fields, message_id: int, at: int, words: str, **more: Any) -> Fields:
    """A message of words."""
    return message(sender, message_id, at, text=words, **more)


def photo(sender: Fields, message_id: int, at: int, file_id: str, size: int, **more: Any) -> Fields:
    """A photo in the sizes that Telegram makes of it."""
    sizes = [
        {"file_id": f"{file_id}s", "file_unique_id": f"{file_id}us", "width": 90, "height": 67, "file_size": 1101},
        {"file_id": file_id, "file_unique_id": f"{file_id}u", "width": 800, "height": 600, "file_size": size},
    ]
    return message(sender, message_id, at, photo=sizes, **more)


def file(sender: Fields, message_id: int, at: int, kind: str, file_id: str, size: int, **more: Any) -> Fields:
    """A message with a file: document, voice, audio, video, video_note, animation, sticker. `about` says more of it."""
    about = {"file_id": file_id, "file_unique_id": f"{file_id}u", "file_size": size, **more.pop("about", {})}
    return message(sender, message_id, at, **{kind: about}, **more)


def location(sender: Fields, message_id: int, at: int, latitude: float, longitude: float) -> Fields:
    """A place on the map."""
    return message(sender, message_id, at, location={"latitude": latitude, "longitude": longitude})


def venue(sender: Fields, message_id: int, at: int, place: Fields, title: str, address: str) -> Fields:
    """A place with a name; the location stands in the message, too."""
    told = {"location": place, "title": title, "address": address}
    return message(sender, message_id, at, venue=told, location=place)


def contact(sender: Fields, message_id: int, at: int, phone: str, first_name: str, **more: Any) -> Fields:
    """A card; `user_id` says whose number it is, where Telegram knows."""
    about = {"phone_number": phone, "first_name": first_name, **more.pop("about", {})}
    return message(sender, message_id, at, contact=about, **more)


def start(sender: Fields, message_id: int, at: int, payload: str = "") -> Fields:
    """Start was pressed."""
    words = f"/start {payload}".strip()
    return text(sender, message_id, at, words, entities=[{"offset": 0, "length": 6, "type": "bot_command"}])


def edited(of: Fields, at: int, **content: Any) -> Fields:
    """A message as it is after it was written anew."""
    return {**of, "edit_date": at, **content}


def reaction(sender: Fields, message_id: int, at: int, emoji: str, before: str = "") -> Fields:
    """Which reactions stand at a message now."""
    return {
        "chat": chat(sender["id"]),
        "message_id": message_id,
        "user": sender,
        "date": at,
        "old_reaction": [{"type": "emoji", "emoji": before}] if before else [],
        "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
    }


def press(sender: Fields, press_id: str, of: Fields, choice: str) -> Fields:
    """A button under a message of ours was pressed."""
    return {"id": press_id, "from": sender, "message": of, "chat_instance": "-3041", "data": choice}


def member(sender: Fields, at: int, status: str, before: str) -> Fields:
    """The bot was blocked (`kicked`) or let in again (`member`)."""
    bot = {"id": 110201543, "is_bot": True, "first_name": "Toko Laut", "username": "tokolaut_bot"}
    return {
        "chat": chat(sender["id"]),
        "from": sender,
        "date": at,
        "old_chat_member": {"user": bot, "status": before},
        "new_chat_member": {"user": bot, "status": status},
    }
