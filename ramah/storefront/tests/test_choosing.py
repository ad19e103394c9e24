"""Choices by the signed link: looking changes nothing, a post acts once, and what does not hold opens nothing."""

from datetime import timedelta

import pytest
from django.test import Client

from ramah.commerce.models import Order, Voucher
from ramah.commerce.testing import ADDRESS
from ramah.notices.models import Choice, Notice
from ramah.promises.models import Promise
from ramah.shipping.models import CarrierTask
from ramah.shipping.testing import make_flight
from ramah.storefront.tests.promised_orders import shop, words_of
from ramah.storefront.tests.tracked import (
    EMAIL,
    NOW,
    noticed,
    order_on_its_way,
    parcel_of,
    shop_inbox,
    taken_of,
    way_to,
    willing,
)

__all__ = ["shop"]
pytestmark = pytest.mark.django_db
ALL = ("wait", "credit", "address", "date", "cancel", "talk")


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def order(shop):
    shop_inbox()
    order = order_on_its_way(state="paid")
    make_flight(order, at=NOW, q80=int((NOW + timedelta(days=5)).timestamp()))
    return order


@pytest.fixture
def notice(order):
    return noticed(order, *ALL)


def nothing_is_done(notice):
    order = Order.objects.get(pk=notice.order_id)
    assert (order.state, taken_of(notice)) == ("paid", [])
    assert Promise.objects.filter(subject=f"order:{order.pk}").count() == 1
    assert Voucher.objects.count() == CarrierTask.objects.count() == 0


def tampered(path):
    token = path.rstrip("/").rpartition("/")[2]
    return path.replace(token, token[:-3] + "".join("b" if sign == "a" else "a" for sign in token[-3:]))


# Looking


@pytest.mark.parametrize("kind", ["", *ALL[:-1]])
def test_opening_shows_what_can_be_chosen_and_does_nothing(notice, kind):
    client = Client()
    for method in (client.get, client.head, client.get):
        response = method(way_to(notice) + (f"?choice={kind}" if kind else ""))
        assert response.status_code == 200
        assert (response["Cache-Control"], response["Referrer-Policy"]) == ("private, no-store", "same-origin")

    html = response.content.decode()
    assert html.count('type="radio"') == 5
    assert f'value="{kind}" checked' in html or not kind
    nothing_is_done(notice)


def test_opening_it_proves_the_order(notice):
    client = Client()
    assert client.get(f"/track/{notice.order.public_id}/").status_code == 404

    client.get(way_to(notice))

    assert client.get(f"/track/{notice.order.public_id}/").status_code == 200


def test_talking_and_paying_lead_to_their_pages_and_take_nothing(notice):
    ask, pay = f"/contact/?order={notice.order.public_id}", f"/payments/{notice.order.public_id}/"
    assert Client().get(way_to(notice) + "?choice=talk")["Location"] == ask
    assert Client().post(way_to(notice), {"choice": "talk"})["Location"] == ask
    assert Client().get(way_to(notice) + "?choice=pay")["Location"] == pay
    nothing_is_done(notice)


def test_the_page_of_a_guest_shows_no_address(notice):
    html = Client().get(way_to(notice) + "?choice=address").content.decode()

    for part in ("Margonda", "16424", "+62812"):
        assert part not in html


# Acting


def test_a_post_takes_it_and_says_what_came_of_it(notice):
    client, way = Client(), way_to(notice)

    answer = client.post(way, {"choice": "credit"})
    text = words_of(client.get(answer["Location"]))

    voucher = Voucher.objects.get()
    assert answer.status_code == 302
    assert taken_of(notice) == [("credit", "done")]
    assert "Done as you chose" in text
    assert voucher.code in text


def test_posted_twice_and_from_two_tabs_it_is_done_once(notice):
    one, two, way = Client(), Client(), way_to(notice)
    one.get(way)
    two.get(way)

    ways = [
        client.post(way, {"choice": kind})["Location"]
        for client, kind in ((one, "credit"), (one, "credit"), (two, "cancel"))
    ]

    assert len(set(ways)) == 1
    assert taken_of(notice) == [("credit", "done")]
    assert (Voucher.objects.count(), Order.objects.get(pk=notice.order_id).state) == (1, "paid")
    assert "Done as you chose" in words_of(two.get(way, follow=True))


def test_what_has_to_be_filled_in_is_asked_for_first(notice):
    client, way = Client(), way_to(notice)

    asked = client.post(way, {"choice": "date"})  # as the page of the parcel posts it
    assert (asked.status_code, 'name="day"' in asked.content.decode()) == (200, True)
    wrong = client.post(way, {"choice": "date", "day": "2026-12-24"})
    assert wrong.status_code == 422
    nothing_is_done(notice)

    client.post(way, {"choice": "date", "day": "2026-03-18"})
    assert taken_of(notice) == [("date", "done")]
    assert Promise.objects.order_by("-id").first().due_at.day == 18


def test_an_address_is_checked_and_taken(notice):
    client, way = Client(), way_to(notice)
    place = {"city": "Depok", "region": "Jawa Barat", "district": "Beji", "postal_code": "16424"}
    Order.objects.filter(pk=notice.order_id).update(shipping_address={**ADDRESS, **place})
    new = {"choice": "address", "name": "Dana", "phone": "+6281234567890", "line1": "Jl. Baru 1", **place}

    assert client.post(way, {**new, "postal_code": "1"}).status_code == 422
    nothing_is_done(notice)
    answer = client.post(way, new)

    assert answer.status_code == 302
    assert taken_of(notice) == [("address", "done")]
    assert Order.objects.get(pk=notice.order_id).shipping_address["line1"] == "Jl. Baru 1"


@pytest.mark.parametrize(
    "posted",
    [{}, {"choice": ""}, {"choice": "teleport"}, {"choice": "leave"}, {"choice": "x" * 100_000}],
)
def test_what_was_not_offered_is_asked_again(notice, posted):
    response = Client().post(way_to(notice), posted)

    assert response.status_code == 422
    assert "Choose one of these." in response.content.decode()
    nothing_is_done(notice)


def test_a_carrier_that_is_asked_is_said_to_be_asked(monkeypatch, shop):
    shop_inbox()
    order = order_on_its_way()
    parcel = parcel_of(order, provider=willing(monkeypatch))
    notice = noticed(order, "leave", "neighbor", shipment=parcel, kind="delivery_failed")
    client = Client()

    text = words_of(client.post(way_to(notice), {"choice": "neighbor", "who": "Budi, 12"}, follow=True))

    assert "The carrier is asked" in text
    assert CarrierTask.objects.get().detail == {"who": "Budi, 12"}


def test_packed_in_the_meantime_a_person_sees_to_it(notice):
    client, way = Client(), way_to(notice)
    client.get(way)
    real = Order.objects.filter(pk=notice.order_id)
    # Between the page and the post; only then is it handed over, as `open_choices` no longer lists it.
    real.update(state="packed")

    answer = client.post(way, {"choice": "cancel"})

    assert answer.status_code == 422
    assert taken_of(notice) == []


# What does not hold


@pytest.mark.parametrize("method", ["get", "post"])
def test_altered_foreign_and_void_links_are_gone_and_do_nothing(notice, method):
    way = way_to(notice)
    other = noticed(order_on_its_way(state="paid", email="eli@mail.example"), "cancel")
    forged = way.replace(notice.public_id, other.public_id)

    for path in (
        tampered(way),
        forged,
        "/track/choose/x/",
        "/track/chosen/x/",
        tampered(way.replace("choose", "chosen")),
    ):
        call = getattr(Client(), "get" if "chosen" in path else method)
        assert call(path, {"choice": "cancel"}).status_code == 410
    Order.objects.filter(pk=notice.order_id).update(email="somebody@else.example")
    assert getattr(Client(), method)(way, {"choice": "cancel"}).status_code == 410

    Order.objects.filter(pk=notice.order_id).update(email=EMAIL)
    nothing_is_done(notice)
    assert taken_of(other) == []


def test_after_its_time_it_says_so_and_does_nothing(notice, now):
    client, way = Client(), way_to(notice)
    now.move_to(NOW + timedelta(hours=73), tick=False)

    for response in (client.get(way), client.post(way, {"choice": "cancel"})):
        assert response.status_code == 410
        assert "Nothing is left to choose" in response.content.decode()
    nothing_is_done(notice)

    now.move_to(NOW + timedelta(days=61), tick=False)
    assert "This link has ended" in client.get(way).content.decode()


def test_an_order_that_ended_leaves_nothing_to_choose(notice):
    Order.objects.filter(pk=notice.order_id).update(state="delivered")
    Choice.objects.filter(notice=notice, kind="talk").delete()

    assert Client().post(way_to(notice), {"choice": "cancel"}).status_code == 410
    assert taken_of(notice) == []


def test_a_post_without_the_token_of_the_form_is_refused(notice):
    client = Client(enforce_csrf_checks=True)
    client.get(way_to(notice))

    assert client.post(way_to(notice), {"choice": "cancel"}).status_code == 403
    nothing_is_done(notice)


def test_a_notice_that_was_never_sent_offers_nothing(notice):
    Notice.objects.update(state="planned", choice_until=None, sent_at=None)

    assert Client().get(way_to(notice)).status_code == 410
