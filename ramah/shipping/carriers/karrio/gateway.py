"""Asking carriers through karrio's SDK, which is imported when it is needed, and not before.

Its connections are its own: their limits of time and size are not ours. It turns what breaks into messages of its own, so that a
refusal of the carrier is only what has another code than karrio's; anything else leaves open whether something was bought.
"""

import base64
import binascii
import importlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from ramah.kernel.money import Money
from ramah.kernel.providers.contract import Check, Refused, TryLater, Uncertain, tried
from ramah.kernel.providers.json import Object, write_json
from ramah.shipping.carriers.contract import Account, Address, Labeled, ParcelAsked, Rated, Tracked
from ramah.shipping.carriers.sending import check_addresses

_INTERNAL = "SHIPPING_SDK_INTERNAL_ERROR"


def track(account: Account, asked: Sequence[Tracked]) -> list[bytes]:
    """The parcels as they stand, each asked for by itself: not all of karrio's answers name the number."""
    return [write_json({**found, "tracking_number": one.number}) for one in asked for found in _tracked(account, one)]


def _tracked(account: Account, asked: Tracked) -> list[Object]:
    sdk, named = _sdk(), {asked.number: {"carrier": asked.carrier}} if asked.carrier else {}
    gateway = _gateway(sdk, account)
    request = _models().TrackingRequest(tracking_numbers=[asked.number], options=named)
    found, messages = _ask(lambda: sdk.Tracking.fetch(request).from_(gateway).parse())
    if not found and messages:
        raise Refused(_words(messages)) if _is_refusal(messages) else TryLater(_broken(messages))
    return [dict(_plain(one)) for one in found or ()]


def rate(account: Account, parcel: ParcelAsked, at: datetime) -> list[Rated]:
    """What each service costs."""
    check_addresses(parcel)
    sdk, models = _sdk(), _models()
    request = models.RateRequest(
        shipper=_end(parcel.origin), recipient=_end(parcel.destination), parcels=[_parcel(parcel)]
    )
    found, messages = _ask(lambda: sdk.Rating.fetch(request).from_(_gateway(sdk, account)).parse())
    if not found:
        raise Refused(_words(messages))
    return [_rated(one) for one in found]


def label(account: Account, parcel: ParcelAsked, *, service: str, key: str) -> Labeled:
    """Buy the service."""
    check_addresses(parcel)
    sdk = _sdk()
    gateway, models = _gateway(sdk, account), _models()
    request = models.ShipmentRequest(
        service=service,
        shipper=_end(parcel.origin),
        recipient=_end(parcel.destination),
        parcels=[_parcel(parcel)],
        reference=key,
        label_type="PDF",
    )
    try:
        made, messages = sdk.Shipment.create(request).from_(gateway).parse()
    except Exception as error:
        raise Uncertain(_("karrio broke off: %(reason)s") % {"reason": type(error).__name__}) from error
    if made is None:
        raise Refused(_words(messages)) if _is_refusal(messages) else Uncertain(_broken(messages))
    charge = getattr(made.selected_rate, "total_charge", None)
    return Labeled(
        tracking_number=str(made.tracking_number or "")[:60],
        label_id=str(made.shipment_identifier or "")[:80],
        pdf=_pdf(made),
        cost_amount=_amount(charge) if charge is not None else None,
        cost_currency=str(getattr(made.selected_rate, "currency", "") or "")[:3],
        carrier=str(made.carrier_name or "")[:80],
    )


def cancel(account: Account, *, number: str, label_id: str, key: str) -> None:
    """Give an unused label back."""
    sdk = _sdk()
    gateway, models = _gateway(sdk, account), _models()
    try:
        made, messages = (
            sdk.Shipment.cancel(models.ShipmentCancelRequest(shipment_identifier=label_id)).from_(gateway).parse()
        )
    except Exception as error:
        raise Uncertain(_("karrio broke off: %(reason)s") % {"reason": type(error).__name__}) from error
    if made is None and not _is_refusal(messages):
        raise Uncertain(_broken(messages))
    if messages or not made.success:
        raise Refused(_words(messages))


def check(account: Account) -> list[Check]:
    """Whether karrio is there, and takes the settings; a carrier is asked with the first parcel."""

    def ask() -> str:
        _gateway(_sdk(), account)
        return ""

    return [tried("karrio", ask)]


def _sdk() -> Any:
    try:
        return importlib.import_module("karrio.sdk")
    except ImportError as error:
        words = _(
            "karrio is not installed here. Install it with: pip install ramah[karrio], and the carrier’s own package."
        )
        raise TryLater(words) from error


def _models() -> Any:
    return importlib.import_module("karrio.core.models")


def _gateway(sdk: Any, account: Account) -> Any:
    name = account.settings.get("carrier_name", "").strip()
    try:
        given = json.loads(account.credentials.get("connection", ""))
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refused(_("The connection is no JSON object."), of_account=True)
    try:
        return sdk.gateway[name].create(given)
    except Exception as error:  # whatever its plug-ins make of the settings; their words may hold what is secret
        words = _("karrio does not take the settings of “%(carrier)s” (%(reason)s).")
        raise Refused(words % {"carrier": name, "reason": type(error).__name__}, of_account=True) from error


def _ask(fetch: Callable[[], tuple[Any, Any]]) -> tuple[Any, Any]:
    try:
        return fetch()
    except (Refused, TryLater):
        raise
    except Exception as error:
        raise TryLater(_("karrio broke off: %(reason)s") % {"reason": type(error).__name__}) from error


def _is_refusal(messages: Any) -> bool:
    """Whether the carrier itself has said no. What karrio says where something broke has a code of its own; a 5xx is no word."""
    codes = [str(getattr(one, "code", "") or "") for one in messages or ()]
    return bool(codes) and all(code and code != _INTERNAL and not code.startswith("5") for code in codes)


def _words(messages: Any) -> str:
    return _("The carrier refused it: %(reason)s") % {"reason": _told(messages)}


def _broken(messages: Any) -> str:
    return _("karrio broke off: %(reason)s") % {"reason": _told(messages)}


def _told(messages: Any) -> str:
    told = "; ".join(str(getattr(one, "message", "") or "") for one in messages or ())
    return told[:200] or _("no reason given")


def _plain(details: Any) -> Any:
    return importlib.import_module("karrio.lib").to_dict(details)


def _end(of: Address) -> Any:
    return _models().Address(
        person_name=of.name,
        company_name=of.company or None,
        address_line1=of.street,
        city=of.city,
        state_code=of.region or None,
        postal_code=of.postal_code,
        country_code=of.country,
        phone_number=of.phone or None,
        email=of.email or None,
    )


def _parcel(parcel: ParcelAsked) -> Any:
    size = dict(zip(("length", "width", "height"), (side / 10 for side in parcel.size_mm or ()), strict=False))
    return _models().Parcel(weight=parcel.grams / 1000, weight_unit="KG", dimension_unit="CM", **size)


def _rated(one: Any) -> Rated:
    return Rated(
        service=str(one.service)[:40],
        name=f"{one.carrier_name} {one.service}",
        amount=Money(_amount(one.total_charge) or Decimal(0), str(one.currency)),
        arrives_from=None,
        arrives_to=None,
    )


def _amount(told: Any) -> Decimal | None:
    try:
        return Decimal(str(told))
    except InvalidOperation:
        return None


def _pdf(made: Any) -> bytes:
    try:
        content = base64.b64decode(str(getattr(made.docs, "label", "") or ""))
    except binascii.Error:
        return b""
    return content if content.startswith(b"%PDF-") else b""
