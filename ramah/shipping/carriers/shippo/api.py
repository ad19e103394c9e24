"""Shippo's API: tracks, rates, labels, and giving labels back. https://docs.goshippo.com"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from django.utils.translation import gettext as _

from ramah.kernel.money import Money
from ramah.kernel.providers.contract import Check, Refused, Uncertain
from ramah.kernel.providers.json import Object, object_in, objects_in, text_in, write_json
from ramah.shipping import tracking_numbers
from ramah.shipping.carriers.api import Api, address_fields, check_hooks
from ramah.shipping.carriers.contract import Account, Labeled, ParcelAsked, Rated, Tracked
from ramah.shipping.carriers.sending import DEFAULT_BOX_MM, check_addresses

API_URL = "https://api.goshippo.com"
VERSION = "2018-02-08"  # on older ones a webhook brings something else than a track


def api_of(account: Account) -> Api:
    """The API with the account's token."""
    headers = {
        "Authorization": f"ShippoToken {account.credentials.get('api_token', '')}",
        "Shippo-API-Version": VERSION,
    }
    return Api("Shippo", (account.settings.get("api_url") or API_URL).rstrip("/"), headers, _reason)


def track(account: Account, asked: Sequence[Tracked]) -> list[bytes]:
    """The tracks as they stand. Whose a number is Shippo has to be told."""
    api = api_of(account)
    return [write_json(api.get(f"/tracks/{_carrier(one)}/{quote(one.number, safe='')}")) for one in asked]


def rate(account: Account, parcel: ParcelAsked, at: datetime) -> list[Rated]:
    """What each service costs; a day of arrival where Shippo names the days."""
    return [_rated(one, at) for one in _rates(api_of(account), parcel, key="")]


def label(account: Account, parcel: ParcelAsked, *, service: str, key: str) -> Labeled:
    """Buy the service (empty: the cheapest). Shippo shows `key` as the metadata of its transaction."""
    api = api_of(account)
    rates = [one for one in _rates(api, parcel, key=key) if service in ("", _service(one))]
    if not rates:
        raise Refused(_("Nobody takes this parcel by this service: %(service)s") % {"service": service})
    cheapest = min(rates, key=lambda one: Decimal(text_in(one, "amount")))
    fields = {
        "rate": text_in(cheapest, "object_id"),
        "label_file_type": "PDF_4x6",
        "async": False,
        "metadata": f"{parcel.reference} {key}"[:100],
    }
    bought = api.post("/transactions/", fields, changes=True)
    status, known_as = text_in(bought, "status"), text_in(bought, "object_id", most=80)
    if status == "ERROR":  # the answer is a success all the same
        raise Refused(
            _("The label was refused: %(reason)s") % {"reason": _reason(bought)[:200] or _("no reason given")}
        )
    number = text_in(bought, "tracking_number", most=60)
    if status != "SUCCESS" or not number or not known_as:
        raise Uncertain(
            _("Shippo is not done with the label. Look there for the transaction %(id)s.") % {"id": known_as}
        )
    pdf, note = api.label(text_in(bought, "label_url"))
    return Labeled(
        tracking_number=number,
        label_id=known_as,
        pdf=pdf,
        cost_amount=Decimal(text_in(cheapest, "amount")),
        cost_currency=text_in(cheapest, "currency", most=3),
        carrier=text_in(cheapest, "provider", most=80),
        note=note,
    )


def cancel(account: Account, *, number: str, label_id: str, key: str) -> None:
    """Ask for the money back. The carrier decides later; what it refuses at once is `Refused`."""
    found = api_of(account).post("/refunds/", {"transaction": label_id, "async": False}, changes=True)
    if (status := text_in(found, "status")) not in ("QUEUED", "PENDING", "SUCCESS"):
        raise Refused(_("The label is not taken back: %(reason)s") % {"reason": status or _("no reason given")})


def check(account: Account) -> list[Check]:
    """Whether the token is taken, and whether Shippo posts here."""
    return check_hooks(lambda: objects_in(api_of(account).get("/webhooks"), "results"), account)


def _rates(api: Api, parcel: ParcelAsked, *, key: str) -> list[Object]:
    """The rates of a shipment there, which costs nothing until a rate is bought."""
    check_addresses(parcel)
    length, width, height = (str(Decimal(side) / 10) for side in parcel.size_mm or DEFAULT_BOX_MM)
    fields = {
        "address_from": address_fields(parcel.origin),
        "address_to": address_fields(parcel.destination),
        "parcels": [
            {
                "length": length,
                "width": width,
                "height": height,
                "distance_unit": "cm",
                "weight": str(parcel.grams),
                "mass_unit": "g",
            }
        ],
        "metadata": f"{parcel.reference} {key}".strip()[:100],
        "async": False,
    }
    return [one for one in objects_in(api.post("/shipments/", fields, changes=False), "rates") if _is_rate(one)]


def _rated(one: Object, at: datetime) -> Rated:
    days = text_in(one, "estimated_days", most=3)
    arrives = (at + timedelta(days=int(days))).date() if days.isdecimal() else None
    return Rated(
        service=_service(one),
        name=f"{text_in(one, 'provider', most=80)} {text_in(one, 'servicelevel', 'name', most=80)}",
        amount=Money(Decimal(text_in(one, "amount")), text_in(one, "currency", most=3)),
        arrives_from=None,
        arrives_to=arrives,
        rate_id=text_in(one, "object_id", most=80),
    )


def _service(one: Object) -> str:
    return text_in(one, "servicelevel", "token", most=40)


def _is_rate(one: Object) -> bool:
    try:
        amount = Decimal(text_in(one, "amount", most=20))
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0 and len(text_in(one, "currency")) == 3 and bool(text_in(one, "object_id"))


def _carrier(asked: Tracked) -> str:
    """Shippo's token of a carrier, which is spelled as our key; its own test numbers have a carrier of their own."""
    if asked.number.startswith("SHIPPO_"):
        return "shippo"
    guesses = [guess.carrier for guess in tracking_numbers.recognize(asked.number)]
    return quote(asked.carrier or next(iter(guesses), "unknown"), safe="")


def _reason(found: Object) -> str:
    told = [text_in(one, "text") for one in objects_in(found, "messages")]
    return "; ".join(filter(None, told)) or text_in(found, "detail") or text_in(object_in(found, "error"), "message")
