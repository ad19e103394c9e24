"""Order pages in a real Chromium: phone and desktop, light and dark, Ukrainian, by keyboard, and without JavaScript."""

import re

import pytest
from django.core import mail

from ramah.commerce.models import Order
from ramah.commerce.testing import make_product
from ramah.kernel import clock
from ramah.storefront.order_codes import mail_codes
from ramah.storefront.tests.order_browsers import DANA, order_of, page_of, path_of_link, proved, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [(390, "light", "en"), (390, "dark", "uk"), (1280, "dark", "id"), (1280, "light", "uk")]


def is_in_order(seen):
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()


@pytest.fixture
def order():
    order = order_of(state="placed", paid=False)
    order.lines.update(variant=make_product(stock=3).variants.get(), title="Дуже довга назва лляної сорочки Sanur")
    Order.objects.filter(pk=order.pk).update(payment_method="bank_transfer", payment_due_at=clock.now())
    return Order.objects.get(pk=order.pk)


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_every_page_of_an_order_is_in_order(open_page, live_server, order, width, theme, language):
    client = proved(order)
    look = {"width": width, "theme": theme, "language": language, "client": client}
    for path in ("", "cancel/", "address/"):
        is_in_order(open_page(live_server.url + page_of(order) + path, **look))


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS[:3])
def test_finding_and_history_are_in_order(open_page, live_server, order, width, theme, language):
    look = {"width": width, "theme": theme, "language": language}
    is_in_order(open_page(live_server.url + "/orders/", **look))
    is_in_order(open_page(live_server.url + "/account/orders/", client=signed_in(), **look))
    unknown = open_page(live_server.url + "/orders/x/", **look)
    unknown.must_be_accessible()
    unknown.must_not_scroll_sideways()


@pytest.mark.parametrize("script", [True, False])
def test_from_the_number_to_the_order_by_keyboard(open_page, live_server, order, script):
    seen = open_page(live_server.url + "/orders/", width=390, script=script)
    page = seen.page
    page.get_by_label("Order number").fill(order.number)
    page.keyboard.press("Tab")
    page.keyboard.type(DANA)
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/code/")
    mail_codes(at=clock.now())
    code = re.search(r"\d{6}", mail.outbox[-1].body)[0]
    page.get_by_label("Code", exact=True).fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{page_of(order)}")

    assert page.get_by_role("heading", name="We wait for your transfer.").is_visible()


def test_the_link_from_the_mail_leaves_nothing_in_the_address_bar(open_page, live_server, order):
    seen = open_page(live_server.url + path_of_link(order), width=390)

    assert seen.page.url == live_server.url + page_of(order)
    is_in_order(seen)


def test_cancelling_by_the_dialog(open_page, live_server, order):
    page = open_page(live_server.url + page_of(order), width=390, client=proved(order)).page

    page.get_by_role("link", name="Cancel the order").click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_text("This cannot be undone.").is_visible()
    page.keyboard.press("Escape")
    assert Order.objects.get().state == "placed"

    page.get_by_role("link", name="Cancel the order").click()
    dialog.get_by_role("button", name="Cancel the order").click()
    page.get_by_role("heading", name="Cancelled.").wait_for()
    assert Order.objects.get().state == "cancelled"


def test_cancelling_without_script_asks_on_a_page(open_page, live_server, order):
    page = open_page(live_server.url + page_of(order), width=390, client=proved(order), script=False).page

    page.get_by_role("link", name="Cancel the order").click()
    page.get_by_label("I changed my mind").check()
    page.get_by_role("button", name="Cancel the order").click()

    assert page.get_by_role("heading", name="Cancelled.").is_visible()
    assert Order.objects.get().history.last().reason == "I changed my mind"


def test_another_address_without_script(open_page, live_server, order):
    # Of a place without a listed province nothing can be compared: the same place, another street.
    Order.objects.update(shipping_address={**order.shipping_address, "region": "Jawa Barat"})
    page = open_page(live_server.url + page_of(order), width=390, client=signed_in(), script=False).page

    page.get_by_role("link", name="Change the address").click()
    page.get_by_label("Street and house number").fill("Jl. Baru 1")
    page.get_by_role("button", name="Send it there").click()

    assert page.get_by_text("Jl. Baru 1").is_visible()


def test_ordering_again_without_script(open_page, live_server, order):
    page = open_page(live_server.url + page_of(order), width=390, client=proved(order), script=False).page

    page.get_by_role("button", name="Order again").click()

    page.wait_for_url("**/cart/")
    assert page.get_by_text("1 product of the order is in your cart").is_visible()


def test_on_paper_there_is_nothing_to_press(open_page, live_server, order):
    seen = open_page(live_server.url + page_of(order), client=proved(order))
    seen.page.emulate_media(media="print")

    assert seen.page.get_by_role("heading", name="What you ordered").is_visible()
    assert not seen.page.get_by_text("Order again").is_visible()
    assert not seen.page.get_by_text("Cancel the order").is_visible()
    assert not seen.page.locator("header.top").is_visible()
