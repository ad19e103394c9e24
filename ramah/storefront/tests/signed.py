"""Customers who are signed in, for tests of their account."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from ramah.accounts import commands as accounts
from ramah.customers.commands import link_login
from ramah.customers.queries import signed_in_as
from ramah.customers.testing import make_customer
from ramah.kernel import clock


class Signed:
    """A customer who is signed in: browser, user, customer, actor."""

    def __init__(self, name, email):
        self.customer = make_customer(name, email=email)
        self.user = accounts.open_login(email=email, language="en", at=clock.now())
        link_login(user=self.user, email=email, at=clock.now())
        self.actor = signed_in_as(self.user)
        self.client = self.browser()

    def browser(self, *, fresh=True):
        client = Client()
        client.force_login(self.user)
        if fresh:
            session = client.session
            session["proved_at"] = int(clock.now().timestamp())
            session.save()
        return client


@pytest.fixture
def dana(db):
    return Signed("Dana", "dana@mail.example")


@pytest.fixture
def eli(db):
    return Signed("Eli", "eli@mail.example")


def code_in(message):
    """The six digits of a mail."""
    return re.search(r"\b\d{6}\b", message.body)[0]


def by_code(one):
    """A browser in which somebody has signed in by a code."""
    client = Client()
    client.post(reverse("sign_in"), {"email": one.user.email})
    client.post(reverse("sign_in_code"), {"code": code_in(mail.outbox[-1])}, follow=True)
    return client


def text(response):
    """What a page says."""
    return response.content.decode()
