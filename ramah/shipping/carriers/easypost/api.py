"""EasyPost's API: trackers, rates, labels, and giving labels back. https://docs.easypost.com/docs"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from django.utils.translation import gettext as _

from ramah.kernel.money import Money
from ramah.kernel.providers.contract import Check, Refused, Uncertain
from ramah.kernel.providers.json import Object, object_in, objects_in, text_in, write_json
from ramah.shipping.carriers.api import Api, address_fields, check_hooks
from ramah.shipping.carriers.contract import Account, Labeled, ParcelAsked, Rated, Tracked
from ramah.shipping.carriers.sending import check_addresses

API_URL = "https://api.easypost.com/v2"
_OUNCE, _INCH_MM = Decimal("28.349523125"), Decimal("25.4")


def api_of(account: Account) -> Api:
    """The API with the account's key, which is the user of a log-in without a password."""
    key = b64encode(f"{account.credentials.get('api_key', '')}:".encode()).decode()
    url = (account.settings.get("api_url") or API_URL).rstrip("/")
    return Api("EasyPost", url, {"Authorization": f"Basic {key}"}, _reason)


def track(account: Account, asked: Sequence[Tracked]) -> list[bytes]:
    """The trackers as they stand. One that is made for a number and carrier again within three months is the same one."""
    api = api_of(account)
    return [
        write_json(api.post("/trackers", {"tracker": {"tracking_code": one.number}}, changes=False)) for one in asked
    ]


def rate(account: Account, parcel: ParcelAsked, at: datetime) -> list[Rated]:
    """What each service costs; a day of arrival where EasyPost names the days."""
    return [_rated(one, at) for one in objects_in(_shipment(api_of(account), parcel, key=""), "rates") if _is_rate(one)]


def label(account: Account, parcel: ParcelAsked, *, service: str, key: str) -> Labeled:
    """Buy the service (empty: the cheapest). EasyPost shows `key` as the reference of its shipment."""
    api = api_of(account)
    shipment = _shipment(api, parcel, key=key)
    rates = [one for one in objects_in(shipment, "rates") if _is_rate(one) and service in ("", _service(one))]
    if not rates:
        raise Refused(_("Nobody takes this parcel by this service: %(service)s") % {"service": service})
    cheapest = min(rates, key=lambda one: Decimal(text_in(one, "rate")))
    known_as = text_in(shipment, "id")
    bought = api.post(f"/shipments/{quote(known_as)}/buy", {"rate": {"id": text_in(cheapest, "id")}}, changes=True)
    number = text_in(bought, "tracking_code", most=60)
    if not number:
        raise Uncertain(_("EasyPost gave no tracking number. Look there for the shipment %(id)s.") % {"id": known_as})
    pdf, note = api.label(text_in(bought, "postage_label", "label_url"))
    return Labeled(
        tracking_number=number,
        label_id=known_as,
        pdf=pdf,
        cost_amount=Decimal(text_in(cheapest, "rate")),
        cost_currency=text_in(cheapest, "currency", most=3),
        carrier=text_in(cheapest, "carrier", most=80),
        note=note,
    )


def cancel(account: Account, *, number: str, label_id: str, key: str) -> None:
    """Ask for the money back. The carrier decides later; what it refuses at once is `Refused`."""
    found = api_of(account).post(f"/shipments/{quote(label_id, safe='')}/refund", {}, changes=True)
    if (status := text_in(found, "refund_status")) not in ("submitted", "refunded"):
        raise Refused(_("The label is not taken back: %(reason)s") % {"reason": status or _("no reason given")})


def check(account: Account) -> list[Check]:
    """Whether the key is taken, and whether EasyPost posts here."""
    return check_hooks(lambda: objects_in(api_of(account).get("/webhooks"), "webhooks"), account)


def _shipment(api: Api, parcel: ParcelAsked, *, key: str) -> Object:
    """A shipment there, which costs nothing until it is bought."""
    check_addresses(parcel)
    length, width, height = (
        str((Decimal(side) / _INCH_MM).quantize(Decimal("0.1"))) for side in parcel.size_mm or (0,) * 3
    )
    size = {"length": length, "width": width, "height": height} if parcel.size_mm else {}
    fields = {
        "to_address": address_fields(parcel.destination),
        "from_address": address_fields(parcel.origin),
        "parcel": {"weight": str((parcel.grams / _OUNCE).quantize(Decimal("0.1"))), **size},
        "reference": key or parcel.reference,
        "options": {"label_format": "PDF", "print_custom_1": parcel.reference},
    }
    return api.post("/shipments", {"shipment": fields}, changes=False)


def _rated(one: Object, at: datetime) -> Rated:
    days = text_in(one, "delivery_days", most=3)
    arrives = (at + timedelta(days=int(days))).date() if days.isdecimal() else None
    return Rated(
        service=_service(one),
        name=f"{text_in(one, 'carrier', most=80)} {text_in(one, 'service', most=80)}",
        amount=Money(Decimal(text_in(one, "rate")), text_in(one, "currency", most=3)),
        arrives_from=None,
        arrives_to=arrives,
        rate_id=text_in(one, "id", most=80),
    )


def _service(one: Object) -> str:
    return f"{text_in(one, 'carrier')}/{text_in(one, 'service')}"[:40]


def _is_rate(one: Object) -> bool:
    try:
        amount = Decimal(text_in(one, "rate", most=20))
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0 and len(text_in(one, "currency")) == 3 and bool(text_in(one, "id"))


def _reason(found: Object) -> str:
    return text_in(object_in(found, "error"), "message") or text_in(found, "error")
