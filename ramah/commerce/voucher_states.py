"""Where a voucher stands at a moment, as the merchant's list says it. Pure."""

from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise as LazyString
from django.utils.translation import pgettext_lazy


class VoucherLike(Protocol):
    """What is read of a voucher."""

    is_active: bool
    starts_at: datetime | None
    ends_at: datetime | None
    use_limit: int | None
    uses: int


# Words, and the tone of the pill that says them.
OFF = (pgettext_lazy("voucher", "Switched off"), "")
USED_UP = (pgettext_lazy("voucher", "Used up"), "risk")
ENDED = (pgettext_lazy("voucher", "Ended"), "")
LATER = (pgettext_lazy("voucher", "Not yet valid"), "warm")
VALID = (pgettext_lazy("voucher", "Valid"), "kept")


def standing_of(voucher: VoucherLike, *, at: datetime) -> tuple[str | LazyString, str]:
    """Whether the voucher counts at `at`, and why not: words and a tone."""
    if not voucher.is_active:
        return OFF
    if voucher.ends_at is not None and voucher.ends_at <= at:
        return ENDED
    if voucher.use_limit is not None and voucher.uses >= voucher.use_limit:
        return USED_UP
    if voucher.starts_at is not None and voucher.starts_at > at:
        return LATER
    return VALID
