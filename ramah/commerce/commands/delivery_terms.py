"""Making and changing delivery options, and what they cost where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.db.models import Max

from ramah.commerce import permissions
from ramah.commerce.models import DeliveryOption, DeliveryRate
from ramah.commerce.queries.terms import forget_terms
from ramah.commerce.seen import mark_of, require_unchanged
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.promises.models import Calendar

R = TypeVar("R", DeliveryOption, DeliveryRate)
OPTION_FIELDS = (
    "names", "notes", "carrier", "kind", "calendar_id", "cut_off", "handling_days", "tracking_url", "is_active",
)  # fmt: skip
RATE_FIELDS = (
    "country", "regions", "postal_prefixes", "currency", "amount", "free_from_amount", "up_to_grams", "min_days", "max_days",
    "cash_on_delivery",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OptionTold:
    """What a merchant says of a delivery option. Texts by language."""

    names: Mapping[str, str]
    notes: Mapping[str, str] = field(default_factory=dict)
    carrier: str = ""
    kind: str = DeliveryOption.Kind.HOME
    calendar: Calendar | None = None
    cut_off: time | None = None
    handling_days: int = 0
    tracking_url: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class RateTold:
    """What it costs into a zone, and how many working days it takes."""

    country: str
    currency: str
    amount: Decimal
    regions: Sequence[str] = ()
    postal_prefixes: Sequence[str] = ()
    free_from_amount: Decimal | None = None
    up_to_grams: int | None = None
    min_days: int = 1
    max_days: int = 3
    cash_on_delivery: bool = False


def option_mark(option: DeliveryOption) -> str:
    """The mark that a form of the option carries; see `seen`."""
    return mark_of(option, OPTION_FIELDS)


def rate_mark(rate: DeliveryRate) -> str:
    """The mark that a form of the rate carries."""
    return mark_of(rate, RATE_FIELDS)


@transaction.atomic
def save_delivery_option(
    *, actor: Actor, option: DeliveryOption | None = None, told: OptionTold, seen: str = "", at: datetime
) -> DeliveryOption:
    """Make an option, the last of all, or change this one. Promised dates of orders stay. Raises `ChangedMeanwhile`."""
    require(actor, permissions.MANAGE_SELLING)
    if not any(told.names.values()):
        raise ValueError("a delivery option needs a name in one language at least")
    made = option is None
    if option is not None:
        option = DeliveryOption.objects.select_for_update().get(pk=option.pk)
        require_unchanged(option, OPTION_FIELDS, seen)
    else:
        last = DeliveryOption.objects.aggregate(last=Max("position"))["last"]
        option = DeliveryOption(created_at=at, position=0 if last is None else last + 1)
    for name in ("carrier", "kind", "calendar", "cut_off", "handling_days", "tracking_url", "is_active"):
        setattr(option, name, getattr(told, name))
    option.names, option.notes = dict(told.names), dict(told.notes)
    option.save()
    action = "delivery_option.create" if made else "delivery_option.change"
    audit.record(actor, action, f"delivery_option:{option.pk}", at=at, is_active=option.is_active)
    forget_terms()
    return option


@transaction.atomic
def place_delivery_option(*, actor: Actor, option: DeliveryOption, step: int, at: datetime) -> None:
    """Offer an option earlier (-1) or later (1) than the one beside it."""
    require(actor, permissions.MANAGE_SELLING)
    row = list(DeliveryOption.objects.select_for_update().order_by("position", "id"))
    if _moved(row, option, step):
        DeliveryOption.objects.bulk_update(row, ["position"])
        audit.record(actor, "delivery_option.place", f"delivery_option:{option.pk}", at=at, step=step)
        forget_terms()


@transaction.atomic
def save_rate(
    *,
    actor: Actor,
    option: DeliveryOption,
    rate: DeliveryRate | None = None,
    told: RateTold,
    seen: str = "",
    at: datetime,
) -> DeliveryRate:
    """Add a rate, the last of the option, or change this one. Raises `ChangedMeanwhile` and ValueError."""
    require(actor, permissions.MANAGE_SELLING)
    if told.amount < 0 or told.min_days > told.max_days:
        raise ValueError("a rate is not negative, and its first day not after its last")
    DeliveryOption.objects.select_for_update().get(pk=option.pk)
    made = rate is None
    if rate is not None:
        rate = DeliveryRate.objects.select_for_update().get(pk=rate.pk, option=option)
        require_unchanged(rate, RATE_FIELDS, seen)
    else:
        last = option.rates.aggregate(last=Max("position"))["last"]
        rate = DeliveryRate(option=option, position=0 if last is None else last + 1)
    for name in RATE_FIELDS:
        value = getattr(told, name)
        setattr(rate, name, list(value) if name in {"regions", "postal_prefixes"} else value)
    rate.save()
    action = "delivery_rate.create" if made else "delivery_rate.change"
    audit.record(actor, action, f"delivery_option:{option.pk}", at=at, rate=rate.pk, country=rate.country)
    forget_terms()
    return rate


@transaction.atomic
def place_rate(*, actor: Actor, rate: DeliveryRate, step: int, at: datetime) -> None:
    """Have a rate count before (-1) or after (1) the one beside it: the first that fits counts."""
    require(actor, permissions.MANAGE_SELLING)
    row = list(DeliveryRate.objects.select_for_update().filter(option_id=rate.option_id).order_by("position", "id"))
    if _moved(row, rate, step):
        DeliveryRate.objects.bulk_update(row, ["position"])
        audit.record(actor, "delivery_rate.place", f"delivery_option:{rate.option_id}", at=at, rate=rate.pk, step=step)
        forget_terms()


@transaction.atomic
def delete_rate(*, actor: Actor, rate: DeliveryRate, at: datetime) -> None:
    """Take a rate away: the option is no longer offered there, unless another rate fits."""
    require(actor, permissions.MANAGE_SELLING)
    key, option_key = rate.pk, rate.option_id
    deleted, _models = DeliveryRate.objects.filter(pk=key).delete()
    if deleted:
        audit.record(actor, "delivery_rate.delete", f"delivery_option:{option_key}", at=at, rate=key)
        forget_terms()


def _moved(row: list[R], one: R, step: int) -> bool:
    """Move `one` in the row and number it anew; False when it cannot go further."""
    place = row.index(one)
    if not 0 <= place + step < len(row):
        return False
    row.insert(place + step, row.pop(place))
    for position, each in enumerate(row):
        each.position = position
    return True
