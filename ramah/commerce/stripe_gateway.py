"""Stripe's hosted checkout, on top of django-payments: what it is asked, and what is believed of what it says.

Loaded by name from `settings.PAYMENT_VARIANTS`, since the client is big and few shops need it. Nothing of the payer is kept but
the ids that Stripe gives. https://docs.stripe.com/payments/checkout, https://docs.stripe.com/webhooks#verify-manually
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import stripe
from payments import PaymentError, PaymentStatus
from payments.stripe.providers import StripeProviderV3, stripe_enabled_events

from ramah.commerce.models import GatewayPayment

_SECONDS = 10
# Longer than an open attempt is used again; Stripe accepts half an hour to a day.
_PAGE_ENDS = timedelta(hours=2)


class StripeGateway(StripeProviderV3):
    """One Stripe account. What goes wrong is a `PaymentError`; its `code` is the status with which a webhook is answered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        stripe.default_http_client = stripe.RequestsClient(timeout=_SECONDS)
        stripe.max_network_retries = 1

    def create_session(self, payment: GatewayPayment) -> dict[str, Any]:
        """Open a page at Stripe; asked twice for one attempt it is the same page (idempotency by the attempt's token)."""
        return self._asked(
            stripe.checkout.Session.create,
            line_items=self.get_line_items(payment),
            mode="payment",
            success_url=payment.get_success_url(),
            cancel_url=payment.get_failure_url(),
            client_reference_id=payment.token,
            customer_email=payment.order.email or None,
            expires_at=int((payment.created_at + _PAGE_ENDS).timestamp()),
            idempotency_key=payment.token,
        )

    def get_line_items(self, payment: GatewayPayment) -> list[dict[str, Any]]:
        """The order as one line under its number: what is in it, and who ordered it, is not Stripe's business."""
        price = {
            "currency": payment.currency.lower(),
            "unit_amount": self.convert_amount(payment.currency, payment.total),
            "product_data": {"name": payment.description},
        }
        return [{"price_data": price, "quantity": 1}]

    def return_event_payload(self, request: Any) -> Any:
        """The event of a webhook, once its signature is checked."""
        try:
            text = request.body.decode()
            header = request.headers.get("Stripe-Signature", "")
            stripe.WebhookSignature.verify_header(text, header, self.endpoint_secret, stripe.Webhook.DEFAULT_TOLERANCE)
            event = json.loads(text)
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise PaymentError("the signature or the text of the event is wrong", code=400) from error
        if not isinstance(event, dict):
            raise PaymentError("the text is no event", code=400)
        return event

    def get_token_from_request(self, payment: GatewayPayment | None, request: Any) -> str:
        """The token of the attempt that an event is about; empty for events that are none of our business."""
        event = self.return_event_payload(request)
        if event.get("type") not in stripe_enabled_events:
            return ""
        return str(_session_of(event).get("client_reference_id") or "")

    def process_data(self, payment: GatewayPayment, request: Any) -> None:
        """Believe a signed event."""
        event = self.return_event_payload(request)
        self.learn(payment, _session_of(event), failed=event.get("type") == "checkout.session.async_payment_failed")

    def status(self, payment: GatewayPayment) -> GatewayPayment:
        """Ask Stripe how the attempt stands, for an event that never came."""
        if payment.transaction_id:
            self.learn(payment, self._asked(stripe.checkout.Session.retrieve, payment.transaction_id))
        return payment

    def learn(self, payment: GatewayPayment, session: Mapping[str, Any], *, failed: bool = False) -> None:
        """Take over what a session says. What is confirmed stays so, whatever comes late or twice."""
        if payment.status == PaymentStatus.CONFIRMED:
            return
        if payment.transaction_id and session.get("id") != payment.transaction_id:
            raise PaymentError("the event is about another session", code=400)
        if session.get("payment_status") == "paid":
            self._confirm(payment, session)
        elif failed or session.get("status") == "expired":
            payment.change_status(PaymentStatus.REJECTED, "declined" if failed else "expired")

    def _confirm(self, payment: GatewayPayment, session: Mapping[str, Any]) -> None:
        due = (self.convert_amount(payment.currency, payment.total), payment.currency.lower())
        if (session.get("amount_total"), session.get("currency")) != due:
            raise PaymentError("the amount is another one than was asked for", code=400)
        payment.transaction_id = str(session.get("id") or "")[:255]
        payment.attrs.payment_intent = session.get("payment_intent")
        payment.captured_amount = payment.total
        payment.save(update_fields=["transaction_id", "extra_data", "captured_amount"])  # type: ignore[no-untyped-call]
        payment.change_status(PaymentStatus.CONFIRMED)

    def _asked(self, call: Any, *args: Any, **options: Any) -> dict[str, Any]:
        stripe.api_key = self.api_key
        try:
            answer: dict[str, Any] = json.loads(str(call(*args, **{k: v for k, v in options.items() if v is not None})))
        except stripe.StripeError as error:
            raise PaymentError(type(error).__name__, code=502) from error
        return answer


def _session_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        session: Mapping[str, Any] = event["data"]["object"]
    except (KeyError, TypeError) as error:
        raise PaymentError("the event holds no session", code=400) from error
    if not isinstance(session, Mapping):
        raise PaymentError("the event holds no session", code=400)
    return session
