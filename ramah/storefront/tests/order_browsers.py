"""Browsers of customers for tests of order pages: signed in, or with an order proved by its link."""

from urllib.parse import urlsplit

from django.test import Client

from ramah.accounts import commands as accounts
from ramah.commerce.models import Order
from ramah.commerce.testing import make_order
from ramah.customers.commands import link_login
from ramah.customers.models import ContactPoint
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.storefront.order_links import order_link

DANA = "dana@mail.example"


def signed_in(email=DANA):
    """A browser in which the customer with this address is signed in."""
    user = accounts.open_login(email=email, language="en", at=clock.now())
    link_login(user=user, email=email, at=clock.now())
    client = Client()
    client.force_login(user)
    return client


def order_of(customer=None, email=DANA, **options):
    """An order with an e-mail address, placed lately."""
    order = make_order(customer or _customer_at(email), **{"placed_at": clock.now(), **options})
    Order.objects.filter(pk=order.pk).update(email=email)
    return Order.objects.get(pk=order.pk)


def _customer_at(email):
    known = ContactPoint.objects.filter(value=email).first()
    return known.customer if known else make_customer("Dana", email=email)


def path_of_link(order):
    """The way to the order as it stands in its mails."""
    return urlsplit(order_link(order)).path


def proved(order, client=None):
    """A browser in which the order's link was opened."""
    client = client or Client()
    client.get(path_of_link(order))
    return client


def page_of(order):
    return f"/orders/{order.public_id}/"
