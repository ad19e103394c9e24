"""Telegram's Bot API on this machine: takes messages as the real one does, lets customers write, and posts what they do.

Out of the documentation: the token in the address, answers with `ok`, errors with their codes and words, the limit of messages
with `retry_after`, files in two steps, chats that only customers can open, blocked bots, a method named in the answer to a post.
"""

import json
import time
from collections.abc import Mapping
from email.parser import BytesParser
from typing import Any

from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.simulators.server import Asked, Reply, Simulator

Fields = dict[str, Any]
MOST_TO_FETCH, MOST_FILE = 20 * 1024 * 1024, 50 * 1024 * 1024
# The methods that send a message, with the field that may not be missing; of a file where it is one.
TEXTS = {"sendMessage": "text", "sendLocation": "latitude", "sendVenue": "title", "sendContact": "phone_number"}
FILES = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVoice": "voice",
    "sendAudio": "audio",
    "sendVideo": "video",
    "sendAnimation": "animation",
    "sendSticker": "sticker",
}


class TelegramSimulator(Simulator):
    """One bot. `limit` is how many messages it takes before it answers 429; `blocked` are the chats of those who blocked it.

    Chats are open once their customer has said something (`update`, or `open_chats`).
    """

    def __init__(
        self,
        *,
        token: str,
        secret: str = "",
        username: str = "tokolaut_bot",
        hook_url: str = "",
        port: int = 0,
    ) -> None:
        super().__init__(hook_url=hook_url, port=port)
        self.token, self.secret, self.username = token, secret, username
        self.limit: int | None = None
        self.wants_https = True  # a Bot API server of one's own does not
        self.blocked: set[int] = set()
        self.open_chats: set[int] = set()
        self.taken: list[Fields] = []
        self.answered_presses: list[str] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.webhook: Fields = {"url": hook_url, "has_custom_certificate": False, "pending_update_count": 0}
        self._updates = 300_000_000
        self._messages = 1000

    @property
    def api_url(self) -> str:
        """What the account's settings name as the address of the API."""
        return self.url

    def signed(self, body: bytes) -> Mapping[str, str]:
        return {"X-Telegram-Bot-Api-Secret-Token": self.secret}

    # What customers do

    def next_message_id(self) -> int:
        """The number of the next message in any chat."""
        with self.lock:
            self._messages += 1
            return self._messages

    def update(self, kind: str, fields: Fields) -> Fields:
        """The request that brings something that a customer did; it opens their chat."""
        with self.lock:
            self._updates += 1
            chat = (fields.get("message") or fields).get("chat") or {}
            if chat.get("type") == "private":
                self.open_chats.add(chat["id"])
            if kind == "my_chat_member":
                change = self.blocked.add if fields["new_chat_member"]["status"] == "kicked" else self.blocked.discard
                change(chat["id"])
            return {"update_id": self._updates, kind: fields}

    def add_file(self, content: bytes, path: str = "documents/file_1.bin") -> str:
        """Put a file of a customer where it can be fetched; returns its id."""
        with self.lock:
            file_id = f"BQACAgIAAxkBAAI{len(self.files):05}"
            self.files[file_id] = (content, path)
        return file_id

    def press(self, sender: Fields, taken: Fields, choice: str) -> Fields:
        """The request by which a button of a message of ours, as it was taken, is pressed."""
        bot = {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Toko Laut"}
        of = payloads.message(bot, taken["message_id"], taken["date"], text=taken.get("text", ""))
        of = {**of, "chat": payloads.chat(sender["id"]), "reply_markup": taken["reply_markup"]}
        return self.update("callback_query", payloads.press(sender, f"43827{self._updates}", of, choice))

    def post(self, fields: object) -> int:
        """Post to us, and do what we answer; returns the status that we answered."""
        body = json.dumps(fields).encode()
        headers = {"Content-Type": "application/json", **self.signed(body)}
        status, answer, content_type = self.deliver(body, headers)
        if status == 200 and content_type.startswith("application/json"):
            request = json.loads(answer)
            with self.lock:
                self._do(request.pop("method"), request, None)
        return status

    def deliver(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        """Bring a request to us; returns status, body and type of the answer."""
        answered = self._http.request("POST", self.hook_url, body=body, headers=dict(headers), redirect=False)
        return answered.status, answered.data, answered.headers.get("Content-Type", "")

    # What the API answers

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/file/"):
            return self._file(asked.path)
        _empty, _bot, method = asked.path.split("/", 2) if asked.path.count("/") >= 2 else ("", "", "")
        if not asked.path.startswith(f"/bot{self.token}/"):
            return error(401, "Unauthorized") if asked.path.startswith("/bot") else error(404, "Not Found")
        fields, file = self._fields(asked)
        return self._do(method, fields, file)

    def _do(self, method: str, fields: Fields, file: tuple[str, bytes] | None) -> Reply:
        if method == "getMe":
            number = int(self.token.partition(":")[0])
            told = {"id": number, "is_bot": True, "first_name": "Toko Laut", "username": self.username}
            return result({**told, "can_join_groups": True, "supports_inline_queries": False})
        if method == "getWebhookInfo":
            return result(self.webhook)
        if method == "setWebhook":
            return self._set_webhook(fields)
        if method == "getFile":
            return self._place(str(fields.get("file_id")))
        if method == "answerCallbackQuery":
            self.answered_presses.append(str(fields.get("callback_query_id")))
            return result(True)
        if method in TEXTS or method in FILES:
            return self._take(method, fields, file)
        return error(404, "Not Found")

    def _set_webhook(self, fields: Fields) -> Reply:
        url = str(fields.get("url") or "")
        if url and self.wants_https and not url.startswith(("https://", "http://127.0.0.1")):
            return error(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.hook_url, self.secret = url, str(fields.get("secret_token") or "")
        self.webhook = {**self.webhook, "url": url, "allowed_updates": fields.get("allowed_updates") or []}
        return result(True)

    def _take(self, method: str, fields: Fields, file: tuple[str, bytes] | None) -> Reply:
        if self.limit is not None and self.limit <= 0:
            return error(429, "Too Many Requests: retry after 7", retry_after=7)
        if refused := self._refused(method, fields, file):
            return refused
        known = {**fields, "method": method, "message_id": self.next_message_id(), "date": int(time.time())}
        if file is not None:
            known["file"] = file
        self.taken.append(known)
        if self.limit is not None:
            self.limit -= 1
        return result(
            {"message_id": known["message_id"], "date": known["date"], "chat": payloads.chat(int(fields["chat_id"]))}
        )

    def _refused(self, method: str, fields: Fields, file: tuple[str, bytes] | None) -> Reply | None:
        chat_id = str(fields.get("chat_id") or "")
        if not chat_id.removeprefix("-").isdecimal() or int(chat_id) not in self.open_chats:
            return error(400, "Bad Request: chat not found")
        if int(chat_id) in self.blocked:
            return error(403, "Forbidden: bot was blocked by the user")
        if method in FILES:
            return self._file_refused(method, fields, file)
        if not str(fields.get(TEXTS[method]) or ""):
            return error(400, "Bad Request: message text is empty")
        if _units(str(fields.get("text") or "")) > 4096:
            return error(400, "Bad Request: message is too long")
        return None

    def _file_refused(self, method: str, fields: Fields, file: tuple[str, bytes] | None) -> Reply | None:
        if file is None:
            return error(400, f"Bad Request: there is no {FILES[method]} in the request")
        if len(file[1]) > MOST_FILE:
            return error(413, "Request Entity Too Large")
        if _units(str(fields.get("caption") or "")) > 1024:
            return error(400, "Bad Request: message caption is too long")
        return None

    def _fields(self, asked: Asked) -> tuple[Fields, tuple[str, bytes] | None]:
        content_type = asked.headers.get("content-type", "")
        if not content_type.startswith("multipart/form-data"):
            return asked.json(), None
        head = f"Content-Type: {content_type}\r\n\r\n".encode()
        parts: Any = BytesParser().parsebytes(head + asked.body).get_payload()
        fields, file = {}, None
        for part in parts if isinstance(parts, list) else []:
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if part.get_filename() is not None:
                file = (part.get_filename(), content)
            else:
                fields[name] = _value(content.decode())
        return fields, file

    def _place(self, file_id: str) -> Reply:
        if file_id not in self.files:
            return error(400, "Bad Request: invalid file_id")
        content, path = self.files[file_id]
        if len(content) > MOST_TO_FETCH:
            return error(400, "Bad Request: file is too big")
        told = {"file_id": file_id, "file_unique_id": f"{file_id}u", "file_size": len(content)}
        return result({**told, "file_path": path})

    def _file(self, path: str) -> Reply:
        prefix = f"/file/bot{self.token}/"
        found = [content for content, place in self.files.values() if f"{prefix}{place}" == path]
        return Reply(200, found[-1], {"Content-Type": "application/octet-stream"}) if found else error(404, "Not Found")


def result(found: object) -> Reply:
    """An answer to what went well."""
    return Reply.of({"ok": True, "result": found})


def error(code: int, words: str, **parameters: Any) -> Reply:
    """An error as Telegram spells it."""
    more = {"parameters": parameters} if parameters else {}
    return Reply.of({"ok": False, "error_code": code, "description": words, **more}, code)


def _value(text: str) -> Any:
    """A value of a form: what is no text is JSON there."""
    try:
        return json.loads(text) if text.startswith(("{", "[")) else text
    except ValueError:
        return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2
