"""Making and changing vouchers. Checking and using them at checkout is in `vouchers`."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from ramah.commerce import permissions
from ramah.commerce.models import Voucher
from ramah.commerce.seen import mark_of, require_unchanged
from ramah.customers.models import Customer
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require

# What a customer was told: once it has been used for an order, another worth is another voucher.
WORTH = ("code", "kind", "percent", "amount", "currency")
FIELDS = (
    *WORTH, "note", "minimum_amount", "starts_at", "ends_at", "use_limit", "customer_limit", "customer_id", "is_active",
)  # fmt: skip
_CODE = re.compile(r"[A-Z0-9]([A-Z0-9-]{1,38}[A-Z0-9])")
# No letters and digits that are taken for each other when a code is read aloud or from paper.
_ALPHABET = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"


class CodeTaken(Exception):
    """Another voucher has this code."""


class BadVoucher(ValueError):
    """What was told does not make a voucher. Carries the field."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class WorthIsFixed(Exception):
    """The voucher was used: code, kind and worth stay as they were told to customers."""


class LimitBelowUses(Exception):
    """The voucher was used more often than the new limit allows. Carries how often."""

    def __init__(self, uses: int) -> None:
        super().__init__(uses)
        self.uses = uses


@dataclass(frozen=True, slots=True)
class VoucherTold:
    """What a merchant says of a voucher; `code` empty: one is made up. Amounts in `currency`."""

    kind: str
    code: str = ""
    note: str = ""
    percent: Decimal | None = None
    amount: Decimal | None = None
    currency: str = ""
    minimum_amount: Decimal | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    use_limit: int | None = None
    customer_limit: int | None = None
    customer: Customer | None = None
    is_active: bool = True


def new_code() -> str:
    """Eight signs that cannot be guessed and are hard to misread."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def voucher_mark(voucher: Voucher) -> str:
    """The mark that a form of the voucher carries; see `seen`. Its uses are not part of it."""
    return mark_of(voucher, FIELDS)


@transaction.atomic
def create_voucher(*, actor: Actor, told: VoucherTold, at: datetime) -> Voucher:
    """A voucher. Raises `CodeTaken` and `BadVoucher`."""
    require(actor, permissions.MANAGE_SELLING)
    voucher = Voucher(created_at=at)
    _fill(voucher, told)
    voucher.code = voucher.code or new_code()
    _save(voucher)
    audit.record(actor, "voucher.create", f"voucher:{voucher.pk}", at=at, kind=voucher.kind, code=voucher.code)
    return voucher


@transaction.atomic
def change_voucher(*, actor: Actor, voucher: Voucher, told: VoucherTold, seen: str = "", at: datetime) -> Voucher:
    """Change a voucher. After its first use code, kind and worth stay; window, limits, minimum and note may still change.

    Raises `WorthIsFixed`, `LimitBelowUses`, `CodeTaken`, `BadVoucher` and `ChangedMeanwhile`.
    """
    require(actor, permissions.MANAGE_SELLING)
    voucher = Voucher.objects.select_for_update().get(pk=voucher.pk)
    require_unchanged(voucher, FIELDS, seen)
    before = {name: getattr(voucher, name) for name in FIELDS}
    _fill(voucher, told)
    voucher.code = voucher.code or before["code"]
    changed = sorted(name for name, value in before.items() if getattr(voucher, name) != value)
    if voucher.uses and set(changed) & set(WORTH):
        raise WorthIsFixed
    if voucher.use_limit is not None and voucher.use_limit < voucher.uses:
        raise LimitBelowUses(voucher.uses)
    if changed:
        _save(voucher)
        audit.record(actor, "voucher.change", f"voucher:{voucher.pk}", at=at, fields=changed)
    return voucher


def _fill(voucher: Voucher, told: VoucherTold) -> None:
    voucher.code = told.code.strip().upper()
    voucher.note, voucher.kind = told.note, told.kind
    voucher.percent = told.percent if told.kind == Voucher.Kind.PERCENT else None
    voucher.amount = told.amount if told.kind == Voucher.Kind.AMOUNT else None
    voucher.minimum_amount = told.minimum_amount
    voucher.currency = told.currency
    voucher.starts_at, voucher.ends_at = told.starts_at, told.ends_at
    voucher.use_limit, voucher.customer_limit = told.use_limit, told.customer_limit
    voucher.customer, voucher.is_active = told.customer, told.is_active
    _check(voucher)


def _check(voucher: Voucher) -> None:
    """Raise `BadVoucher` with the field that does not fit."""
    needs_currency = voucher.amount is not None or voucher.minimum_amount is not None
    window = voucher.starts_at is not None and voucher.ends_at is not None
    faults = {
        "code": bool(voucher.code) and not _CODE.fullmatch(voucher.code),
        "percent": voucher.kind == Voucher.Kind.PERCENT and not 0 < (voucher.percent or 0) <= 100,
        "amount": voucher.kind == Voucher.Kind.AMOUNT and not (voucher.amount or 0) > 0,
        "currency": needs_currency and not voucher.currency,
        "minimum_amount": (voucher.minimum_amount or 0) < 0,
        "ends_at": window and voucher.ends_at <= voucher.starts_at,  # type: ignore[operator]  # both are there
    }
    for field, is_wrong in faults.items():
        if is_wrong:
            raise BadVoucher(field)


def _save(voucher: Voucher) -> None:
    if Voucher.objects.filter(code=voucher.code).exclude(pk=voucher.pk).exists():
        raise CodeTaken(voucher.code)
    try:
        with transaction.atomic():
            if voucher.pk is None:
                voucher.save()
            else:
                voucher.save(update_fields=list(FIELDS))  # never the uses, which checkouts raise meanwhile
    except IntegrityError as error:
        raise CodeTaken(voucher.code) from error
