"""Paying by card through Stripe: its page and webhooks, what is too late or too much, and what becomes of orders nobody paid."""

import json
import time
from datetime import timedelta
from decimal import Decimal

import pytest
import stripe
from django.test import Client

from ramah.commerce.commands.gateways import WaysBack, begin_payment
from ramah.commerce.commands.orders import change_order_state
from ramah.commerce.commands.payments import record_payment
from ramah.commerce.commands.unpaid import cancel_unpaid
from ramah.commerce.models import GatewayPayment, Payment, Refund
from ramah.commerce.testing import make_shop
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import at_once, raised_at_once
from ramah.storefront.tests.payers import client, jne, nothing_is_stored, order_by_card
from ramah.storefront.tests.stripe_server import SECRET, StripeServer, signature

__all__ = ["client", "jne"]
pytestmark = pytest.mark.django_db
NOTICE = "/payments/notice/stripe/"


@pytest.fixture
def bank(settings, monkeypatch):
    """Stripe, as far as the shop knows it."""
    server = StripeServer()
    told = {"api_key": "sk_test_1", "endpoint_secret": SECRET}
    settings.PAYMENT_VARIANTS = {"stripe": ("ramah.commerce.stripe_gateway.StripeGateway", told)}
    monkeypatch.setattr(stripe, "api_base", server.url)
    monkeypatch.setattr(stripe, "default_http_client", None)
    yield server
    server.stop()


def webhook(body, header=None):
    return Client(enforce_csrf_checks=True).post(
        NOTICE,
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature(body) if header is None else header},
    )


def test_the_way_to_stripe_and_back(client, jne, bank):
    order, response = order_by_card(client, jne)

    assert response["Location"] == f"/payments/{order.public_id}/?go=1"
    page = client.get(response["Location"])
    assert f'content="0;url={bank.url}/pay/cs_test_1"' in page.content.decode()
    assert "form-action 'self'" in page["Content-Security-Policy"]
    ((_method, path, told, key),) = bank.requests
    attempt = GatewayPayment.objects.get()
    assert (path, key) == ("/v1/checkout/sessions", attempt.token)
    assert told["line_items[0][price_data][unit_amount]"] == "40100000"  # Stripe counts rupiah in hundredths
    assert told["line_items[0][price_data][product_data][name]"] == f"Toko Laut {order.number}"
    assert told["success_url"] == f"http://testserver/checkout/done/{order.public_id}/?paid=1"

    waiting = client.get(f"/checkout/done/{order.public_id}/?paid=1").content.decode()
    assert "We wait for word of your payment." in waiting
    assert webhook(bank.event()).status_code == 200
    order.refresh_from_db()
    assert order.state == "paid"
    payment = order.payments.get()
    assert (payment.state, payment.amount, payment.reference) == ("paid", 401000, "stripe cs_test_1")
    assert "It is paid." in client.get(f"/checkout/done/{order.public_id}/?paid=1").content.decode()
    attempt.refresh_from_db()
    assert (attempt.payment, attempt.captured_amount) == (payment, 401000)
    assert "dana@mail.example" not in attempt.extra_data


def test_an_open_page_is_used_again(client, jne, bank):
    order, _response = order_by_card(client, jne)

    client.post(f"/payments/{order.public_id}/")

    assert GatewayPayment.objects.count() == 1
    assert len(bank.requests) == 1


def test_a_webhook_that_comes_again_changes_nothing(client, jne, bank):
    order, _response = order_by_card(client, jne)

    for kind in (
        "checkout.session.completed",
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
    ):
        assert webhook(bank.event(kind=kind)).status_code == 200
    late = bank.event(kind="checkout.session.expired", status="expired", payment_status="unpaid")
    assert webhook(late).status_code == 200

    assert Payment.objects.get().state == "paid"
    assert not Refund.objects.exists()
    order.refresh_from_db()
    assert order.state == "paid"


@pytest.mark.parametrize(
    "header",
    [
        lambda body: "",
        lambda body: "t=1,v1=abc",
        lambda body: signature(body, secret="whsec_other"),
        lambda body: signature(body + " "),
        lambda body: signature(body, at=time.time() - 3600),
        lambda body: "nonsense",
    ],
)
def test_what_is_not_signed_by_stripe_is_refused(client, jne, bank, header):
    order, _response = order_by_card(client, jne)
    body = bank.event()

    assert webhook(body, header(body)).status_code == 400
    nothing_is_stored(order)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"amount_total": 1}, 400),
        ({"amount_total": 401000}, 400),
        ({"amount_total": None}, 400),
        ({"currency": "usd"}, 400),
        ({"id": "cs_test_other"}, 400),
        ({"client_reference_id": "11111111-1111-1111-1111-111111111111"}, 404),
        ({"client_reference_id": None}, 200),
        ({"payment_status": "unpaid"}, 200),
    ],
)
def test_what_does_not_fit_the_order_pays_nothing(client, jne, bank, change, status):
    order, _response = order_by_card(client, jne)

    assert webhook(bank.event(**change)).status_code == status
    nothing_is_stored(order)


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", "{}", '{"type": "checkout.session.completed"}', '{"type": "payment_intent.created"}', "\xff"],
)
def test_a_signed_text_that_is_no_event_of_ours_pays_nothing(client, jne, bank, body):
    order, _response = order_by_card(client, jne)

    assert webhook(body).status_code in (200, 400)
    nothing_is_stored(order)


def test_other_gateways_and_big_bodies_are_turned_away(bank):
    assert Client().post("/payments/notice/demo/", "{}", content_type="application/json").status_code == 404
    assert Client().post("/payments/notice/paypal/", "{}", content_type="application/json").status_code == 404
    assert Client().post(NOTICE, "x" * 300_000, content_type="application/json").status_code == 413
    assert Client().get(NOTICE).status_code == 405


def test_a_session_that_ends_unpaid_makes_room_for_another(client, jne, bank):
    order, _response = order_by_card(client, jne)

    assert (
        webhook(bank.event(kind="checkout.session.expired", status="expired", payment_status="unpaid")).status_code
        == 200
    )

    assert GatewayPayment.objects.get().status == "rejected"
    assert "did not go through" in client.get(f"/payments/{order.public_id}/").content.decode()
    client.post(f"/payments/{order.public_id}/")
    assert [one.status for one in GatewayPayment.objects.order_by("pk")] == ["rejected", "waiting"]


def test_money_for_a_cancelled_order_is_written_down_and_asked_back(client, jne, bank):
    order, _response = order_by_card(client, jne)
    change_order_state(actor=SYSTEM, order=order, state="cancelled", at=clock.now())

    for _ in range(2):
        assert webhook(bank.event()).status_code == 200

    order.refresh_from_db()
    refund = Refund.objects.get()
    assert order.state == "cancelled"
    assert order.payments.filter(state="paid").get().amount == 401000
    assert (refund.amount, refund.state, refund.payment.state) == (401000, "requested", "paid")
    assert "cancelled" in refund.reason


def test_money_that_comes_twice_is_asked_back_once(client, jne, bank):
    order, _response = order_by_card(client, jne)
    record_payment(
        actor=SYSTEM, order=order, method="bank_transfer", amount=order.money(Decimal(401000)), at=clock.now()
    )

    webhook(bank.event())
    webhook(bank.event())

    assert order.payments.filter(state="paid").count() == 2
    assert Refund.objects.get().amount == 401000


def test_stripe_that_does_not_answer_harms_no_order(client, jne, bank):
    bank.is_down = True

    order, response = order_by_card(client, jne)

    assert response["Location"] == f"/payments/{order.public_id}/?unavailable=1"
    assert "does not answer just now" in client.get(response["Location"]).content.decode()
    bank.is_down = False
    assert client.post(f"/payments/{order.public_id}/")["Location"].endswith("?go=1")
    assert GatewayPayment.objects.count() == 1


# When time is up


def test_an_order_that_nobody_paid_is_cancelled(client, jne, bank):
    order, _response = order_by_card(client, jne)

    assert cancel_unpaid(at=order.payment_due_at - timedelta(seconds=1)) == 0
    assert cancel_unpaid(at=order.payment_due_at) == 1

    order.refresh_from_db()
    assert order.state == "cancelled"
    assert order.history.last().reason == "Not paid in time"
    assert order.lines.get().variant.stock == 3
    assert cancel_unpaid(at=order.payment_due_at) == 0


def test_a_webhook_that_was_lost_cancels_nobodys_order(client, jne, bank):
    order, _response = order_by_card(client, jne)
    bank.sessions["cs_test_1"] |= {"status": "complete", "payment_status": "paid"}

    assert cancel_unpaid(at=order.payment_due_at) == 0

    order.refresh_from_db()
    assert order.state == "paid"
    assert Payment.objects.get().state == "paid"


def test_while_stripe_says_nothing_nothing_is_cancelled(client, jne, bank):
    order, _response = order_by_card(client, jne)
    due_at, bank.is_down = order.payment_due_at, True

    assert cancel_unpaid(at=due_at) == 0
    order.refresh_from_db()
    assert (order.state, order.payment_due_at) == ("placed", due_at + timedelta(minutes=15))
    bank.is_down = False
    assert cancel_unpaid(at=order.payment_due_at) == 1


@pytest.mark.parametrize("state", ["authorized", "paid"])
def test_money_that_is_held_or_there_is_not_cancelled(client, jne, state):
    order, _response = order_by_card(client, jne)
    amount = order.money(order.total_amount)
    record_payment(actor=SYSTEM, order=order, method="card", amount=amount, state=state, at=clock.now())

    assert cancel_unpaid(at=order.payment_due_at) == 0
    order.refresh_from_db()
    assert order.state == ("paid" if state == "paid" else "placed")


@pytest.mark.django_db(transaction=True)
def test_webhooks_at_the_same_moment_pay_once(client, jne, bank):
    order, _response = order_by_card(client, jne)
    body = bank.event()

    statuses = at_once(*[lambda: webhook(body).status_code] * 6)

    assert statuses == [200] * 6
    assert list(order.payments.values_list("state", flat=True)) == ["paid"]
    assert not Refund.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_are_one(client, jne, bank):
    make_shop()
    order, _response = order_by_card(client, jne)
    GatewayPayment.objects.all().delete()
    bank.requests.clear()

    def begin():
        begin_payment(order=order, ways_back=WaysBack("http://a/", "http://b/"), at=clock.now())

    outcomes = raised_at_once(*[begin] * 5)

    assert outcomes == [None] * 5
    assert GatewayPayment.objects.count() == 1
    assert len({key for *_rest, key in bank.requests}) == 1
    assert json.loads(GatewayPayment.objects.get().extra_data)["page_url"].startswith(bank.url)
