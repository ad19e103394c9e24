"""Reads for the merchant on the terms of selling: vouchers, delivery options with their rates, taxes, the shop."""

from typing import TypeVar

from django.db.models import Model, Prefetch, QuerySet

from ramah.commerce import permissions
from ramah.commerce.models import DeliveryOption, DeliveryRate, ShopProfile, TaxRate, Voucher
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.queries import customers_page
from ramah.kernel.actors import Actor, NotVisible, require
from ramah.kernel.masking import sees_contact_data, shown_address, shown_name
from ramah.kernel.paging import Page, keyset_page

M = TypeVar("M", bound=Model)
_HOLDERS = Prefetch("customer__contact_points", ContactPoint.objects.order_by("id"))
_RATES = Prefetch("rates", DeliveryRate.objects.order_by("position", "id"))


def vouchers_managed(actor: Actor, *, text: str = "", cursor: str = "", size: int = 25) -> Page[Voucher]:
    """Vouchers with whose they are, newest first, or those whose code begins with `text`. Raises `BadCursor`."""
    vouchers = _visible(actor, _with_holders())
    if text:
        vouchers = vouchers.filter(code__startswith=text.upper())
    return keyset_page(vouchers, order=("-id",), cursor=cursor, size=size)


def voucher_for(actor: Actor, *, public_id: str) -> Voucher:
    """The voucher with the customer whose it is. Raises `NotVisible`."""
    found = _visible(actor, _with_holders()).filter(public_id=public_id).first()
    if found is None:
        raise NotVisible
    return found


def _with_holders() -> "QuerySet[Voucher]":
    return Voucher.objects.select_related("customer").prefetch_related(_HOLDERS)


def customer_at(actor: Actor, *, email: str) -> Customer | None:
    """The customer who is met at this address, of a merged one who was kept; None where nobody is known by it."""
    return next(iter(customers_page(actor, email, size=1).rows), None) if "@" in email else None


def holder_address(actor: Actor, voucher: Voucher) -> str:
    """The first e-mail address of whose the voucher is, as far as `actor` may see it; empty for everyone's, and without any."""
    points = voucher.customer.contact_points.all() if voucher.customer else []
    address = next((point.value for point in points if point.kind == ContactPoint.Kind.EMAIL), "")
    return shown_address(address, whole=sees_contact_data(actor))


def holder_of(actor: Actor, voucher: Voucher) -> str:
    """Whose the voucher is, by name and address; empty for everyone's, and for somebody without either."""
    name = voucher.customer.name if voucher.customer else ""
    told = (shown_name(name, whole=sees_contact_data(actor)), holder_address(actor, voucher))
    return ", ".join(dict.fromkeys(filter(None, told)))


def delivery_options_managed(actor: Actor) -> list[DeliveryOption]:
    """All delivery options with calendar and rates, also those that checkout does not offer, in its order."""
    options = _visible(actor, DeliveryOption.objects.select_related("calendar").prefetch_related(_RATES))
    return list(options.order_by("position", "id"))


def delivery_option_for(actor: Actor, *, public_id: str) -> DeliveryOption:
    """The option with calendar and rates. Raises `NotVisible`."""
    options = DeliveryOption.objects.select_related("calendar").prefetch_related(_RATES)
    found = _visible(actor, options).filter(public_id=public_id).first()
    if found is None:
        raise NotVisible
    return found


def delivery_rate_for(actor: Actor, *, key: int) -> DeliveryRate:
    """The rate with its option. Raises `NotVisible`."""
    found = _visible(actor, DeliveryRate.objects.select_related("option")).filter(pk=key).first()
    if found is None:
        raise NotVisible
    return found


def taxes_set(actor: Actor) -> dict[str, TaxRate]:
    """The taxes by country."""
    return {row.country: row for row in _visible(actor, TaxRate.objects.order_by("country"))}


def shop_profile_for(actor: Actor) -> ShopProfile:
    """The shop as it stands in the database, past the cache: what a form is made from."""
    require(actor, permissions.MANAGE_SELLING)
    return ShopProfile.objects.get_or_create(key="shop")[0]


def _visible(actor: Actor, rows: "QuerySet[M]") -> "QuerySet[M]":
    return rows if actor.may(permissions.MANAGE_SELLING) else rows.none()
