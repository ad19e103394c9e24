"""WhatsApp's Cloud API as an account sees it: addresses, access token, and answers that are errors."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ramah.channels.meta import API_URL, checked, token_of
from ramah.channels.models import ChannelAccount
from ramah.channels.whatsapp.errors import failure_of
from ramah.conversations.commands.filing import File
from ramah.kernel.providers import http as provider_http
from ramah.kernel.providers.json import text_in

# Hosts that WhatsApp hands files out from, which ask for the access token.
_FILE_HOSTS = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")


@dataclass(frozen=True, slots=True)
class Api:
    """The API for one number. All calls raise `SendingError`s."""

    url: str
    token: str
    phone_number_id: str
    business_id: str

    def get(self, path: str) -> dict[str, Any]:
        """Read something."""
        answered = provider_http.get(f"{self.url}/{path}", headers=self._headers())
        return checked(answered, failure_of, changes=False)

    def send(self, message: dict[str, object]) -> str:
        """Hand a message over; returns its id."""
        answered = provider_http.post_json(
            f"{self.url}/{quote(self.phone_number_id)}/messages",
            {"messaging_product": "whatsapp", **message},
            headers=self._headers(),
        )
        messages = checked(answered, failure_of, changes=True).get("messages")
        first = messages[0] if isinstance(messages, list) and messages else {}
        if not (known_as := text_in(first, "id", most=230)):
            raise failure_of(answered, changes=True)
        return known_as

    def upload(self, file: File) -> str:
        """Give a file to WhatsApp, to be sent by its id. Nobody gets it by that alone, so it may be tried again."""
        answered = provider_http.post_files(
            f"{self.url}/{quote(self.phone_number_id)}/media",
            {"messaging_product": "whatsapp", "type": file.content_type},
            {"file": (file.filename, file.content, file.content_type)},
            headers=self._headers(),
            changes=False,
        )
        if not (media_id := text_in(checked(answered, failure_of, changes=False), "id", most=200)):
            raise failure_of(answered, changes=False)
        return media_id

    def download(self, url: str, *, most: int) -> bytes:
        """A file from where WhatsApp says that it is."""
        scheme, host, _port = provider_http.origin_of(url)
        is_theirs = scheme == "https" and f".{host}".endswith(_FILE_HOSTS)
        is_here = provider_http.origin_of(url) == provider_http.origin_of(self.url)
        headers = self._headers() if is_theirs or is_here else {}  # the token is for nobody else
        answered = provider_http.fetch_public(url, headers=headers, most=most, trusted_origin=self.url)
        if not answered.is_ok:
            raise failure_of(answered, changes=False)
        return answered.content

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def api_of(account: ChannelAccount) -> Api:
    """The API with the account's token. Raises `Refused` where that could not be sent in a header."""
    settings = account.settings
    return Api(
        url=str(settings.get("api_url") or API_URL).rstrip("/"),
        token=token_of(account),
        phone_number_id=str(settings.get("phone_number_id") or ""),
        business_id=str(settings.get("business_account_id") or ""),
    )
