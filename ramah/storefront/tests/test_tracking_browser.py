"""Where an order is, choosing and preferences in a real Chromium: phone and desktop, light and dark, three languages."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from ramah.commerce.testing import make_product
from ramah.kernel import clock
from ramah.notices import tokens
from ramah.notices.models import Choice, Preference
from ramah.shipping.testing import make_flight
from ramah.storefront.tests.order_browsers import proved, signed_in
from ramah.storefront.tests.tracked import (
    EMAIL,
    happened,
    noticed,
    order_on_its_way,
    parcel_of,
    shop_inbox,
    way_to,
    willing,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [(390, "light", "uk"), (390, "dark", "id"), (1280, "light", "en"), (1280, "dark", "uk")]


def is_in_order(seen):
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()


def following(**parcel):
    """An order that is two days late in Semarang, with a notice on it; everything as of now."""
    at = clock.now()
    shop_inbox()
    order = order_on_its_way(at=at)
    order.lines.update(variant=make_product(stock=3).variants.get(), title="Дуже довга назва лляної сорочки Sanur")
    day = (at + timedelta(days=5)).date()
    made = parcel_of(
        order, at=at, expected_from=day, expected_to=day, tracking_url="https://carrier.example/1", **parcel
    )
    happened(made, "in_transit", 40, at=at, place="Surabaya")
    happened(made, "exception", 5, at=at, reason="weather", place="Semarang", message="Banjir di jalur pantura")
    return order, made


def waiting():
    """An order that is not packed yet and will be two days late."""
    at = clock.now()
    shop_inbox()
    order = order_on_its_way(state="paid", at=at)
    make_flight(order, at=at, q80=int((at + timedelta(days=5)).timestamp()))
    return order


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_where_it_is_is_in_order(open_page, live_server, monkeypatch, width, theme, language):
    order, parcel = following(provider=willing(monkeypatch))
    look = {"width": width, "theme": theme, "language": language}
    url = f"{live_server.url}/track/{order.public_id}/"

    is_in_order(open_page(url, client=proved(order), **look))
    is_in_order(open_page(url + f"parcels/{parcel.public_id}/?choice=date", client=proved(order), **look))
    noticed(order, "wait", "credit", "leave", "talk", shipment=parcel, at=clock.now())
    is_in_order(open_page(url, client=signed_in(EMAIL), **look))
    is_in_order(open_page(live_server.url + "/track/", **look))


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS)
def test_choosing_and_preferences_are_in_order(open_page, live_server, width, theme, language):
    order = waiting()
    notice = noticed(order, "wait", "address", "date", "cancel", "talk", at=clock.now())
    look = {"width": width, "theme": theme, "language": language}

    is_in_order(open_page(live_server.url + way_to(notice) + "?choice=date", **look))
    is_in_order(open_page(tokens.preferences_link(order.customer).replace(settings.BASE_URL, live_server.url), **look))
    is_in_order(open_page(live_server.url + "/account/notices/", client=signed_in(EMAIL), **look))
    Choice.objects.filter(notice=notice, kind="wait").update(state="failed", taken_at=clock.now(), result="Ми самі.")
    is_in_order(open_page(live_server.url + way_to(notice), **look))


@pytest.mark.parametrize("script", [True, False])
def test_a_choice_is_picked_filled_in_and_taken_by_keyboard(open_page, live_server, script):
    notice = noticed(waiting(), "wait", "date", at=clock.now())
    page = open_page(live_server.url + way_to(notice), width=390, script=script).page

    assert not page.get_by_label("Which day?").is_visible()
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.get_by_label("Which day?").select_option(index=2)
    page.get_by_role("button", name="Confirm my choice").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/track/chosen/**")

    assert page.get_by_role("heading", name="Done as you chose").is_visible()
    assert list(Choice.objects.filter(state="done").values_list("kind", flat=True)) == ["date"]


def test_the_page_follows_the_parcel_and_leaves_the_form_alone(open_page, live_server):
    order, parcel = following()
    make_flight(order, at=clock.now(), q80=int((clock.now() + timedelta(days=5)).timestamp()))
    noticed(order, "wait", "credit", shipment=parcel, at=clock.now())
    page = open_page(f"{live_server.url}/track/{order.public_id}/", client=proved(order)).page
    page.get_by_role("radio").nth(1).check()

    happened(parcel, "out_for_delivery", 0, at=clock.now())
    page.evaluate(
        "htmx.ajax('GET', document.getElementById('live').getAttribute('hx-get'), {target: '#live', swap: 'outerHTML'})"
    )
    page.get_by_role("heading", name="Your parcel is with the driver").wait_for()

    assert page.get_by_role("radio").nth(1).is_checked()


def test_leaving_promotions_with_one_click(open_page, live_server):
    order, _parcel = following()
    url = tokens.unsubscribe_link(order.customer).replace(settings.BASE_URL, live_server.url)
    seen = open_page(url, width=390)
    is_in_order(seen)

    seen.page.get_by_role("button", name="Send me no more advertising").click()
    seen.page.get_by_text("You get no more news or offers from us.").wait_for()

    assert Preference.objects.count() == 0
    is_in_order(seen)


def test_scanners_that_open_every_link_choose_nothing(live_server):
    order, _parcel = following()
    notice = noticed(order, "wait", "cancel", at=clock.now())

    for kind in ("", "wait", "cancel"):
        Client().get(way_to(notice) + f"?choice={kind}")

    assert Choice.objects.exclude(state="offered").count() == 0
