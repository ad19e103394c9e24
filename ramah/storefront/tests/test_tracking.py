"""Where an order is: who sees it, what it says in each state, and that it never says more than is known."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from ramah.commerce.models import Order
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.promises.commands import renegotiate_promise
from ramah.promises.models import Promise
from ramah.shipping.testing import make_flight
from ramah.storefront.order_codes import mail_codes
from ramah.storefront.tests.order_browsers import order_of, path_of_link, proved, signed_in
from ramah.storefront.tests.promised_orders import shop, words_of
from ramah.storefront.tests.tracked import (
    EMAIL,
    NOW,
    happened,
    order_on_its_way,
    parcel_of,
)

__all__ = ["shop"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


def page_of(order):
    return f"/track/{order.public_id}/"


def seen(order, client=None):
    response = (client or proved(order)).get(page_of(order))
    assert response.status_code == 200
    return words_of(response)


def title_of(order):
    html = proved(order).get(page_of(order)).content.decode()
    return html.partition("<h1>")[2].partition("</h1>")[0]


# Who sees it


def test_unknown_and_foreign_orders_look_alike_to_everybody():
    own, other = order_on_its_way(), order_of(email="eli@mail.example")

    for client in (Client(), proved(own), signed_in(EMAIL)):
        answers = [client.get(f"/track/{key}/") for key in (other.public_id, "0" * 26, "x", other.number)]
        assert {answer.status_code for answer in answers} == {404}
        bodies = {words_of(answer).replace(other.public_id, "").replace(other.number, "") for answer in answers}
        assert not any("eli@" in body for body in bodies)


def test_who_proved_or_owns_the_order_sees_it_in_no_cache_and_no_index():
    order = order_on_its_way()
    for client in (proved(order), signed_in(EMAIL)):
        response = client.get(page_of(order))
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Referrer-Policy"] == "same-origin"
        assert 'name="robots" content="noindex"' in response.content.decode()


def test_finding_it_by_number_and_code_leads_here(mailoutbox):
    order, client = order_on_its_way(), Client()

    assert client.post("/track/", {"number": order.number, "email": EMAIL})["Location"] == "/track/code/"
    mail_codes(at=clock.now())
    code = re.search(r"\d{6}", mailoutbox[-1].body)[0]
    assert 'action="/track/"' in client.get("/track/code/").content.decode()
    assert client.post("/track/code/", {"code": "000000" if code != "000000" else "1"}).status_code == 422

    assert client.post("/track/code/", {"code": code})["Location"] == page_of(order)
    assert client.get(page_of(order)).status_code == 200


def test_the_answer_is_the_same_for_an_order_that_is_not_there():
    answer = Client().post("/track/", {"number": "TL-404", "email": "nobody@mail.example"})

    assert (answer.status_code, answer["Location"]) == (302, "/track/code/")


def test_the_link_of_a_mail_opens_it_and_an_altered_one_does_not():
    order = order_on_its_way()
    path = path_of_link(order).replace("/orders/open/", "/track/open/")

    assert Client().get(path)["Location"] == page_of(order)
    for altered in (path[:-2] + "/", path.replace(order.public_id, "0" * 26)):
        assert Client().get(altered).status_code == 410
    Order.objects.filter(pk=order.pk).update(email="eli@mail.example")
    assert Client().get(path).status_code == 410


# What it says


@pytest.mark.parametrize(
    ("state", "reason", "title", "further"),
    [
        ("pre_transit", "", "The carrier takes your parcel next", ""),
        ("in_transit", "", "Your parcel is on its way", ""),
        ("out_for_delivery", "", "Your parcel is with the driver", ""),
        (
            "delivery_attempted",
            "away",
            "The driver could not hand over your parcel",
            "Nobody was there. The carrier tries again",
        ),
        ("available_for_pickup", "", "Your parcel is ready to be picked up", "Bring something that shows your name"),
        ("exception", "customs", "Your parcel is held up", "Held by customs. Customs let it go after checking."),
        ("exception", "weather", "Your parcel is held up", "Bad weather holds it up"),
        ("exception", "", "Your parcel is held up", "We look into it and write to you."),
        ("returned", "", "Your parcel came back to us", "about your money, or about sending it again"),
        ("lost", "", "Your parcel is lost", "You get your money back, or we send it again"),
        ("delivered", "neighbor", "Your parcel has arrived", "Left with a neighbor"),
    ],
)
def test_each_state_is_a_headline_with_what_comes_next(state, reason, title, further):
    order = order_on_its_way()
    parcel = parcel_of(order)
    happened(parcel, state, 3, reason=reason)

    text = seen(order)

    assert title_of(order) == title
    assert further in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("placed", "It is not paid yet."),
        ("paid", "Nothing has left yet. You see every step here."),
        ("packed", "Packed. It waits for the carrier."),
        ("cancelled", "Cancelled."),
        ("refunded", "Your money went back."),
    ],
)
def test_before_and_without_parcels_the_order_speaks(state, words):
    assert words in seen(order_on_its_way(state=state))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 3, 11), date(2026, 3, 11), "Expected on 11 March."),
        (date(2026, 3, 10), date(2026, 3, 12), "Expected between 10 March and 12 March."),
        (None, date(2026, 3, 11), "Expected on 11 March."),
        # What of the range is over is not said.
        (date(2026, 3, 1), date(2026, 3, 10), "Expected between 9 March and 10 March."),
        # What has passed altogether is not known any more: then the promised day stands.
        (date(2026, 3, 1), date(2026, 3, 8), "Promised by 12 March."),
        (None, None, "Promised by 12 March."),
    ],
)
def test_the_expected_day_is_as_wide_as_what_is_known(first, last, words):
    order = order_on_its_way()
    parcel_of(order, expected_from=first, expected_to=last)

    assert words in seen(order)


@pytest.mark.parametrize(
    ("first", "last", "title"),
    [
        (date(2026, 3, 13), date(2026, 3, 13), "Your parcel is 1 day late"),
        (date(2026, 3, 15), date(2026, 3, 15), "Your parcel is 3 days late"),
        (date(2026, 3, 13), date(2026, 3, 16), "Your parcel is late"),
        # It may still be in time.
        (date(2026, 3, 11), date(2026, 3, 14), "Your parcel is on its way"),
    ],
)
def test_late_is_said_in_days_only_where_one_day_is_known(first, last, title):
    order = order_on_its_way()
    parcel_of(order, expected_from=first, expected_to=last)

    assert title_of(order) == title
    # A promise that is known not to be kept is not said to be fine.
    is_missed = first > date(2026, 3, 12)
    assert ("Promised by 12 March. It comes later, we are sorry." in seen(order)) == is_missed
    assert ("Arrives by 12 March" in seen(order)) != is_missed


def test_past_the_promised_day_without_a_new_one_nobody_pretends_to_know(now):
    order = order_on_its_way()
    parcel_of(order)
    now.move_to(NOW + timedelta(days=4), tick=False)

    text = seen(order)

    assert title_of(order) == "Your parcel is late"
    assert "We do not know the day yet. We watch it, and write to you." in text
    assert "Was promised by 12 March. We are late." in text


@pytest.mark.parametrize(
    ("level", "title"), [(1, "Your parcel may be late. We watch it."), (3, "Your parcel has not moved")]
)
def test_what_is_foreseen_is_said(level, title):
    order = order_on_its_way()
    make_flight(order, at=NOW, shipment=parcel_of(order), level=level)

    assert title_of(order).startswith(title)


def test_a_moved_promise_says_both_days():
    order = order_on_its_way()
    parcel_of(order)
    made = Promise.objects.get()
    renegotiate_promise(actor=SYSTEM, promise_id=made.pk, due_at=made.due_at + timedelta(days=2), reason="", at=NOW)

    assert "Was: 12 March. Now: 14 March" in seen(order)


def test_several_parcels_each_have_their_way():
    order = order_on_its_way()
    first, second = parcel_of(order, tracking_number="JN1"), parcel_of(order, tracking_number="")
    happened(first, "delivered", 5)
    happened(second, "in_transit", 20, place="Bandung")

    text = seen(order)

    assert title_of(order) == "1 of 2 parcels have arrived"
    for words in ("Parcel 1", "Parcel 2", "JN1", "Bandung", "This parcel has no number"):
        assert words in text


def test_a_part_that_has_not_left_is_said():
    order = order_on_its_way(state="packed")
    order.lines.update(quantity=2, shipped_quantity=1)
    parcel_of(order)

    assert "The rest of it has not left yet." in seen(order)


# The way


def test_repeated_scans_are_one_line_in_the_order_in_which_things_happened():
    order = order_on_its_way()
    parcel = parcel_of(order)
    for hours in (30, 29, 28):
        happened(parcel, "in_transit", hours, place="Semarang")
    happened(parcel, "in_transit", 60, place="Surabaya")
    happened(parcel, "in_transit", 1, place="Foreign", adjusted="foreign")

    text = seen(order)

    assert text.count("Semarang") == 1
    assert text.index("Handed to the carrier") < text.index("Surabaya") < text.index("Semarang")
    assert "Foreign" not in text


def test_times_are_on_the_customers_clock():
    order = order_on_its_way()
    happened(parcel_of(order), "in_transit", 2)  # 03:00 UTC
    assert "10:00" in seen(order)

    order.customer.time_zone = "Asia/Jayapura"
    order.customer.save()
    assert "12:00" in seen(order)


def test_guests_read_no_address_and_not_what_the_carrier_wrote():
    order = order_on_its_way()
    parcel = parcel_of(order)
    happened(parcel, "in_transit", 5, place="Depok", message="Sorted for Dana Putri, Jl. Margonda")
    happened(parcel, "out_for_delivery", 2, place="Jl. Margonda Raya 21, Depok", message="With driver Agus")

    guest, owner = seen(order), seen(order, signed_in(EMAIL))

    for words in ("Margonda", "Putri", "Agus", "+62812"):
        assert words not in guest
    assert "Depok" in guest
    assert "With driver Agus" in owner
    assert "Jl. Margonda Raya 21, Depok" in owner


def test_hostile_words_of_carriers_stay_words():
    order = order_on_its_way()
    parcel = parcel_of(order, carrier="<b>JNE</b>", tracking_url="javascript:alert(1)")
    happened(parcel, "in_transit", 5, place="<script>x</script>", message="<img src=x>")

    html = signed_in(EMAIL).get(page_of(order)).content.decode()

    for raw in ("<b>JNE", "<script>x", "<img src=x>", "javascript:alert"):
        assert raw not in html


# Live


def test_it_looks_again_and_is_answered_only_where_something_changed():
    order = order_on_its_way()
    parcel, client = parcel_of(order), proved(order)
    html = client.get(page_of(order)).content.decode()
    url = html.partition('id="live" hx-get="')[2].partition('"')[0]
    assert 'hx-trigger="every 60s"' in html

    assert client.get(url, headers={"HX-Request": "true"}).status_code == 204
    happened(parcel, "out_for_delivery", 1)
    part = client.get(url, headers={"HX-Request": "true"})

    assert part.status_code == 200
    assert "Your parcel is with the driver" in part.content.decode()
    assert "<html" not in part.content.decode()


@pytest.mark.parametrize("state", ["delivered", "returned", "lost"])
def test_what_has_ended_does_not_look_again(state):
    order = order_on_its_way()
    happened(parcel_of(order), state, 2)

    assert "hx-trigger" not in proved(order).get(page_of(order)).content.decode().partition('id="live"')[2][:200]


def test_queries_do_not_grow_with_parcels_and_events(django_assert_max_num_queries):
    order = order_on_its_way()
    client = proved(order)
    for _parcel in range(5):
        parcel = parcel_of(order)
        for hours in range(20):
            happened(parcel, "in_transit", hours, place=f"Place {hours}")

    with django_assert_max_num_queries(20):
        client.get(page_of(order))
