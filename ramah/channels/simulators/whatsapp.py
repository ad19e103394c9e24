"""WhatsApp's Cloud API on this machine: takes messages as the real one does, reports on them, and lets customers write.

Out of the documentation: bearer token, ids, uploads and downloads of media in two steps, templates in pages, error codes with
their HTTP states, the limit of messages, the 24 hours, signed posts that come twice and out of order.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from email.parser import BytesParser
from typing import Any

from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.simulators.server import Asked, Reply, Simulator
from ramah.channels.simulators.whatsapp_templates import TEMPLATES

DAY = 24 * 3600
TEMPLATES_A_PAGE = 2
Fields = dict[str, Any]


class WhatsAppSimulator(Simulator):
    """One number of one WhatsApp Business account.

    `reports` says which states follow each message that it takes; they are posted when `report` is called. `limit` is how many
    messages it takes before it answers 429. With `keeps_window` messages after the 24 hours are refused.
    """

    def __init__(
        self,
        *,
        app_secret: str,
        access_token: str,
        phone_number_id: str = "106540352242922",
        business_id: str = "102290129340398",
        hook_url: str = "",
        port: int = 0,
    ) -> None:
        super().__init__(hook_url=hook_url, port=port)
        self.app_secret, self.access_token = app_secret, access_token
        self.phone_number_id, self.business_id = phone_number_id, business_id
        self.reports: tuple[str, ...] = ("sent", "delivered", "read")
        self.limit: int | None = None
        self.keeps_window = True
        self.taken: list[Fields] = []
        self.media: dict[str, tuple[bytes, str]] = {}
        self.templates: list[Fields] = [dict(one) for one in TEMPLATES]
        self.last_said: dict[str, float] = {}
        self._files = 900_000_000 - 1
        self._reported = 0
        self._places = time.time_ns() // 1000  # ids of an earlier run are not given again

    @property
    def api_url(self) -> str:
        """What the account's settings name as the address of the API."""
        return f"{self.url}/v24.0"

    def signed(self, body: bytes) -> Mapping[str, str]:
        digest = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={digest}"}

    # What customers do

    def next_wamid(self, number: str) -> str:
        """An id that was not given before."""
        with self.lock:
            self._places += 1
            return payloads.wamid(number, self._places)

    def hook(self, *messages: Fields, name: str = "Dana", **more: Any) -> Fields:
        """A request that brings messages of customers."""
        with self.lock:
            for message in messages:
                stamp = str(message.get("timestamp"))
                said = float(stamp) if stamp.isdecimal() else 0.0
                self.last_said[message["from"]] = max(said, self.last_said.get(message["from"], 0.0))
        numbers = dict.fromkeys(message["from"] for message in messages)
        beside: Fields = dict(more)
        if numbers:
            beside["contacts"] = [payloads.contact(number, name) for number in numbers]
        value = payloads.value_of(phone_number_id=self.phone_number_id, messages=list(messages), **beside)
        return payloads.hook(value, business_id=self.business_id)

    def add_media(self, content: bytes, mime_type: str) -> tuple[str, str]:
        """Put a file of a customer where it can be fetched; returns its id and digest."""
        with self.lock:
            self._files += 1
            media_id = str(self._files)
            self.media[media_id] = (content, mime_type)
        return media_id, hashlib.sha256(content).hexdigest()

    def report(self) -> int:
        """Post what became of the messages taken since the last call; returns how many reports were posted."""
        posted = 0
        for one in list(self.taken[self._reported :]):
            for place, state in enumerate(self.reports):
                self.post(self.status_hook(one, state, at=int(time.time()) + place))
                posted += 1
            self._reported += 1  # only now: what could not be posted is posted the next time
        return posted

    def status_hook(self, taken: Fields, state: str, *, at: int, code: int = 0, title: str = "") -> Fields:
        """The request that reports one state of a message that was taken."""
        status = payloads.status(
            taken["id"],
            state,
            at,
            _digits(taken["to"]),
            callback=taken.get("biz_opaque_callback_data", ""),
            code=code,
            title=title,
        )
        value = payloads.value_of(phone_number_id=self.phone_number_id, statuses=[status])
        return payloads.hook(value, business_id=self.business_id)

    # What the API answers

    def answer(self, asked: Asked) -> Reply:
        path = re.sub(r"^/v\d+\.\d+", "", asked.path)
        if asked.headers.get("authorization") != f"Bearer {self.access_token}":
            return error(190, "Invalid OAuth access token - Cannot parse access token", 401, kind="OAuthException")
        if asked.method == "POST":
            return self._answer_post(path, asked)
        if path.startswith("/files/"):
            return self._file(path.removeprefix("/files/"))
        if path == f"/{self.business_id}/message_templates":
            return self._templates(asked.query)
        if path == f"/{self.business_id}/subscribed_apps":
            return Reply.of({"data": [{"whatsapp_business_api_data": {"name": "Ramah", "id": "1"}}]})
        if path == f"/{self.phone_number_id}":
            known = {
                "display_phone_number": "+62 811-1000-000",
                "verified_name": "Toko Laut",
                "id": self.phone_number_id,
            }
            return Reply.of(known)
        return self._media_place(path.removeprefix("/"))

    def _answer_post(self, path: str, asked: Asked) -> Reply:
        if path == f"/{self.phone_number_id}/messages":
            return self._take(asked.json())
        if path == f"/{self.phone_number_id}/media":
            return self._upload(asked)
        return _unknown(path)

    def _take(self, message: Fields) -> Reply:
        if self.limit is not None and self.limit <= 0:
            return error(130429, "(#130429) Rate limit hit", 429, headers={"Retry-After": "2"})
        if refused := self._refused(message):
            return refused
        number = _digits(str(message["to"]))
        known = {**message, "id": self.next_wamid(number)}
        self.taken.append(known)
        if self.limit is not None:
            self.limit -= 1
        return Reply.of(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": message["to"], "wa_id": number}],
                "messages": [{"id": known["id"]}],
            }
        )

    def _refused(self, message: Fields) -> Reply | None:
        kind = message.get("type", "text")
        content = message.get(kind)
        to = str(message.get("to") or "")
        if message.get("messaging_product") != "whatsapp" or not _digits(to) or not isinstance(content, dict):
            return error(100, "(#100) Invalid parameter", 400)
        if kind == "text" and not 0 < len(str(content.get("body", ""))) <= 4096:
            return error(100, "(#100) Param text['body'] must be at most 4096 characters long.", 400)
        if kind == "template":
            return self._template_refused(content)
        if "id" in content and content["id"] not in self.media:
            return error(131009, "(#131009) Parameter value is not valid", 400)
        if self.keeps_window and time.time() - self.last_said.get(_digits(to), 0.0) > DAY:
            return error(131047, "(#131047) Re-engagement message", 400)
        return None

    def _template_refused(self, content: Fields) -> Reply | None:
        key = (content.get("name"), content.get("language", {}).get("code"))
        found = next((one for one in self.templates if (one["name"], one["language"]) == key), None)
        if found is None or found["status"] != "APPROVED":
            return error(132001, "(#132001) Template name does not exist in the translation", 404)
        body = next(one["text"] for one in found["components"] if one["type"] == "BODY")
        wanted = len(set(re.findall(r"\{\{\w+\}\}", body)))
        given = [one for one in content.get("components", []) if one["type"] == "body"]
        if wanted != (len(given[0]["parameters"]) if given else 0):
            return error(132000, "(#132000) Number of parameters does not match the expected number of params", 400)
        return None

    def _upload(self, asked: Asked) -> Reply:
        head = f"Content-Type: {asked.headers.get('content-type', '')}\r\n\r\n".encode()
        parts: Any = BytesParser().parsebytes(head + asked.body).get_payload()
        for part in parts if isinstance(parts, list) else []:
            if part.get_param("name", header="content-disposition") == "file":
                media_id, _digest = self.add_media(part.get_payload(decode=True), part.get_content_type())
                return Reply.of({"id": media_id})
        return error(100, "(#100) The parameter file is required", 400)

    def _media_place(self, media_id: str) -> Reply:
        if media_id not in self.media:
            return error(100, f"Unsupported get request. Object with ID '{media_id}' does not exist", 400)
        content, mime_type = self.media[media_id]
        return Reply.of(
            {
                "messaging_product": "whatsapp",
                "url": f"{self.api_url}/files/{media_id}",
                "mime_type": mime_type,
                "sha256": hashlib.sha256(content).hexdigest(),
                "file_size": str(len(content)),
                "id": media_id,
            }
        )

    def _file(self, media_id: str) -> Reply:
        if media_id not in self.media:
            return Reply(404, b"")
        content, mime_type = self.media[media_id]
        return Reply(200, content, {"Content-Type": mime_type})

    def _templates(self, query: Mapping[str, str]) -> Reply:
        start = int(query.get("after") or 0)
        end = start + min(int(query.get("limit") or 25), TEMPLATES_A_PAGE)
        paging: Fields = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(self.templates):
            paging["next"] = f"{self.api_url}/{self.business_id}/message_templates?after={end}"
        return Reply.of({"data": self.templates[start:end], "paging": paging})


def error(
    code: int, words: str, status: int, *, kind: str = "OAuthException", headers: Mapping[str, str] | None = None
) -> Reply:
    """An error as the Graph API spells it."""
    fields = {
        "message": words,
        "type": kind,
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": words},
    }
    reply = Reply.of({"error": {**fields, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam"}}, status)
    return Reply(reply.status, reply.body, {**reply.headers, **(headers or {})})


def _unknown(path: str) -> Reply:
    return error(100, f"Unsupported post request. Object with ID '{path}' does not exist", 400)


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdecimal())
