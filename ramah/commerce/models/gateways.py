"""A payment on its way through a gateway, in the form that django-payments works with."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from payments.models import BasePayment

from ramah.commerce.models.fields import amount_field
from ramah.commerce.models.orders import Order, Payment
from ramah.kernel.models import PublicModel


class GatewayPayment(PublicModel, BasePayment):
    """One attempt to pay an order by card or wallet. What comes of it is written down as a `Payment`, once."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="gateway_payments")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.SET_NULL, related_name="gateway_payment")
    # The library allows seven digits before the point, which a rupiah amount outgrows.
    total = amount_field(default=Decimal(0))
    delivery = amount_field(default=Decimal(0))
    tax = amount_field(default=Decimal(0))
    captured_amount = amount_field(default=Decimal(0))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["token"], name="gateway_payment_token")]

    def get_success_url(self) -> str:
        """Where the payer comes back to; called by the gateway's side of the library."""
        return str(self.attrs.success_url)

    def get_failure_url(self) -> str:
        """Where the payer comes back to without having paid."""
        return str(self.attrs.failure_url)
