"""Changing the terms of the shop: who it is, where and how it sells, and the taxes there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from ramah.commerce import permissions
from ramah.commerce.models import ShopProfile, TaxRate
from ramah.commerce.queries.terms import forget_terms
from ramah.commerce.seen import mark_of, require_unchanged
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require

# All but the counters, which orders and invoices raise.
PROFILE_FIELDS = (
    "name", "legal_name", "address", "tax_number", "email", "phone", "about", "currency", "countries", "order_prefix",
    "payment_methods", "bank_accounts", "transfer_hours", "cod_fees", "cod_limits", "return_days", "return_terms",
    "cancel_until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaxTold:
    """The tax on what is sold into a country."""

    country: str
    name: str
    percent: Decimal
    is_included: bool = True


def profile_mark(profile: ShopProfile) -> str:
    """The mark that a form of the shop's terms carries; see `seen`."""
    return mark_of(profile, PROFILE_FIELDS)


@transaction.atomic
def change_shop(*, actor: Actor, told: Mapping[str, Any], seen: str = "", at: datetime) -> ShopProfile:
    """Change the terms of the shop; `told` holds some of `PROFILE_FIELDS`. Orders that were placed keep theirs.

    Raises `ChangedMeanwhile`, and ValueError for terms under which nothing could be sold.
    """
    require(actor, permissions.MANAGE_SELLING)
    ShopProfile.objects.get_or_create(key="shop")
    profile = ShopProfile.objects.select_for_update().get(key="shop")
    require_unchanged(profile, PROFILE_FIELDS, seen)
    if set(told) - set(PROFILE_FIELDS):
        raise ValueError(f"not terms of the shop: {sorted(set(told) - set(PROFILE_FIELDS))}")
    changed = sorted(name for name, value in told.items() if getattr(profile, name) != value)
    for name in changed:
        setattr(profile, name, told[name])
    if not profile.countries or not profile.payment_methods:
        raise ValueError("a shop sells into one country at least, and is paid in one way at least")
    if changed:
        profile.save(update_fields=changed)
        audit.record(actor, "shop.change", "shop", at=at, fields=changed)
        forget_terms()
    return profile


@transaction.atomic
def set_tax(*, actor: Actor, told: TaxTold, at: datetime) -> TaxRate:
    """The tax of a country from now on; orders keep theirs. Raises ValueError for a percentage that cannot be."""
    require(actor, permissions.MANAGE_SELLING)
    if not 0 <= told.percent <= 100:
        raise ValueError("a tax is between 0 and 100 percent")
    fields = {"name": told.name, "percent": told.percent, "is_included": told.is_included}
    tax, _made = TaxRate.objects.update_or_create(country=told.country, defaults=fields)
    audit.record(
        actor,
        "tax.set",
        f"tax:{told.country}",
        at=at,
        percent=str(told.percent),
        is_included=told.is_included,
    )
    forget_terms()
    return tax


@transaction.atomic
def drop_tax(*, actor: Actor, country: str, at: datetime) -> None:
    """No tax in a country from now on."""
    require(actor, permissions.MANAGE_SELLING)
    deleted, _models = TaxRate.objects.filter(country=country).delete()
    if deleted:
        audit.record(actor, "tax.drop", f"tax:{country}", at=at)
        forget_terms()
