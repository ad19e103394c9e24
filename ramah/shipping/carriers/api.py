"""Asking a provider's JSON API: what its answers mean, in plain words, and what follows from each.

No token in any text: they stand in headers, never in addresses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from ramah.kernel.providers import http
from ramah.kernel.providers.contract import Check, Refused, SendingError, TryLater, Uncertain, tried
from ramah.kernel.providers.http import Answered
from ramah.kernel.providers.json import Object, text_in
from ramah.shipping.carriers.contract import Account, Address

MOST_LABEL = 5 * 1024 * 1024
_WRONG_KEY = timedelta(minutes=5)
_MOST_REASON = 200


@dataclass(frozen=True, slots=True)
class Api:
    """The API of `name` at `url`. `reason` finds the provider's own words in an answer. All calls raise `SendingError`s."""

    name: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    reason: Callable[[Object], str]

    def get(self, path: str, **query: str) -> Object:
        """Ask for something."""
        asked = f"{self.url}{path}?{urlencode(query)}" if query else f"{self.url}{path}"
        return self._read(http.get(asked, headers=self.headers), changes=False)

    def post(self, path: str, fields: object, *, changes: bool) -> Object:
        """Send something. `changes`: it must not be sent twice without knowing what became of it."""
        answered = http.post_json(f"{self.url}{path}", fields, headers=self.headers, changes=changes)
        return self._read(answered, changes=changes)

    def file(self, url: str) -> bytes:
        """A file at an address that the provider named: public, or at the API's own place. Raises as `get`."""
        answered = http.fetch_public(url, most=MOST_LABEL, trusted_origin=self.url)
        if not answered.is_ok:
            raise TryLater(_("The file is not there (%(status)s).") % {"status": answered.status}, of_account=False)
        return answered.content

    def label(self, url: str) -> tuple[bytes, str]:
        """The PDF of a label, or words why there is none: it is bought whatever becomes of its file."""
        try:
            content = self.file(url) if url else b""
        except SendingError as error:
            return b"", str(error)
        if content.startswith(b"%PDF-"):
            return content, ""
        return b"", _("The label is no PDF; print it at %(provider)s.") % {"provider": self.name}

    def _read(self, answered: Answered, *, changes: bool) -> Object:
        found = answered.json()
        if answered.is_ok and found:
            return found
        raise _failure_of(answered, self.name, self.reason(found)[:_MOST_REASON], changes=changes)


def address_fields(of: Address) -> dict[str, str]:
    """An address by the names that aggregators have for its parts."""
    return {
        "name": of.name,
        "company": of.company,
        "street1": of.street,
        "city": of.city,
        "state": of.region,
        "zip": of.postal_code,
        "country": of.country,
        "phone": of.phone,
        "email": of.email,
    }


def check_hooks(ask: Callable[[], Sequence[Object]], account: Account) -> list[Check]:
    """Whether the key is taken, and whether one of the webhooks that the provider lists is ours."""
    listed: list[str] = []

    def run() -> str:
        listed.extend(text_in(one, "url").partition("?")[0].rstrip("/") for one in ask())
        return ""

    checks = [tried(_("Key of the API"), run)]
    if checks[0].reason:
        return checks
    is_known = any(url.endswith(f"/hooks/carriers/{account.key}") for url in listed)
    return [*checks, Check(_("Webhook"), "" if is_known else _("The provider does not know our address yet."))]


def _failure_of(answered: Answered, name: str, reason: str, *, changes: bool) -> SendingError:
    status, named = answered.status, {"provider": name, "status": answered.status, "reason": reason}
    if status == 429:
        return TryLater(_("%(provider)s is asked too often; it goes on more slowly.") % named, answered.pause)
    if status in (401, 403):
        words = _("%(provider)s does not take the key (%(status)s); put in the right one. %(reason)s") % named
        return TryLater(words.strip(), _WRONG_KEY)
    if 300 <= status < 400:
        return TryLater(_("The address of the API leads somewhere else."), _WRONG_KEY)
    if status == 503:
        return TryLater(_("%(provider)s is not available at the moment.") % named, answered.pause)
    if 400 <= status < 500 and status != 408:
        words = (
            _("%(provider)s refused it (%(status)s): %(reason)s")
            if reason
            else _("%(provider)s refused it (%(status)s).")
        )
        return Refused(words % named)
    # It may have been taken before something went wrong.
    words = _("%(provider)s gave an answer that makes no sense (%(status)s). %(reason)s") % named
    return Uncertain(words.strip()) if changes else TryLater(words.strip())
