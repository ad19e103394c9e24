"""Links in notices: what opens, and what does not any more."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from ramah.commerce.models import Order
from ramah.customers.models import Customer
from ramah.customers.testing import make_customer
from ramah.notices import tokens
from ramah.notices.models import Notice
from ramah.notices.tests.choosers import AT, inbox, placed, shop, told

__all__ = ["inbox", "shop"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to(AT, tick=False)
    return time_machine


@pytest.fixture
def notice(shop):
    told(placed(), ("wait", {"until": "2026-03-14"}))
    return Notice.objects.get()


def token_of(link):
    assert link.startswith(settings.BASE_URL)
    return urlsplit(link).path.rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize("kind", ["", "wait", "pickup_point"])
def test_a_link_opens_its_notice_with_its_choice(notice, kind):
    opened = tokens.opened_by(token_of(tokens.choice_link(notice, kind)))

    assert (opened.notice, opened.kind) == (notice, kind)


def test_it_ends_after_sixty_days(notice, now):
    token = token_of(tokens.choice_link(notice))

    now.move_to(AT + timedelta(days=59), tick=False)
    assert tokens.opened_by(token)
    now.move_to(AT + timedelta(days=61), tick=False)
    assert tokens.opened_by(token) is None


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: t[1:], lambda t: t[:-9]]
)
def test_altered_it_opens_nothing(notice, change):
    assert tokens.opened_by(change(token_of(tokens.choice_link(notice)))) is None


@pytest.mark.parametrize("token", ["", ".", "...", "x" * 10_000, "a.b.c.d.e", "\x00", "%00", "é.é.é"])
def test_what_nobody_signed_opens_nothing(token, db):
    for reader in (tokens.opened_by, tokens.unsubscribing, tokens.choosing_for):
        assert reader(token) is None


def test_it_is_void_once_the_order_has_another_address_or_customer(notice):
    token, order = token_of(tokens.choice_link(notice)), Order.objects.filter(pk=notice.order_id)

    order.update(email="eli@mail.example")
    assert tokens.opened_by(token) is None
    order.update(email="DANA@mail.example")  # the same mailbox
    assert tokens.opened_by(token)
    order.update(customer=make_customer("Eli"))
    assert tokens.opened_by(token) is None


def test_links_of_one_purpose_open_nothing_of_another(notice):
    customer = notice.customer
    choice = token_of(tokens.choice_link(notice))
    out, prefer = token_of(tokens.unsubscribe_link(customer)), token_of(tokens.preferences_link(customer))

    assert (tokens.unsubscribing(out), tokens.choosing_for(prefer)) == (customer, customer)
    assert [tokens.unsubscribing(one) for one in (choice, prefer)] == [None, None]
    assert [tokens.choosing_for(one) for one in (choice, out)] == [None, None]
    assert [tokens.opened_by(one) for one in (out, prefer)] == [None, None]


def test_unsubscribing_works_long_after_the_mail_and_after_merges(notice, now):
    customer, kept, last = notice.customer, make_customer("Dana P."), make_customer("Dana Putri")
    token = token_of(tokens.unsubscribe_link(customer))
    Customer.objects.filter(pk=customer.pk).update(merged_into=kept)
    Customer.objects.filter(pk=kept.pk).update(merged_into=last)

    now.move_to(AT + timedelta(days=700), tick=False)

    assert tokens.unsubscribing(token) == last


def test_a_notice_without_an_order_has_nothing_to_choose(notice):
    token = token_of(tokens.choice_link(notice))
    Notice.objects.update(order=None)

    assert tokens.opened_by(token) is None
