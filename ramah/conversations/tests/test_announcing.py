"""Whether something unasked may go to an address: what is asked of every channel, and what each is asked itself."""

from datetime import UTC, datetime

import pytest

from ramah.conversations.commands import outlets
from ramah.conversations.commands.outlets import NotPossible, Outlet
from ramah.conversations.models import Message
from ramah.conversations.testing import announce_to, make_inbox
from ramah.customers.commands import opt_in, opt_out
from ramah.customers.testing import make_customer

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def mail(db):
    return make_inbox("support")


@pytest.fixture
def customer(db):
    return make_customer("Dana", email="dana@mail.example", phone="+6281234567890")


@pytest.fixture
def point(customer):
    return customer.contact_points.get(kind="email")


def refused(inbox, point, *told, **fields):
    with pytest.raises(NotPossible) as why:
        announce_to(inbox, point, *told, at=AT, **fields)
    assert Message.objects.count() == 0
    return str(why.value.words)


def test_by_mail_it_goes_as_it_is(mail, point):
    message = announce_to(mail, point, "Your parcel is late.", at=AT)

    assert (message.text, message.html) == ("Your parcel is late.", "<p>Your parcel is late.</p>")
    assert message.detail == {}


def test_a_channel_that_has_not_said_how_lets_nothing_through(customer, monkeypatch):
    monkeypatch.setitem(outlets._outlets, "pigeon", Outlet("pigeon", "phone"))
    pigeons, number = make_inbox(channel="pigeon"), customer.contact_points.get(kind="phone")

    assert refused(pigeons, number) == "On this channel only the customer can begin."


def test_to_an_address_of_another_channel_it_does_not_go(mail, customer):
    assert refused(mail, customer.contact_points.get(kind="phone")) == "This inbox does not write to that address."


def test_an_inbox_that_is_put_away_writes_to_nobody(mail, point):
    mail.is_active = False

    assert refused(mail, point) == "This inbox does not write to that address."


def test_where_mail_came_back_nothing_goes(mail, point):
    point.bounced_at = AT

    assert refused(mail, point) == "Messages to this address came back."


@pytest.mark.parametrize("is_promotion", [True, False])
def test_whoever_said_stop_gets_nothing_until_they_say_start(mail, point, is_promotion):
    opt_out(contact_point=point, source="test", at=AT)
    assert refused(mail, point, is_promotion=is_promotion) == "The customer wants nothing but answers here."

    opt_in(contact_point=point, source="test", at=AT)
    assert announce_to(mail, point, at=AT, is_promotion=is_promotion).text


@pytest.mark.parametrize("form", [{}, {"text": "x" * 51}])
def test_what_is_longer_than_the_channel_takes_does_not_go(customer, monkeypatch, form):
    outlet = Outlet("pigeon", "phone", longest=50, announce=lambda *told: form)
    monkeypatch.setitem(outlets._outlets, "pigeon", outlet)
    pigeons, number = make_inbox(channel="pigeon"), customer.contact_points.get(kind="phone")

    words = refused(pigeons, number, "x" * (51 - len(form)))

    assert words == "The message is longer than this channel takes."


def test_a_form_is_as_long_as_what_it_says(customer, monkeypatch):
    outlet = Outlet("pigeon", "phone", longest=50, announce=lambda *told: {"text": "Short."})
    monkeypatch.setitem(outlets._outlets, "pigeon", outlet)
    pigeons, number = make_inbox(channel="pigeon"), customer.contact_points.get(kind="phone")

    assert announce_to(pigeons, number, "x" * 900, at=AT).text == "Short."
