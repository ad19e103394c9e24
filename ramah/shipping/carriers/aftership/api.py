"""AfterShip's Tracking API. Its labels are another product, with carriers' accounts of its own. https://www.aftership.com/docs/tracking"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ramah.kernel.providers.contract import Check, Refused, tried
from ramah.kernel.providers.json import Object, object_in, objects_in, text_in, write_json
from ramah.shipping.carriers.api import Api
from ramah.shipping.carriers.contract import Account, Tracked

API_URL = "https://api.aftership.com/tracking/2026-07"
AT_ONCE = 20


def api_of(account: Account) -> Api:
    """The API with the account's key."""
    url = (account.settings.get("api_url") or API_URL).rstrip("/")
    return Api("AfterShip", url, {"as-api-key": account.credentials.get("api_key", "")}, _reason)


def track(account: Account, asked: Sequence[Tracked]) -> list[bytes]:
    """The trackings as they stand; a number that AfterShip does not watch yet is given to it."""
    api = api_of(account)
    numbers = ",".join(one.number for one in asked)
    listed = objects_in(object_in(api.get("/trackings", tracking_numbers=numbers), "data"), "trackings")
    known = {text_in(one, "tracking_number") for one in listed}
    return [write_json(one) for one in [*listed, *_watched(api, [one for one in asked if one.number not in known])]]


def check(account: Account) -> list[Check]:
    """Whether the key is taken."""

    def ask() -> str:
        api_of(account).get("/trackings", limit="1")
        return ""

    return [tried(_("Key of the API"), ask)]


def _watched(api: Api, unknown: Sequence[Tracked]) -> list[Object]:
    found = []
    for one in unknown:
        try:
            made = object_in(api.post("/trackings", {"tracking_number": one.number}, changes=False), "data")
        except Refused:  # no carrier has such a number; the others are watched all the same
            continue
        found += [made] if text_in(made, "tracking_number") else []
    return found


def _reason(found: Object) -> str:
    return text_in(found, "meta", "message")
