"""The orders panel, the list of orders and the page of one order, in the desk."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from ramah.accounts.testing import actor_of_agent, client_of, make_agent
from ramah.commerce import queries
from ramah.commerce.commands import record_refund
from ramah.commerce.models import Order, OrderStateChange
from ramah.commerce.queries.fulfilment import Wanted, orders_to_work_on
from ramah.commerce.queries.sights import PromiseSight, sight_of
from ramah.commerce.testing import AT, make_order, make_product
from ramah.commerce.tests.merchants import ben, text_of
from ramah.customers.queries import CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, SYSTEM, NotVisible
from ramah.kernel.money import Money

__all__ = ["ben"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def test_the_panel_shows_the_latest_orders_with_lines_state_and_payment(ben):
    dana = make_customer()
    make_order(dana, number="TL-1", state="shipped")
    make_order(number="TL-2")

    page = text_of(ben.get(reverse("orders-panel", args=[dana.public_id])))

    for words in ("TL-1", "On its way", "Sanur linen shirt", "1 piece", "Rp 389.000", "BCA", "Was promised by 7 March"):
        assert words in page, words
    assert "TL-2" not in page
    assert "<html" not in page


def test_the_panel_goes_on_from_the_last_order_shown(ben):
    dana = make_customer()
    for day in range(5):
        make_order(dana, number=f"TL-{day}", placed_at=AT + timedelta(days=day))
    first = ben.get(reverse("orders-panel", args=[dana.public_id]))
    assert [sight.order.number for sight in first.context["sights"]] == ["TL-4", "TL-3", "TL-2"]
    assert first.context["more"] in text_of(first).replace("&amp;", "&")

    rest = ben.get(first.context["more"])

    assert [sight.order.number for sight in rest.context["sights"]] == ["TL-1", "TL-0"]
    assert rest.context["more"] == ""
    assert " open>" not in text_of(rest)


def test_a_panel_without_orders_says_what_to_do(ben):
    page = text_of(ben.get(reverse("orders-panel", args=[make_customer().public_id])))

    assert "No orders yet" in page
    assert reverse("orders") in page


def test_an_altered_cursor_is_a_bad_request(ben):
    dana = make_customer()

    assert ben.get(reverse("orders-panel", args=[dana.public_id]), {"cursor": "x"}).status_code == 400
    assert ben.get(reverse("orders"), {"cursor": "x"}).status_code == 400


def test_the_panel_takes_as_many_queries_for_three_orders_as_for_one(django_assert_num_queries):
    dana, actor = make_customer(), actor_of_agent(make_agent())
    variant = make_product().variants.get()
    for number in range(3):
        order = make_order(dana)
        order.lines.update(variant=variant)
        if number == 0:
            with django_assert_num_queries(5):
                shown(actor, dana)

    with django_assert_num_queries(5):
        assert len(shown(actor, dana)) == 3


def shown(actor, customer):
    sights = [sight_of(order, at=AT) for order in queries.orders_of_customer(actor, customer).rows]
    return [(sight.lines, sight.paid, sight.refunded, sight.delivery) for sight in sights]


def test_the_page_of_an_order_takes_five_queries(django_assert_num_queries):
    order, actor = make_order(), actor_of_agent(make_agent())

    with django_assert_num_queries(5):
        sight = sight_of(queries.order_for(actor, public_id=order.public_id), at=AT)
        assert all((sight.lines, sight.paid, sight.delivery, sight.order.customer.name))


def test_the_page_of_an_order_shows_all_of_it(ben):
    order = make_order(number="TL-7", state="delivered")
    record_refund(actor=SYSTEM, order=order, amount=Money(50000, "IDR"), at=AT, reason="Stain")
    Order.objects.update(note="<b>Ring twice</b>", discount_amount=1000, tax_amount=500)

    page = text_of(ben.get(reverse("order", args=[order.public_id])))

    for words in (
        "Order TL-7",
        "Delivered",
        "Jl. Margonda Raya 21",
        "+6281234567890",
        "Stain",
        "Rp 50.000",
        "&lt;b&gt;Ring twice",
        "of which tax",
    ):
        assert words in page, words
    assert "style=" not in page


def test_a_contractor_sees_the_order_with_its_address_masked():
    chris = client_of(make_agent(role="contractor", name="Chris"))
    order = make_order()

    page = text_of(chris.get(reverse("order", args=[order.public_id])))

    assert "Sanur linen shirt" in page
    assert "Dana Putri" in page
    assert "Margonda" not in page
    assert "16424" not in page
    assert "+6281234567890" not in page
    assert "•••90" in page


@pytest.mark.parametrize("name", ["orders", "order", "orders-panel"])
def test_strangers_are_sent_to_the_log_in(client, name):
    order = make_order(number="TL-77")
    args = {"orders": [], "order": [order.public_id], "orders-panel": [order.customer.public_id]}[name]

    response = client.get(reverse(name, args=args))

    assert response.status_code == 302
    assert "TL-77" not in text_of(response)


def test_what_does_not_exist_is_not_found(ben):
    assert ben.get(reverse("order", args=["nothing"])).status_code == 404
    assert ben.get(reverse("orders-panel", args=["nobody"])).status_code == 404


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TL-40817", ["TL-40817"]),
        ("tl 408", ["TL-40817", "TL-40818"]),
        ("#TL40818", ["TL-40818"]),
        ("", ["#1001", "TL-40817", "TL-40818"]),
        ("1001", ["#1001"]),
        ("817", []),
        ("%", []),
        ("---", []),
    ],
)
def test_orders_are_found_by_the_beginning_of_their_number(ben, text, found):
    for number in ("TL-40817", "TL-40818", "#1001"):
        make_order(number=number)

    response = ben.get(reverse("orders"), {"q": text})

    assert sorted(sight.order.number for sight in response.context["rows"]) == found
    assert ("No order has this number" in text_of(response)) == (not found)


def test_the_list_goes_on_and_counts_lines_in_one_query(ben, django_assert_num_queries):
    for number in range(27):
        make_order(number=f"TL-{number}")
    first = ben.get(reverse("orders"))
    assert len(first.context["rows"]) == 25
    assert "1 product" in text_of(first)

    rest = ben.get(first.context["more"], headers={"HX-Request": "true"})

    assert text_of(rest).count('class="price"') == 2
    assert "<html" not in text_of(rest)
    with django_assert_num_queries(1):
        orders_to_work_on(SYSTEM, Wanted(words="TL"))


def test_the_door_opens_to_a_customer_only_what_the_ladder_grants():
    dana = make_customer()
    order, other, strangers = make_order(dana), make_order(dana), make_order()
    proved = CustomerActor(dana.pk, "order_verified", order_id=order.pk)
    signed_in = CustomerActor(dana.pk, "signed_in")

    assert queries.order_for(proved, public_id=order.public_id) == order
    assert queries.order_for(signed_in, public_id=other.public_id) == other
    assert queries.address_shown(proved, order.shipping_address)["line1"] == "•••"
    assert queries.address_shown(signed_in, order.shipping_address)["line1"] == "Jl. Margonda Raya 21"
    for actor, hidden in [
        (proved, other),
        (signed_in, strangers),
        (CustomerActor(dana.pk, "channel_verified"), order),
        (NOBODY, order),
    ]:
        with pytest.raises(NotVisible):
            queries.order_for(actor, public_id=hidden.public_id)


def test_products_that_are_not_sold_are_seen_by_agents_only():
    product = make_product()
    assert queries.product_for(NOBODY, public_id=product.public_id) == product

    product.status = "draft"
    product.save()

    assert queries.product_for(SYSTEM, public_id=product.public_id) == product
    for actor in (NOBODY, CustomerActor(make_customer().pk, "signed_in")):
        with pytest.raises(NotVisible):
            queries.product_for(actor, public_id=product.public_id)


@pytest.mark.parametrize(
    ("state", "days", "arrived", "expected"),
    [
        ("shipped", 3, None, PromiseSight("open", "Arrives by 7 March", 40)),
        ("shipped", 5, None, PromiseSight("open", "Arrives by 7 March", 0)),
        ("shipped", 6, None, PromiseSight("broken", "Was promised by 7 March")),
        ("delivered", 9, 4, PromiseSight("kept", "Delivered in time, on 6 March")),
        ("completed", 40, 6, PromiseSight("broken", "Delivered late, on 8 March")),
        ("delivered", 9, None, None),
        ("cancelled", 3, None, None),
    ],
)
def test_the_promised_date_is_shown_as_a_promise(state, days, arrived, expected):
    order = make_order(state=state if arrived is None and state != "delivered" else "shipped")
    if arrived is not None:
        at = AT + timedelta(days=arrived)
        OrderStateChange.objects.create(order=order, at=at, to_state="delivered", actor="system")
    order.state = state

    assert sight_of(order, at=AT + timedelta(days=days)).delivery == expected


@pytest.mark.parametrize(("language", "words"), [("id", "Pesanan"), ("uk", "Замовлення")])
def test_pages_speak_the_language_of_the_agent(ben, language, words):
    make_order()

    assert words in text_of(ben.get(reverse("orders"), headers={"Accept-Language": language}))
