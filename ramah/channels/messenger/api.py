"""Meta's Graph API as the account of a page sees it: addresses, access token, and answers that are errors."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ramah.channels.messenger.errors import failure_of
from ramah.channels.messenger.platforms import PLATFORMS, Platform
from ramah.channels.meta import API_URL, checked, token_of
from ramah.channels.models import ChannelAccount
from ramah.conversations.commands.filing import File
from ramah.kernel.providers import http as provider_http
from ramah.kernel.providers.http import Answered
from ramah.kernel.providers.json import text_in


@dataclass(frozen=True, slots=True)
class Api:
    """The API for one page. All calls raise `SendingError`s."""

    url: str
    token: str
    page_id: str
    platform: Platform

    def get(self, path: str) -> dict[str, Any]:
        """Read something."""
        answered = provider_http.get(f"{self.url}/{path}", headers=self._headers())
        return checked(answered, failure_of, changes=False)

    def send(self, message: dict[str, object]) -> str:
        """Hand a message over; returns its id."""
        answered = provider_http.post_json(f"{self._page}/messages", message, headers=self._headers())
        if not (mid := text_in(checked(answered, failure_of, changes=True), "message_id", most=230)):
            raise failure_of(answered, changes=True)
        return mid

    def upload(self, file: File, kind: str) -> str:
        """Give a file to Meta, to be sent by its id. Nobody gets it by that alone, so it may be tried again."""
        attachment = {"type": kind, "payload": {"is_reusable": True}}
        answered = provider_http.post_files(
            f"{self._page}/message_attachments",
            {**self.platform.upload_fields, "message": json.dumps({"attachment": attachment})},
            {"filedata": (file.filename, file.content, file.content_type)},
            headers=self._headers(),
            changes=False,
        )
        if not (attachment_id := text_in(checked(answered, failure_of, changes=False), "attachment_id", most=200)):
            raise failure_of(answered, changes=False)
        return attachment_id

    def download(self, url: str, *, most: int) -> Answered:
        """A file from where Meta says that it is: anybody who knows the address may have it, so the token stays here."""
        answered = provider_http.fetch_public(url, most=most, trusted_origin=self.url)
        if not answered.is_ok:
            raise failure_of(answered, changes=False)
        return answered

    @property
    def _page(self) -> str:
        return f"{self.url}/{quote(self.page_id or 'me', safe='')}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def api_of(account: ChannelAccount) -> Api:
    """The API with the account's token. Raises `Refused` where that could not be sent in a header."""
    return Api(
        url=str(account.settings.get("api_url") or API_URL).rstrip("/"),
        token=token_of(account),
        page_id=str(account.settings.get("page_id") or ""),
        platform=PLATFORMS[account.inbox.channel],
    )
