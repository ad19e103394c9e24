"""Messenger and Instagram on this machine: takes messages as Meta does, tells of them, and lets customers write.

Out of the documentation: bearer token, ids, uploads, profiles, the 24 hours and the tag of people, error codes with their
subcodes, limits, echoes, reports by watermark (Messenger) or id (Instagram), signed posts that come twice and out of order.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from email.parser import BytesParser
from typing import Any

from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.simulators.server import Asked, Reply, Simulator

DAY = 24 * 3600
HOOK_FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_edits",
    "message_reactions",
)
Fields = dict[str, Any]


class MessengerSimulator(Simulator):
    """One page of Facebook; with `is_instagram` the Instagram account that is linked to it.

    `limit` is how many messages it takes before it answers 613. With `keeps_window` messages after the 24 hours are refused;
    `has_human_agent` lets those of people through for seven days. `blocked` are customers who take nothing any more.
    """

    def __init__(
        self,
        *,
        app_secret: str,
        access_token: str,
        is_instagram: bool = False,
        page_id: str = "682498302938465",
        instagram_id: str = "17841400000000001",
        hook_url: str = "",
        port: int = 0,
    ) -> None:
        super().__init__(hook_url=hook_url, port=port)
        self.app_secret, self.access_token = app_secret, access_token
        self.is_instagram, self.page_id, self.instagram_id = is_instagram, page_id, instagram_id
        self.limit: int | None = None
        self.keeps_window, self.has_human_agent = True, False
        self.hook_fields: tuple[str, ...] = HOOK_FIELDS
        self.blocked: set[str] = set()
        self.taken: list[Fields] = []
        self.uploads: dict[str, tuple[bytes, str]] = {}
        self.files: dict[str, tuple[bytes, str]] = {}
        self.people: dict[str, Fields] = {}
        self.last_said: dict[str, float] = {}
        self._reported = 0
        self._places = 0

    @property
    def api_url(self) -> str:
        """What the account's settings name as the address of the API."""
        return f"{self.url}/v24.0"

    @property
    def owner(self) -> str:
        """Under which id it posts."""
        return self.instagram_id if self.is_instagram else self.page_id

    def signed(self, body: bytes) -> Mapping[str, str]:
        digest = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={digest}"}

    # What customers do

    def next_mid(self) -> str:
        """An id that was not given before."""
        with self.lock:
            self._places += 1
            return f"m_{hashlib.sha256(f'{self.owner}:{self._places}'.encode()).hexdigest()}"

    def hook(self, *events: Fields, name: str = "messaging") -> Fields:
        """A request that brings events."""
        with self.lock:
            for event in events:
                if {"message", "postback"} & set(event) and not event.get("message", {}).get("is_echo"):
                    said, sender = event.get("timestamp"), event["sender"]["id"]
                    at = said / 1000 if isinstance(said, int | float) else 0.0
                    self.last_said[sender] = max(at, self.last_said.get(sender, 0.0))
        object_of = payloads.INSTAGRAM if self.is_instagram else payloads.PAGE
        return payloads.hook(*events, owner=self.owner, object_of=object_of, at=int(time.time() * 1000), name=name)

    def add_file(self, content: bytes, mime_type: str, name: str = "") -> str:
        """Put a file of a customer where it can be fetched; returns its address."""
        with self.lock:
            name = name or str(900_000_000 + len(self.files))
            self.files[name] = (content, mime_type)
        return f"{self.url}/files/{name}?_nc_cat=1"

    def report(self) -> int:
        """Post what became of the messages taken since the last call: echo, arrived, read. Returns how many were posted."""
        posted = 0
        for one in list(self.taken[self._reported :]):
            for event in self.reports_of(one):
                self.post(self.hook(event))
                posted += 1
            self._reported += 1  # only now: what could not be posted is posted the next time
        return posted

    def reports_of(self, taken: Fields) -> list[Fields]:
        """The events that follow a message that was taken."""
        to, at, mid = taken["recipient"]["id"], taken["at"], taken["mid"]
        told = [self.echo_of(taken)]
        if self.is_instagram:
            return [*told, payloads.seen(to, self.owner, at + 2000, mid)]
        told.append(payloads.delivery(to, self.owner, at + 500, at, [mid]))
        return [*told, payloads.read(to, self.owner, at + 2000, at)]

    def echo_of(self, taken: Fields) -> Fields:
        """What Meta posts when the page has sent something."""
        content = {name: value for name, value in taken["message"].items() if name in ("text", "metadata")}
        if attached := taken["message"].get("attachment"):
            content["attachments"] = [{"type": attached["type"], "payload": {"url": f"{self.url}/files/none"}}]
        return payloads.echo(self.owner, taken["recipient"]["id"], taken["at"], taken["mid"], **content)

    # What the API answers

    def answer(self, asked: Asked) -> Reply:
        path = re.sub(r"^/v\d+\.\d+", "", asked.path)
        if path.startswith("/files/"):  # whoever knows the address gets it
            return self._file(path.removeprefix("/files/"))
        if asked.headers.get("authorization") != f"Bearer {self.access_token}":
            return error(190, "Invalid OAuth access token - Cannot parse access token", 401)
        pages = (f"/{self.page_id}", "/me")
        if asked.method == "POST":
            return self._answer_post(path, asked, pages)
        if path in pages:
            linked = {"instagram_business_account": {"id": self.instagram_id}}
            return Reply.of({"id": self.page_id, "name": "Toko Laut", **linked})
        if path in tuple(f"{page}/subscribed_apps" for page in pages):
            return Reply.of({"data": [{"id": "1", "name": "Ramah", "subscribed_fields": list(self.hook_fields)}]})
        return self._profile(path.removeprefix("/"), asked.query.get("fields", ""))

    def _answer_post(self, path: str, asked: Asked, pages: tuple[str, ...]) -> Reply:
        if path in tuple(f"{page}/messages" for page in pages):
            return self._take(asked.json())
        if path in tuple(f"{page}/message_attachments" for page in pages):
            return self._upload(asked)
        return error(100, f"Unsupported post request. Object with ID '{path}' does not exist", 400, subcode=33)

    def _take(self, asked: Fields) -> Reply:
        if self.limit is not None and self.limit <= 0:
            return error(613, "(#613) Calls to this api have exceeded the rate limit.", 400)
        if refused := self._refused(asked):
            return refused
        known = {**asked, "mid": self.next_mid(), "at": int(time.time() * 1000)}
        self.taken.append(known)
        if self.limit is not None:
            self.limit -= 1
        return Reply.of({"recipient_id": asked["recipient"]["id"], "message_id": known["mid"]})

    def _refused(self, asked: Fields) -> Reply | None:
        to, message = str(asked.get("recipient", {}).get("id") or ""), asked.get("message")
        if not isinstance(message, dict) or ("text" in message) == ("attachment" in message):
            return error(100, "(#100) Invalid parameter", 400)
        if to not in self.last_said:
            return error(100, "(#100) No matching user found", 400, subcode=2018001)
        if to in self.blocked:
            return error(551, "(#551) This person isn't available right now.", 400, subcode=1545041)
        words = str(message.get("text", "x"))
        size, most = (len(words.encode()), 1000) if self.is_instagram else (len(words), 2000)
        if not 0 < size <= most or len(message.get("quick_replies", [])) > 13:
            return error(100, "(#100) Length of param message[text] must be less than or equal to 2000", 400)
        attachment_id = message.get("attachment", {}).get("payload", {}).get("attachment_id", "")
        if "attachment" in message and attachment_id not in self.uploads:
            return error(100, "(#100) Upload attachment failure.", 400, subcode=2018047)
        return self._too_late(asked, to) if self.keeps_window else None

    def _too_late(self, asked: Fields, to: str) -> Reply | None:
        is_tagged = (asked.get("messaging_type"), asked.get("tag")) == ("MESSAGE_TAG", "HUMAN_AGENT")
        if is_tagged and not self.has_human_agent:
            return error(100, "(#100) The app may not use the tag HUMAN_AGENT.", 400, subcode=2018276)
        if time.time() - self.last_said[to] <= (7 * DAY if is_tagged else DAY):
            return None
        subcode = 2534022 if self.is_instagram else 2018278
        return error(10, "(#10) This message is sent outside of allowed window.", 400, subcode=subcode)

    def _upload(self, asked: Asked) -> Reply:
        head = f"Content-Type: {asked.headers.get('content-type', '')}\r\n\r\n".encode()
        parts: Any = BytesParser().parsebytes(head + asked.body).get_payload()
        found: dict[str, Any] = {}
        for part in parts if isinstance(parts, list) else []:
            found[part.get_param("name", header="content-disposition")] = part
        if "filedata" not in found or "message" not in found:
            return error(100, "(#100) Incorrect attachment data", 400, subcode=2018047)
        if ("platform" in found) != self.is_instagram:
            return error(100, "(#100) Incorrect platform", 400)
        kind = json.loads(found["message"].get_payload(decode=True))["attachment"]["type"]
        attachment_id = str(1_857_777_774_821_032 + len(self.uploads))
        self.uploads[attachment_id] = (found["filedata"].get_payload(decode=True), kind)
        return Reply.of({"attachment_id": attachment_id})

    def _profile(self, address: str, fields: str) -> Reply:
        if address not in self.people:
            words = f"Unsupported get request. Object with ID '{address}' does not exist"
            return error(100, words, 400, subcode=33)
        known = self.people[address]
        return Reply.of({name: known[name] for name in fields.split(",") if name in known} | {"id": address})

    def _file(self, name: str) -> Reply:
        if name not in self.files:
            return Reply(404, b"")
        content, mime_type = self.files[name]
        return Reply(200, content, {"Content-Type": mime_type})


def error(code: int, words: str, status: int, *, subcode: int = 0, headers: Mapping[str, str] | None = None) -> Reply:
    """An error as the Graph API spells it."""
    fields = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "BLBz/WZt8dN"}
    reply = Reply.of({"error": {**fields, **({"error_subcode": subcode} if subcode else {})}}, status)
    return Reply(reply.status, reply.body, {**reply.headers, **(headers or {})})
