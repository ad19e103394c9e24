"""The ways out of a promotion that mail programs offer by themselves (RFC 2369, RFC 8058): they arrive whole, and once."""

from datetime import timedelta
from email import message_from_bytes

import pytest

from ramah.channels.email import outgoing
from ramah.channels.email.composing import ONE_CLICK, Unsendable, compose
from ramah.channels.email.tests.conftest import AT
from ramah.channels.email.tests.outbound import make_delivery
from ramah.channels.email.transports import WIRE
from ramah.conversations.commands.opening import BadHeader
from ramah.conversations.models import MessageDelivery
from ramah.conversations.testing import announce_to
from ramah.customers.testing import make_customer

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t" * 300 + "/?x=1&y=%20~;="
LINKS = f"<https://shop.example/notices/unsubscribe/{TOKEN}>, <mailto:support@shop.example?subject=unsubscribe>"
HEADERS = {"List-Unsubscribe": LINKS, "List-Unsubscribe-Post": ONE_CLICK}
PAGE, SIGNED = "https://shop.example/stop/", "https://shop.example/stop/?a=1&b=2"
S = MessageDelivery.State


@pytest.fixture
def through_sink(settings, sink, time_machine):
    settings.EMAIL_URL = sink.url
    time_machine.move_to(AT, tick=False)
    return time_machine


@pytest.fixture
def point(db):
    return make_customer("Dana", email="dana@mail.example").contact_points.get()


def announce(inbox, point, **fields):
    return announce_to(inbox, point, f"All from the sea is cheaper. {PAGE}", is_promotion=True, at=AT, **fields)


def lines(raw):
    """The header lines as they stand on the wire, unfolded ones whole."""
    return raw.split(b"\r\n\r\n")[0].split(b"\r\n")


def test_they_arrive_whole_and_once(inbox, point, sink, through_sink):
    announce(inbox, point, headers=HEADERS, sealed={PAGE: SIGNED})

    outgoing.send_due(at=AT)

    (taken,) = sink.mails
    plain = message_from_bytes(taken.raw)
    (links,), (post,) = plain.get_all("List-Unsubscribe"), plain.get_all("List-Unsubscribe-Post")
    assert links.replace("\r\n", "") == LINKS
    assert post == "List-Unsubscribe=One-Click"
    assert taken.raw.isascii()
    assert max(map(len, lines(taken.raw))) < 998
    assert b"=?" not in b"".join(line for line in lines(taken.raw) if b"nsubscribe" in line)
    text, html = (taken.mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert (SIGNED in text, "https://shop.example/stop/?a=1&amp;b=2" in html) == (True, True)


def test_a_further_try_says_the_same(inbox, point, sink, through_sink):
    sink.mode = "greylist"
    announce(inbox, point, headers=HEADERS)
    outgoing.send_due(at=AT)
    sink.mode = "good"

    outgoing.send_due(at=AT + timedelta(minutes=1))

    assert message_from_bytes(sink.mails[0].raw).get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]


def test_in_the_quiet_hours_a_backlog_waits_and_then_goes(inbox, point, sink, through_sink):
    late = {"from": "08:30", "to": "10:15", "zone": "UTC"}
    delivery = announce(inbox, point, hold=late).delivery
    MessageDelivery.objects.update(next_attempt_at=AT)
    other = make_delivery(inbox)

    assert outgoing.send_due(at=AT) == 2

    delivery.refresh_from_db()
    other.refresh_from_db()
    end = AT + timedelta(hours=1, minutes=15)
    assert (delivery.state, delivery.next_attempt_at, delivery.attempts) == (S.QUEUED, end, 0)
    assert (other.state, len(sink.mails)) == (S.SENT, 1)
    assert outgoing.send_due(at=end - timedelta(seconds=1)) == 0
    through_sink.move_to(end, tick=False)
    assert outgoing.send_due(at=end) == 1
    delivery.refresh_from_db()
    assert (delivery.state, len(sink.mails)) == (S.SENT, 2)


def test_after_a_try_that_failed_it_waits_for_the_morning(inbox, point, sink, through_sink):
    sink.mode = "greylist"
    delivery = announce(inbox, point, hold={"from": "09:00", "to": "11:00", "zone": "Europe/Kyiv"}).delivery
    through_sink.move_to(AT - timedelta(hours=2, seconds=10), tick=False)
    MessageDelivery.objects.update(next_attempt_at=AT - timedelta(hours=3))

    outgoing.send_due(at=AT - timedelta(hours=2, seconds=10))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (S.QUEUED, 1)
    assert delivery.next_attempt_at == AT


@pytest.mark.parametrize(
    "links",
    [
        "https://shop.example/u/1",
        "<https://shop.example/u/1",
        "<https://shop.example/u/1> <mailto:a@b>",
        "<https://shop.example/u,1>",
        "<https://shop.example/u/ü>",
        "<https://shop.example/u 1>",
        "<javascript:alert(1)>",
        "<https://shop.example/u/1>,",
        f"<https://shop.example/{'u' * 1000}>",
        "",
    ],
)
def test_links_that_mail_programs_would_not_understand_are_refused(inbox, links):
    with pytest.raises(Unsendable):
        compose(make_delivery(inbox, headers={"List-Unsubscribe": links}))


@pytest.mark.parametrize(
    "headers",
    [
        {"List-Unsubscribe-Post": ONE_CLICK},
        {"List-Unsubscribe": "<mailto:support@shop.example>", "List-Unsubscribe-Post": ONE_CLICK},
        {**HEADERS, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click; x"},
        {**HEADERS, "list-unsubscribe": "<https://shop.example/u/2>"},
        {**HEADERS, "List-unsubscribe-post": ONE_CLICK},
        {"List-Unsubscribe": "<https://shop.example/u/1>\r\nBcc: eve@evil.example"},
        {"List-Unsubscribe": "<https://shop.example/u/1>,\n <mailto:a@b>"},
    ],
)
def test_half_a_click_two_of_it_and_further_headers_are_refused(inbox, headers):
    with pytest.raises(Unsendable):
        compose(make_delivery(inbox, headers=headers))


def test_whoever_writes_a_bad_one_hears_of_it_at_once(inbox, point):
    with pytest.raises(BadHeader):
        announce(inbox, point, headers={"List-Unsubscribe": "<https://a>\r\nBcc: eve@evil.example"})

    assert MessageDelivery.objects.count() == 0


def test_a_click_at_one_address_alone_is_enough(inbox):
    delivery = make_delivery(inbox, headers={"List-Unsubscribe": "<http://127.0.0.1:8000/u/1>", **HEADERS})

    assert compose(delivery).as_bytes(policy=WIRE).count(b"List-Unsubscribe:") == 1


def test_sent_to_another_address_the_link_stays_closed_also_without_html(inbox, point):
    message = announce(inbox, point, sealed={PAGE: SIGNED})
    message.html, message.to = "", ["other@mail.example"]
    message.save()
    delivery = MessageDelivery.objects.get()
    delivery.recipients = ["other@mail.example"]

    raw = compose(delivery).as_bytes(policy=WIRE)

    assert (b"a=3D1" in raw, b"a=1" in raw, PAGE.encode() in raw) == (False, False, True)
