"""Nova Poshta: registered when the app starts. It has no webhook, so it is asked."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.kernel.providers.contract import Check, Refused, Setting, TryLater, tried
from ramah.kernel.providers.json import Object, objects_in, text_in, write_json
from ramah.shipping.carriers.api import Api
from ramah.shipping.carriers.contract import Account, CarrierProvider, Tracked, register_provider
from ramah.shipping.carriers.facts import Told
from ramah.shipping.carriers.novaposhta import statuses

API_URL = "https://api.novaposhta.ua/v2.0/json/"
EXAMPLE = "20450207118009"  # of its documentation


def track(account: Account, asked: Sequence[Tracked]) -> list[bytes]:
    """The present status of each parcel."""
    return [write_json(entry) for entry in _ask(account, [one.number for one in asked])]


def parse(raw: bytes, account: Account) -> Sequence[Told]:
    """What a stored entry tells. Raises `Unreadable`."""
    return statuses.parse(raw)


def check(account: Account) -> list[Check]:
    """Whether it answers."""

    def ask() -> str:
        _ask(account, [EXAMPLE])
        return ""

    return [tried(_("Connection"), ask)]


def _ask(account: Account, numbers: Sequence[str]) -> list[Object]:
    api = Api("Nova Poshta", account.settings.get("api_url") or API_URL, {}, _reason)
    fields = {
        "apiKey": account.credentials.get("api_key", ""),
        "modelName": "TrackingDocument",
        "calledMethod": "getStatusDocuments",
        "methodProperties": {"Documents": [{"DocumentNumber": number, "Phone": ""} for number in numbers]},
    }
    found = api.post("", fields, changes=False)
    if found.get("success") is not True:  # an error comes with status 200
        reason = _reason(found)[:200]
        words = _("%(provider)s refused it: %(reason)s") % {
            "provider": api.name,
            "reason": reason or _("no reason given"),
        }
        raise TryLater(words) if "key" in reason.lower() or not reason else Refused(words)
    return objects_in(found, "data")


def _reason(found: Object) -> str:
    errors = found.get("errors")
    return "; ".join(text_in({"": one}, "", most=200) for one in errors[:5]) if isinstance(errors, list) else ""


register_provider(
    CarrierProvider(
        key="novaposhta",
        name="Nova Poshta",
        parse=parse,
        track=track,
        check=check,
        settings=(
            Setting(
                "api_key",
                gettext_lazy("Key of the API"),
                gettext_lazy("Parcels are found without one, too."),
                is_secret=True,
                is_required=False,
            ),
            Setting(
                "api_url",
                gettext_lazy("Address of the API"),
                gettext_lazy("Empty: https://api.novaposhta.ua/v2.0/json/"),
                is_required=False,
            ),
        ),
        steps=(
            gettext_lazy(
                "Nothing has to be set up: Nova Poshta is asked every half hour to six hours where a parcel is."
            ),
            gettext_lazy("A key of the API is made in the business account, settings, security."),
            gettext_lazy("Save, and test the connection."),
        ),
    )
)
