"""Using vouchers for orders, and giving them back. No code is used more often than it may be, whoever asks at the same moment."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from ramah.commerce.models import Order, Voucher, VoucherUse
from ramah.commerce.queries.vouchers import UNKNOWN, USED_UP, Refusal, refusal_of
from ramah.customers.models import Customer


class VoucherRefused(Exception):
    """The voucher does not count: `refusal` says why, in words by `str`. Nothing was changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal

    @property
    def reason(self) -> str:
        """A constant of `queries.vouchers`."""
        return self.refusal.reason


def use_voucher(voucher: Voucher, *, order: Order, customer: Customer, at: datetime) -> VoucherUse:
    """Use the voucher for the order, whose goods and currency are written already. Belongs in the order's transaction.

    1. The count is raised by a conditional update, which holds the row of the voucher until the transaction ends.
    2. Under that lock all else is judged anew, the uses by this customer among it.

    Raises `VoucherRefused`, and then leaves the count as it was.
    """
    with transaction.atomic():
        free = Q(use_limit=None) | Q(uses__lt=F("use_limit"))
        if not Voucher.objects.filter(free, pk=voucher.pk, is_active=True).update(uses=F("uses") + 1):
            is_active = Voucher.objects.filter(pk=voucher.pk, is_active=True).exists()
            raise VoucherRefused(Refusal(USED_UP if is_active else UNKNOWN))
        row = Voucher.objects.get(pk=voucher.pk)
        row.uses -= 1  # this very use does not stand in its own way
        refusal = refusal_of(
            row, currency=order.currency, items_amount=order.items_amount, customer_id=customer.pk, at=at
        )
        if refusal:
            raise VoucherRefused(refusal)
        return VoucherUse.objects.create(voucher=row, order=order, customer=customer, at=at)


def give_back(order: Order) -> bool:
    """The order is cancelled: its voucher may be used once more. False when it had none, or gave it back before."""
    with transaction.atomic():
        use = VoucherUse.objects.filter(order=order).first()
        if use is None or not VoucherUse.objects.filter(pk=use.pk).delete()[0]:
            return False
        return bool(Voucher.objects.filter(pk=use.voucher_id, uses__gt=0).update(uses=F("uses") - 1))
