"""What customers want to be told, with and without a log-in; and leaving promotions by one click."""

from datetime import time
from urllib.parse import urlsplit

import pytest
from django.test import Client

from ramah.commerce.models import Order
from ramah.customers.models import Consent
from ramah.customers.queries import consent_to
from ramah.customers.testing import make_customer
from ramah.notices import tokens
from ramah.notices.models import Preference
from ramah.notices.queries.wishes import preference_of
from ramah.storefront.tests.order_browsers import DANA, order_of, signed_in
from ramah.storefront.tests.promised_orders import shop, words_of

__all__ = ["shop"]
pytestmark = pytest.mark.django_db
OWN = "/account/notices/"
LATE = ["at_risk", "late", "stalled", "customs"]


@pytest.fixture
def dana():
    return order_of().customer


def path(link):
    return urlsplit(link).path


def link_of(customer):
    return path(tokens.preferences_link(customer))


def out_of(customer):
    return path(tokens.unsubscribe_link(customer))


def allowing(customer, *purposes):
    for purpose in purposes:
        Consent.objects.create(
            customer=customer, purpose=purpose, granted=True, at=customer.created_at, source="checkout"
        )


# Preferences


@pytest.mark.parametrize("by_link", [False, True])
def test_what_is_chosen_is_kept_and_shown_again(dana, by_link):
    client, way = (Client(), link_of(dana)) if by_link else (signed_in(DANA), OWN)
    chosen = {"topics": ["late", "delivered"], "channel": "email", "quiet_from": "20:00", "quiet_to": "07:30"}

    assert client.post(way, chosen, follow=True).status_code == 200

    kept = preference_of(dana.pk)
    assert (kept.channel, kept.quiet_from, kept.quiet_to) == ("email", time(20), time(7, 30))
    assert sorted(kept.muted) == ["order_changed", "out_for_delivery", "payment_missing", "refund_sent"]
    html = client.get(way).content.decode()
    assert 'value="20:00"' in html
    assert html.count(" checked") == 2


def test_at_first_everything_is_told(dana):
    html = signed_in(DANA).get(OWN).content.decode()

    assert html.count(" checked") == 5
    assert Preference.objects.count() == 0


def test_without_any_topic_lost_parcels_are_still_told(dana):
    signed_in(DANA).post(OWN, {"channel": ""})

    muted = preference_of(dana.pk).muted
    assert set(LATE) < set(muted)
    assert {"lost", "delivery_failed"}.isdisjoint(muted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "20:00"},
        {"quiet_to": "07:00"},
        {"quiet_from": "07:00", "quiet_to": "07:00"},
        {"quiet_from": "25:99", "quiet_to": "07:00"},
        {"channel": "pigeon"},
        {"topics": ["late", "lost'; --"]},
        {"channel": "x" * 100_000},
    ],
)
def test_what_makes_no_sense_is_not_kept(dana, wrong):
    assert signed_in(DANA).post(OWN, wrong).status_code == 422
    assert Client().post(link_of(dana), wrong).status_code == 422
    assert Preference.objects.count() == 0


def test_strangers_are_sent_to_sign_in_and_altered_links_are_gone(dana):
    assert "/account/sign-in/" in Client().get(OWN)["Location"]
    assert "/account/sign-in/" in Client().post(OWN, {"channel": "email"})["Location"]
    for way in (
        link_of(dana)[:-3] + "xx/",
        "/notices/preferences/x/",
        out_of(dana).replace("unsubscribe", "preferences"),
    ):
        assert Client().get(way).status_code == 410
        assert Client().post(way, {"channel": "email"}).status_code == 410
    assert Preference.objects.count() == 0


def test_the_link_opens_nothing_but_the_preferences(dana):
    client = Client()
    order = Order.objects.get()

    response = client.get(link_of(dana))

    assert response["Cache-Control"] == "private, no-store"
    assert DANA not in response.content.decode()
    assert client.get(f"/track/{order.public_id}/").status_code == 404
    assert client.get("/account/").status_code == 302


# Promotions


def test_opening_the_way_out_changes_nothing(dana):
    allowing(dana, Consent.Purpose.NEWS)

    for method in ("get", "head"):
        assert getattr(Client(), method)(out_of(dana)).status_code == 200

    assert consent_to(dana.pk, Consent.Purpose.NEWS).granted


@pytest.mark.parametrize("body", [{"List-Unsubscribe": "One-Click"}, {}])
def test_one_click_without_a_cookie_ends_promotions(dana, body):
    allowing(dana, Consent.Purpose.NEWS, Consent.Purpose.PERSONAL_OFFERS, Consent.Purpose.SERVICE)
    client = Client(enforce_csrf_checks=True)

    first, second = client.post(out_of(dana), body), client.post(out_of(dana), body)

    assert (first.status_code, second.status_code) == (200, 200)
    assert "Done." in words_of(first)
    given = ("news", "personal_offers", "service")
    assert [consent_to(dana.pk, purpose).granted for purpose in given] == [False, False, True]
    assert Consent.objects.filter(granted=False).count() == 2
    assert Consent.objects.filter(source="unsubscribe").count() == 2


def test_who_was_merged_is_unsubscribed_as_who_they_are_now(dana):
    kept = make_customer("Dana P.")
    way = out_of(dana)
    dana.merged_into = kept
    dana.save()
    allowing(kept, Consent.Purpose.NEWS)

    Client().post(way)

    assert not consent_to(kept.pk, Consent.Purpose.NEWS).granted


def test_an_altered_way_out_ends_nothing(dana):
    allowing(dana, Consent.Purpose.NEWS)

    for way in (
        out_of(dana)[:-2] + "/",
        "/notices/unsubscribe/x/",
        link_of(dana).replace("preferences", "unsubscribe"),
    ):
        assert Client().post(way).status_code == 410

    assert consent_to(dana.pk, Consent.Purpose.NEWS).granted
