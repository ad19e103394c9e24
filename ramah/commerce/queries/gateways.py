"""Which gateway takes cards and wallets, and the attempts to pay by it. Gateways are set up in `settings.PAYMENT_VARIANTS`."""

from typing import Final

from django.conf import settings

from ramah.commerce.models import GatewayPayment, Order
from ramah.kernel.actors import NotVisible

STRIPE: Final = "stripe"
DEMO: Final = "demo"


def gateway_in_use() -> str:
    """The variant that takes payments: the real one before the demo; empty where neither is set up."""
    return next((name for name in (STRIPE, DEMO) if name in settings.PAYMENT_VARIANTS), "")


def attempt_for(order: Order) -> GatewayPayment | None:
    """The newest attempt to pay an order that the caller was let through to."""
    return GatewayPayment.objects.filter(order=order).order_by("-pk").first()


def attempt_with(token: str) -> GatewayPayment:
    """The attempt with this token, its order loaded. The token is known to the gateway and to the payer. Raises `NotVisible`."""
    found = GatewayPayment.objects.select_related("order").filter(token=token).first() if token else None
    if found is None:
        raise NotVisible
    return found
