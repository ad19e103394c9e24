"""Vouchers as they are read: by their code, whether one counts for a cart, and if not, why, in words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ramah.commerce.models import Voucher, VoucherUse
from ramah.commerce.pricing import Reduction
from ramah.kernel.money import Money, format_money

# Why a voucher does not count.
UNKNOWN, NOT_YET, OVER, USED_UP = "unknown", "not_yet", "over", "used_up"
NOT_YOURS, YOU_USED_IT, OTHER_CURRENCY, MINIMUM = "not_yours", "you_used_it", "other_currency", "minimum"
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Refusal:
    """A voucher does not count: for which `reason` (a constant of this module), and what there is to know of it."""

    reason: str
    minimum: Money | None = None
    missing: Money | None = None
    starts_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def may_pass(self) -> bool:
        """Whether the voucher counts as soon as more is in the cart."""
        return self.reason == MINIMUM

    def __str__(self) -> str:
        """The reason for the customer, with the next step."""
        if self.minimum and self.missing:
            amounts = {"minimum": format_money(self.minimum), "missing": format_money(self.missing)}
            return _("The voucher counts from %(minimum)s; %(missing)s more are needed.") % amounts
        if self.starts_at:
            return _("The voucher counts from %(day)s on.") % {"day": _day(self.starts_at)}
        if self.ended_at:
            return _("The voucher was good until %(day)s.") % {"day": _day(self.ended_at)}
        return {
            UNKNOWN: _("There is no voucher with this code. Check it letter by letter."),
            USED_UP: _("The voucher has been used as often as it may be."),
            NOT_YOURS: _("The voucher belongs to one customer. If that is you, sign in first."),
            YOU_USED_IT: _("You have used this voucher already."),
            OTHER_CURRENCY: _("The voucher counts in another currency."),
        }[self.reason]


def written_code(text: str) -> str:
    """A code as it is kept: capitals, no white space; empty for what cannot be one."""
    code = "".join(text.upper().split())
    return code if len(code) <= _LONGEST and "\0" not in code else ""


def voucher_by_code(text: str) -> Voucher | None:
    """The active voucher with this code, however it is typed; None where there is none."""
    code = written_code(text)
    return Voucher.objects.filter(code=code, is_active=True).first() if code else None


def reduction_of(voucher: Voucher) -> Reduction:
    """The voucher as a value for `pricing`."""
    return Reduction(voucher.kind, percent=voucher.percent, amount=voucher.amount)


def refusal_of(
    voucher: Voucher, *, currency: str, items_amount: Decimal, customer_id: int | None, at: datetime
) -> Refusal | None:
    """Why the voucher does not count for goods of `items_amount` at `at`; None when it does.

    Of a guest (`customer_id` None) nobody knows what they used before: that is asked again when the order is placed. Costs a
    query only where the voucher has a limit per customer.
    """
    if not voucher.is_active:
        return Refusal(UNKNOWN)
    return (
        _out_of_time(voucher, at)
        or _used_up(voucher)
        or _not_theirs(voucher, customer_id)
        or _too_little(voucher, currency, items_amount)
    )


def vouchers_exported(customer_id: int) -> dict[str, Any]:
    """The vouchers made for a customer and those they used, as JSON: for the customer's own copy of their data."""
    uses = VoucherUse.objects.filter(customer_id=customer_id).order_by("id").select_related("voucher", "order")
    return {
        "own": list(Voucher.objects.filter(customer_id=customer_id).order_by("id").values_list("code", flat=True)),
        "used": [{"code": u.voucher.code, "order": u.order.number, "at": u.at.isoformat()} for u in uses],
    }


def _out_of_time(voucher: Voucher, at: datetime) -> Refusal | None:
    if voucher.starts_at and at < voucher.starts_at:
        return Refusal(NOT_YET, starts_at=voucher.starts_at)
    if voucher.ends_at and at >= voucher.ends_at:
        return Refusal(OVER, ended_at=voucher.ends_at)
    return None


def _used_up(voucher: Voucher) -> Refusal | None:
    is_used_up = voucher.use_limit is not None and voucher.uses >= voucher.use_limit
    return Refusal(USED_UP) if is_used_up else None


def _not_theirs(voucher: Voucher, customer_id: int | None) -> Refusal | None:
    if voucher.customer_id is not None and voucher.customer_id != customer_id:
        return Refusal(NOT_YOURS)
    if voucher.customer_limit is None or customer_id is None:
        return None
    uses = VoucherUse.objects.filter(voucher=voucher, customer_id=customer_id).count()
    return Refusal(YOU_USED_IT) if uses >= voucher.customer_limit else None


def _too_little(voucher: Voucher, currency: str, items_amount: Decimal) -> Refusal | None:
    if voucher.currency and voucher.currency != currency:
        return Refusal(OTHER_CURRENCY)
    if voucher.minimum_amount is None or items_amount >= voucher.minimum_amount:
        return None
    missing = voucher.minimum_amount - items_amount
    return Refusal(MINIMUM, minimum=Money(voucher.minimum_amount, currency), missing=Money(missing, currency))


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j E Y")
