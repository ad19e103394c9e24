"""Telegram's Bot API as an account sees it. The token stands in every address, so no address is ever shown or logged.

https://core.telegram.org/bots/api#making-requests
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from ramah.channels.models import ChannelAccount
from ramah.channels.telegram.errors import failure_of
from ramah.channels.telegram.updates import number_in
from ramah.conversations.commands.filing import File
from ramah.kernel.providers import http as provider_http
from ramah.kernel.providers.contract import Refused, TryLater
from ramah.kernel.providers.http import Answered, Call
from ramah.kernel.providers.json import Object, object_in

API_URL = "https://api.telegram.org"
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True, slots=True)
class Api:
    """The API for one bot. All calls raise `SendingError`s."""

    url: str
    token: str = field(repr=False)

    def ask(self, method: str, **fields: object) -> Object:
        """Read something, or set what may be set twice; the result where it is an object."""
        answered = self._safely(lambda: provider_http.post_json(self._place(method), fields, changes=False))
        return object_in({"result": _result(answered, changes=False)}, "result")

    def send(self, method: str, fields: Mapping[str, object]) -> str:
        """Hand a message over; returns its number in the chat."""
        return _number(self._safely(lambda: provider_http.post_json(self._place(method), fields)))

    def send_file(self, method: str, fields: Mapping[str, object], name: str, file: File) -> str:
        """Hand a message with a file over, under the `name` that the method gives it; returns its number."""
        told = {key: one if isinstance(one, str) else json.dumps(one) for key, one in fields.items()}
        files = {name: (file.filename, file.content, file.content_type)}
        return _number(self._safely(lambda: provider_http.post_files(self._place(method), told, files)))

    def download(self, path: str, *, most: int) -> bytes:
        """A file from where `getFile` says that it is, at most `most` bytes."""
        url = f"{self.url}/file/bot{self.token}/{quote(path, safe='/')}"
        answered = self._safely(lambda: provider_http.call(Call("GET", url, most=most)))
        if answered.status == 404:  # the place is good for an hour only
            raise TryLater(_("Telegram does not have the file there any more."), of_account=False)
        if not answered.is_ok:
            raise failure_of(answered, changes=False)
        return answered.content

    def _place(self, method: str) -> str:
        return f"{self.url}/bot{self.token}/{method}"

    def _safely(self, call: Callable[[], Answered]) -> Answered:
        """What the call answers; an error that would show the address does not get out."""
        try:
            return call()
        except Refused as error:
            if self.token not in str(error):
                raise
        raise Refused(_("The address of the API in the settings is not one."), of_account=True)


def _result(answered: Answered, *, changes: bool) -> Any:
    found = answered.json()
    if not answered.is_ok or found.get("ok") is not True:
        raise failure_of(answered, changes=changes)
    return found.get("result")


def _number(answered: Answered) -> str:
    if not (number := number_in({"result": _result(answered, changes=True)}, "result", "message_id")):
        raise failure_of(answered, changes=True)
    return number


def api_of(account: ChannelAccount) -> Api:
    """The API with the account's token. Raises `TryLater` where that is none: whatever is to go waits for the right one."""
    token = account.secret("bot_token").strip()
    if not _TOKEN.fullmatch(token):
        raise TryLater(_("The token of the bot is missing, or is none; BotFather shows it."), timedelta(minutes=5))
    return Api(url=str(account.settings.get("api_url") or API_URL).rstrip("/"), token=token)
