"""Biteship: who posts, what it tells, and how it is asked."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ramah.kernel.money import Money
from ramah.kernel.providers.contract import NotSigned, Posted, Refused, TryLater, Uncertain, Unreadable
from ramah.shipping.carriers.biteship.webhook import parse
from ramah.shipping.carriers.contract import Account, Address, ParcelAsked, Tracked, provider_of
from ramah.shipping.carriers.simulators.server import Asked, Fault, Reply, Simulator
from ramah.shipping.carriers.tests import NOT_THEIRS, assert_sane, everywhere

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME = Address("Toko Laut", "Jl. Kemang 1", "Jakarta", "ID", "Jakarta", "12730", "+62211")
GOAL = Address("Dana Putri", "Jl. Margonda Raya 21", "Depok", "ID", "Jawa Barat", "16424", "+6281234567890")
PARCEL = ParcelAsked(HOME, GOAL, 850, Money(389000, "IDR"), "R-10001")
POST = {
    "event": "order.status",
    "order_id": "o1",
    "status": "delivered",
    "courier_waybill_id": "JX1541346437",
    "courier_company": "jnt",
    "courier_driver_name": "Budi",
    "order_price": 12000,
    "updated_at": "2026-03-04T11:00:00+07:00",
}
TRACKING = {
    "success": True,
    "object": "tracking",
    "waybill_id": "JX1541346437",
    "courier": {"company": "jnt"},
    "status": "on_hold",
    "history": [
        {"note": "Paket diterima", "updated_at": "2026-03-02T18:17:00+07:00", "status": "dropping_off"},
        {"note": "Ditahan", "updated_at": "2026-03-03T08:00:00+07:00", "status": "on_hold"},
    ],
}
PRICES = [
    {"courier_code": "jne", "courier_service_code": "reg", "courier_name": "JNE", "courier_service_name": "Reguler", "price": 12000, "duration": "1 - 2 days"},  # noqa: E501
    {"courier_code": "jne", "courier_service_code": "yes", "courier_name": "JNE", "courier_service_name": "YES", "price": 18000, "duration": "1 hari"},  # noqa: E501
    {"courier_code": "gojek", "courier_service_code": "instant", "courier_name": "Gojek", "courier_service_name": "Instant", "price": 25000, "duration": "2 hours"},  # noqa: E501
]  # fmt: skip


class Biteship(Simulator):
    """Knows one parcel and three services; a reference makes one order."""

    def __init__(self):
        super().__init__()
        self.orders, self.called_off = {}, []

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "key":
            return Reply.of({"success": False, "error": "Authorization failed", "code": 40000001}, 401)
        match asked.path.strip("/").split("/"):
            case ["v1", "couriers"]:
                return Reply.of({"success": True, "couriers": []})
            case ["v1", "trackings", "JX1541346437", "couriers", "jnt"]:
                return Reply.of(TRACKING)
            case ["v1", "rates", "couriers"]:
                return Reply.of({"success": True, "pricing": [*PRICES, {"price": "free"}]})
            case ["v1", "orders"]:
                return self._order(asked.json())
            case ["v1", "orders", known_as, "cancel"]:
                self.called_off.append(known_as)
                return Reply.of({"success": True})
        return Reply.of({"success": False, "error": "Not found"}, 404)

    def _order(self, fields) -> Reply:
        if fields["reference_id"] in self.orders:
            return Reply.of({"success": False, "error": "Reference id has been used"}, 400)
        self.orders[fields["reference_id"]] = fields
        return Reply.of({"success": True, "id": "o1", "price": 12000, "courier": {"waybill_id": "JNE0012345678"}})


@pytest.fixture
def server():
    with Biteship() as running:
        running.account = Account("bs", {"api_key": "key"}, {"api_url": running.url})
        yield running


PROVIDER = provider_of("biteship")
KNOWN = Account("bs", {"hook_secret": "word"}, {"hook_header": "X-Ramah-Key"})


def posted(body, **headers):
    return Posted("POST", "", {name.replace("_", "-"): value for name, value in headers.items()}, {}, body)


def test_a_post_is_known_by_the_header_of_the_account():
    body = json.dumps(POST).encode()
    assert PROVIDER.read_hook(posted(body, x_ramah_key="word"), KNOWN, AT) == [body]
    for headers, account in (
        ({}, KNOWN),
        ({"x_ramah_key": "Word"}, KNOWN),
        ({"x_other_key": "word"}, KNOWN),
        ({"x_ramah_key": ""}, Account("bs", {}, {"hook_header": "X-Ramah-Key"})),
        ({"x_ramah_key": "word"}, Account("bs", {"hook_secret": "word"}, {})),
    ):
        with pytest.raises(NotSigned):
            PROVIDER.read_hook(posted(body, **headers), account, AT)


def test_the_empty_post_when_the_address_is_saved_is_no_event():
    assert PROVIDER.read_hook(posted(b""), KNOWN, AT) == []
    assert PROVIDER.read_hook(posted(b" \n"), KNOWN, AT) == []


def test_a_post_tells_one_thing_without_who_drove():
    (told,) = parse(json.dumps(POST).encode())
    assert (told.number, told.state, told.code) == ("JX1541346437", "delivered", "delivered")
    assert told.occurred_at == datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
    assert "Budi" not in str(told.raw)


@pytest.mark.parametrize("event", ["order.price", "order.waybill_id", "new"])
def test_other_events_tell_nothing(event):
    assert parse(json.dumps({**POST, "event": event}).encode()) == []
    assert parse(json.dumps({**POST, "courier_waybill_id": None}).encode()) == []


@pytest.mark.parametrize("body", NOT_THEIRS)
def test_what_is_not_theirs_is_not_read(body):
    with pytest.raises(Unreadable):
        parse(body)


@pytest.mark.parametrize("body", [POST, TRACKING])
def test_whatever_stands_in_it_is_survived(body):
    for _path, changed in everywhere(body):
        try:
            assert_sane(parse(changed))
        except Unreadable:
            continue


def test_what_is_asked_for_brings_the_history(server):
    (answer,) = PROVIDER.track(server.account, [Tracked("JX1541346437")])
    told = PROVIDER.parse(answer, server.account)
    assert [(one.state, one.reason, one.message) for one in told] == [
        ("in_transit", "", "Paket diterima"),
        ("exception", "held", "Ditahan"),
    ]


def test_rates_are_in_rupiah_with_their_days(server):
    rates = PROVIDER.rate(server.account, PARCEL, AT)
    assert [(one.service, one.name, one.amount, one.arrives_from, one.arrives_to) for one in rates] == [
        ("jne/reg", "JNE Reguler", Money(12000, "IDR"), date(2026, 3, 3), date(2026, 3, 4)),
        ("jne/yes", "JNE YES", Money(18000, "IDR"), date(2026, 3, 3), date(2026, 3, 3)),
        ("gojek/instant", "Gojek Instant", Money(25000, "IDR"), None, None),
    ]


def test_a_courier_is_ordered_once_for_a_wish_and_the_label_is_ours(server):
    bought = PROVIDER.label(server.account, PARCEL, service="jne/reg", key="wish-1")

    assert (bought.tracking_number, bought.label_id, bought.cost_amount) == ("JNE0012345678", "o1", Decimal(12000))
    assert bought.pdf.startswith(b"%PDF-")
    order = server.orders["wish-1"]
    assert (order["destination_postal_code"], order["origin_contact_name"]) == (16424, "Toko Laut")
    assert order["items"] == [{"name": "R-10001", "value": 389000, "quantity": 1, "weight": 850}]
    with pytest.raises(Refused):
        PROVIDER.label(server.account, PARCEL, service="jne/reg", key="wish-1")
    PROVIDER.cancel(server.account, number=bought.tracking_number, label_id="o1", key="wish-2")
    assert server.called_off == ["o1"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(reply=Reply(500)), Uncertain),
        (Fault(cut="after"), Uncertain),
        (Fault(reply=Reply.of({"success": True, "id": "o1", "courier": {"waybill_id": None}})), Uncertain),
        (Fault(reply=Reply.of({"success": False, "error": "No balance"}, 400)), Refused),
        (Fault(reply=Reply.of({"error": "x"}, 401)), TryLater),
    ],
)
def test_what_an_answer_to_an_order_means(server, fault, error):
    server.faults.append(fault)
    with pytest.raises(error):
        PROVIDER.label(server.account, PARCEL, service="jne/reg", key="wish-1")


@pytest.mark.parametrize("service", ["", "jne", "/reg", "jne/"])
def test_a_courier_has_to_be_named(server, service):
    with pytest.raises(Refused):
        PROVIDER.label(server.account, PARCEL, service=service, key="wish-1")
    assert not server.asked


def test_the_check_says_whether_the_key_is_taken(server):
    assert [check.reason for check in PROVIDER.check(server.account)] == [""]
    wrong = Account("bs", {"api_key": "hunter2"}, {"api_url": server.url})
    (check,) = PROVIDER.check(wrong)
    assert "does not take the key" in check.reason
    assert "hunter2" not in check.reason
