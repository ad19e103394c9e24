"""A shop with two banks, and orders to which a day was promised: for the tests of what customers read of their orders."""

import re
from datetime import timedelta

import pytest

from ramah.commerce.models import ShopProfile
from ramah.commerce.testing import AT
from ramah.kernel.actors import SYSTEM
from ramah.promises.commands import Terms, make_promises

DUE = AT + timedelta(days=5)


@pytest.fixture(autouse=True)
def shop():
    return ShopProfile.objects.create(
        key="shop",
        countries={"ID": "IDR", "UA": "UAH"},
        bank_accounts=[
            {"bank": "BCA", "number": "8012", "holder": "PT Lestari", "currency": "IDR"},
            {"bank": "Mono", "number": "UA77", "holder": "FOP", "currency": "UAH"},
        ],
        payment_methods=["bank_transfer", "card"],
    )


def promised(order, due_at=DUE):
    terms = [Terms("delivery", due_at=due_at)]
    made = make_promises(actor=SYSTEM, customer_id=order.customer_id, subject=f"order:{order.pk}", terms=terms, at=AT)
    return made[0]


def words_of(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(text.split())
