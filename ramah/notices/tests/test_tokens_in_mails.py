"""A notice as it is written: clean links in what is kept, signed ones for the mail, hostile words as words, three languages."""

import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from ramah.conversations.commands.opening import open_conversation
from ramah.conversations.commands.sealing import unsealed
from ramah.customers.models import ContactPoint
from ramah.notices import tokens
from ramah.notices.choosing import Offered
from ramah.notices.models import Notice
from ramah.notices.telling import compose
from ramah.notices.testing import make_notice
from ramah.notices.tests.choosers import AT, EMAIL, inbox, placed, shop

__all__ = ["inbox", "shop"]
pytestmark = pytest.mark.django_db
OFFERED = [
    Offered("wait", {"until": "2026-03-14"}),
    Offered("credit", {"until": "2026-03-14", "amount": "20000", "currency": "IDR"}),
    Offered("cancel", {"how": "order", "amount": "389000", "currency": "IDR"}),
    Offered("talk", {}),
]


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def notice(shop):
    made = make_notice(placed(), at=AT, state="sent")
    return Notice.objects.select_related("order", "customer", "rule").get(pk=made.pk)


def written(notice, offered=OFFERED, **changes):
    words = {"subject": "Order TL-1 is late", "text": "We are sorry.\n\nIt arrives on 14 March now.", **changes}
    return compose(notice, offered, at=AT, **words)


def test_choices_are_links_that_say_what_they_are_worth(notice):
    told = written(notice)

    plain = told.text.replace("\xa0", " ")
    for words in (
        "Wait for it",
        "It arrives by 14 March.",
        "Wait, and keep Rp 20.000",
        "Rp 389.000, the way you paid it.",
    ):
        assert words in plain
        assert words in told.html.replace("\xa0", " ").replace("&nbsp;", " ")
    page = f"{settings.BASE_URL}/track/{notice.order.public_id}/"
    assert re.findall(r"https?://\S+", told.text)[:4] == [f"{page}?choice={one.kind}" for one in OFFERED]
    assert told.plain.splitlines()[0] == "We are sorry."
    assert "until 12 March, 16:00" in plain  # on the customer's clock


def test_signed_links_stand_in_no_stored_text_and_each_opens_its_choice(notice, inbox):
    told = written(notice)
    message = open_conversation(
        inbox=inbox,
        contact_point=ContactPoint.objects.get(value=EMAIL),
        subject=told.subject,
        text=told.text,
        html=told.html,
        sealed=told.sealed,
        language="en",
        about="order:1",
        purpose="notice:1",
        at=AT,
    )

    assert "/choose/" not in message.text + message.html + told.plain
    sent = unsealed(message, message.text)
    kinds = []
    for link in re.findall(r"https?://\S+/choose/\S+", sent):
        opened = tokens.opened_by(urlsplit(link).path.rstrip("/").rpartition("/")[2])
        kinds.append(opened.kind)
        assert opened.notice == notice
    assert kinds == ["wait", "credit", "cancel", "talk"]
    assert "/notices/preferences/" in sent
    # Forwarded to somebody else's address it is what everybody sees.
    message.to = ["eli@mail.example"]
    assert unsealed(message, message.text) == message.text


def test_hostile_words_are_words(notice):
    told = written(
        notice, subject='<script>"x"', text="<img src=x onerror=alert(1)>\n\n& {{ order }}", further=["<b>also</b>"]
    )

    assert "<script" not in told.html
    assert "<img" not in told.html
    assert "<b>also" not in told.html
    assert "&lt;img src=x" in told.html
    assert "<img src=x onerror=alert(1)>" in told.text
    assert "{{ order }}" in told.text
    assert "- <b>also</b>" in told.text


def test_without_choices_one_button_leads_to_the_parcel(notice):
    told = written(notice, [])

    page = f"{settings.BASE_URL}/track/{notice.order.public_id}/"
    assert page in told.text
    assert "choice=" not in told.text
    assert "You choose" not in told.html


@pytest.mark.parametrize(("language", "day"), [("id", "14 Maret"), ("uk", "14 березня")])
def test_in_the_customers_language(notice, language, day):
    notice.language = language

    told = written(notice)

    assert f'<html lang="{language}"' in told.html
    assert day in told.text
    assert day in told.html


def test_a_promotion_has_a_way_out_by_one_click_and_no_order(notice):
    promotion = make_notice(notice.order, "promotion", at=AT, state="sent")
    promotion.order = None

    told = compose(promotion, [], subject="New shirts", text="Linen, in blue.", at=AT)

    link = tokens.unsubscribe_link(promotion.customer)
    assert told.headers == {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert link in told.sealed.values()
    assert "/track/" not in told.text
    assert "No more of them" in told.plain


def test_service_notices_are_no_lists(notice):
    told = written(notice)

    assert told.headers == {}
    assert "unsubscribe" not in " ".join(told.sealed.values())


def test_no_address_stands_in_a_notice(notice):
    told = written(notice)

    for part in ("Margonda", "16424", "+62812"):
        assert part not in told.text + told.html + told.plain
