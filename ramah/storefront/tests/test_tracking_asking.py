"""What can be done on the page of an order, and which way leads there: choices, wishes for the carrier, the mail."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from ramah.conversations.commands.sealing import unsealed
from ramah.shipping.models import Shipment
from ramah.shipping.testing import make_flight
from ramah.storefront import mails
from ramah.storefront.tests.order_browsers import proved
from ramah.storefront.tests.promised_orders import shop
from ramah.storefront.tests.test_tracking import now, page_of
from ramah.storefront.tests.tracked import NOW, noticed, order_on_its_way, parcel_of, shop_inbox, willing

__all__ = ["now", "shop"]
pytestmark = pytest.mark.django_db


def test_choices_of_the_newest_notice_can_be_confirmed_here():
    order = order_on_its_way(state="paid")
    make_flight(order, at=NOW, q80=int((NOW + timedelta(days=5)).timestamp()))
    notice = noticed(order, "wait", "cancel", "talk")

    html = proved(order).get(page_of(order)).content.decode()

    assert html.count('name="choice"') >= 2
    assert f"/contact/?order={order.public_id}" in html
    assert notice.public_id in html  # in the signed address of the form


def test_without_a_notice_the_carrier_can_be_asked(monkeypatch):
    order = order_on_its_way()
    parcel = parcel_of(order, provider=willing(monkeypatch))
    client = proved(order)
    ask = f"{page_of(order)}parcels/{parcel.public_id}/"
    assert ask in client.get(page_of(order)).content.decode()

    assert client.get(ask).status_code == 200
    assert client.post(ask, {"choice": "leave", "where": ""}).status_code == 422
    assert parcel.tasks.count() == 0
    shop_inbox()
    assert client.post(ask, {"choice": "leave", "where": "The porch"})["Location"] == page_of(order)
    assert [(task.kind, task.detail) for task in parcel.tasks.all()] == [("leave", {"where": "The porch"})]


def test_parcels_of_others_cannot_be_asked_for(monkeypatch):
    order, other = order_on_its_way(), order_on_its_way(email="eli@mail.example")
    provider = willing(monkeypatch)
    foreign = parcel_of(other, provider=provider)
    client = proved(order)

    for key in (foreign.public_id, "0" * 26, "x"):
        assert client.post(f"{page_of(order)}parcels/{key}/", {"choice": "leave", "where": "x"}).status_code == 404
    assert client.post(f"{page_of(other)}parcels/{foreign.public_id}/", {"choice": "leave"}).status_code == 404
    assert Shipment.objects.get(pk=foreign.pk).tasks.count() == 0


def test_the_mail_that_it_is_on_its_way_leads_here_without_a_log_in():
    order = order_on_its_way(delivery_name="JNE")
    parcel = parcel_of(order)
    shop_inbox()

    message = mails.tell_parcel(mails.order_told(order.pk), parcel, is_last=True, at=NOW)

    assert f"/track/{order.public_id}/" in message.text
    assert "/track/open/" not in message.text + message.html
    link = re.search(r"https?://\S+/track/open/\S+", unsealed(message, message.text))[0]
    assert Client().get(urlsplit(link).path)["Location"] == page_of(order)
