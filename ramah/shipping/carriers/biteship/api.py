"""Biteship's API: trackings, rates, waybills. https://biteship.com/id/docs"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from django.utils.translation import gettext as _

from ramah.kernel.money import Money
from ramah.kernel.providers.contract import Check, Refused, Uncertain, tried
from ramah.kernel.providers.json import Object, object_in, objects_in, text_in, write_json
from ramah.shipping import tracking_numbers
from ramah.shipping.carriers.api import Api
from ramah.shipping.carriers.contract import Account, Labeled, ParcelAsked, Rated, Tracked
from ramah.shipping.carriers.sending import check_addresses
from ramah.shipping.labels import paper_of, pdf_of

API_URL = "https://api.biteship.com"
COURIERS = "jne,sicepat,jnt,anteraja,tiki,ninja"
_SPELLED = {"pos_indonesia": "pos"}
_DAYS = re.compile(r"(\d{1,2})(?:\s*-\s*(\d{1,2}))?\s*(?:days|hari)", re.IGNORECASE)


def api_of(account: Account) -> Api:
    """The API with the account's key, which stands alone in its header."""
    url = (account.settings.get("api_url") or API_URL).rstrip("/")
    return Api("Biteship", url, {"Authorization": account.credentials.get("api_key", "")}, _reason)


def track(account: Account, asked: Sequence[Tracked]) -> list[bytes]:
    """The trackings as they stand. Whose a number is Biteship has to be told."""
    api = api_of(account)
    return [
        write_json(api.get(f"/v1/trackings/{quote(one.number, safe='')}/couriers/{_courier(one)}")) for one in asked
    ]


def rate(account: Account, parcel: ParcelAsked, at: datetime) -> list[Rated]:
    """What the couriers of the settings ask, and between which days they say to arrive."""
    check_addresses(parcel)
    fields = {
        "origin_postal_code": parcel.origin.postal_code,
        "destination_postal_code": parcel.destination.postal_code,
        "couriers": account.settings.get("couriers") or COURIERS,
        "items": [_item(parcel)],
    }
    pricing = objects_in(api_of(account).post("/v1/rates/couriers", fields, changes=False), "pricing")
    return [_rated(one, at) for one in pricing if text_in(one, "price").isdecimal() and text_in(one, "courier_code")]


def label(account: Account, parcel: ParcelAsked, *, service: str, key: str) -> Labeled:
    """Order a courier ("jne/reg"). `key` is the reference of the order, which Biteship takes only once. We print the label."""
    check_addresses(parcel)
    company, _slash, kind = service.partition("/")
    if not (company and kind):
        raise Refused(_("Nobody takes this parcel by this service: %(service)s") % {"service": service})
    fields = {
        "reference_id": key,
        "courier_company": company,
        "courier_type": kind,
        "delivery_type": "now",
        "items": [_item(parcel)],
        **{f"origin_{name}": value for name, value in _end(parcel.origin).items()},
        **{f"destination_{name}": value for name, value in _end(parcel.destination).items()},
    }
    ordered = api_of(account).post("/v1/orders", fields, changes=True)
    known_as, number = text_in(ordered, "id", most=80), text_in(ordered, "courier", "waybill_id", most=60)
    if not known_as or not number:
        raise Uncertain(_("Biteship gave no waybill. Look there for the order %(id)s.") % {"id": known_as or key})
    price = text_in(ordered, "price", most=12)
    paper = paper_of(parcel, carrier=company.upper(), service=kind.upper(), number=number)
    return Labeled(
        tracking_number=number,
        label_id=known_as,
        pdf=pdf_of(paper),
        cost_amount=Decimal(price) if price.isdecimal() else None,
        cost_currency="IDR" if price.isdecimal() else "",
        carrier=company.upper(),
    )


def cancel(account: Account, *, number: str, label_id: str, key: str) -> None:
    """Call the courier off."""
    fields = {"cancellation_reason_code": "others", "cancellation_reason": "The order was changed."}
    found = api_of(account).post(f"/v1/orders/{quote(label_id, safe='')}/cancel", fields, changes=True)
    if found.get("success") is not True:
        raise Refused(
            _("The label is not taken back: %(reason)s") % {"reason": _reason(found)[:200] or _("no reason given")}
        )


def check(account: Account) -> list[Check]:
    """Whether the key is taken: the couriers are listed for whoever has one."""

    def ask() -> str:
        api_of(account).get("/v1/couriers")
        return ""

    return [tried(_("Key of the API"), ask)]


def _end(of: object) -> dict[str, object]:
    told = {name: str(getattr(of, name)) for name in ("name", "phone", "street", "city", "region", "postal_code")}
    address = ", ".join(filter(None, (told["street"], told["city"], told["region"])))
    postal = told["postal_code"]
    return {
        "contact_name": told["name"],
        "contact_phone": told["phone"],
        "address": address,
        "postal_code": int(postal) if postal.isascii() and postal.isdecimal() else postal,
    }


def _item(parcel: ParcelAsked) -> dict[str, object]:
    return {"name": parcel.reference, "value": int(parcel.value.amount), "quantity": 1, "weight": parcel.grams}


def _rated(one: Object, at: datetime) -> Rated:
    days = _DAYS.search(text_in(one, "duration", most=100))
    first, last = (days[1], days[2] or days[1]) if days else (None, None)
    return Rated(
        service=_service(one),
        name=f"{text_in(one, 'courier_name', most=40)} {text_in(one, 'courier_service_name', most=40)}".strip(),
        amount=Money(Decimal(text_in(one, "price", most=12)), "IDR"),
        arrives_from=(at + timedelta(days=int(first))).date() if first else None,
        arrives_to=(at + timedelta(days=int(last))).date() if last else None,
    )


def _service(one: Object) -> str:
    return f"{text_in(one, 'courier_code')}/{text_in(one, 'courier_service_code')}"[:40]


def _courier(asked: Tracked) -> str:
    guesses = [guess.carrier for guess in tracking_numbers.recognize(asked.number, country="ID")]
    carrier = asked.carrier or next(iter(guesses), "unknown")
    return quote(_SPELLED.get(carrier, carrier), safe="")


def _reason(found: Object) -> str:
    return text_in(found, "error") or text_in(object_in(found, "error"), "message") or text_in(found, "message")
