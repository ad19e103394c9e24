"""A shop that sells to two countries, and browsers of those who run it: for the tests of the merchant's pages."""

import pytest
from django.core.cache import cache

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.commands.selling import change_shop
from ramah.commerce.testing import AT
from ramah.kernel.actors import SYSTEM


@pytest.fixture(autouse=True)
def shop():
    change_shop(
        actor=SYSTEM,
        told={"countries": {"ID": "IDR", "UA": "UAH"}, "payment_methods": ["cod"], "currency": "IDR"},
        at=AT,
    )
    # What was read while it was made is forgotten when its transaction ends, and that of a test never does.
    cache.clear()


@pytest.fixture
def lia():
    return client_of(make_agent(name="Lia", role="lead"))


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


def text_of(response):
    return response.content.decode().replace("\xa0", " ")
