"""EasyPost, Shippo and AfterShip asked for trackers, rates and labels: what becomes of their answers, and of their errors."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ramah.kernel.money import Money
from ramah.kernel.providers.contract import NotSigned, Posted, Refused, TryLater, Uncertain
from ramah.shipping.carriers.contract import Account, Address, ParcelAsked, Tracked, provider_of
from ramah.shipping.carriers.simulators.aggregators import KEY, PDF, AfterShip, EasyPost, Shippo
from ramah.shipping.carriers.simulators.server import Fault, Reply

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME = Address("Toko Laut", "Jl. Kemang 1", "Jakarta", "ID", "Jakarta", "12730", "+62211")
GOAL = Address("Dana Putri", "Main St 5", "Austin", "US", "TX", "78701", "+15125550100", "dana@example.com")
PARCEL = ParcelAsked(HOME, GOAL, 850, Money(50, "USD"), "R-10001", size_mm=(300, 200, 100))
SECRETS = {
    "easypost": {"api_key": KEY},
    "shippo": {"api_token": KEY},
    "aftership": {"api_key": KEY},
}
SELLERS = ("easypost", "shippo")


@pytest.fixture
def server(request):
    kind = {"easypost": EasyPost, "shippo": Shippo, "aftership": AfterShip}[request.param]
    with kind() as running:
        running.key = request.param
        running.provider = provider_of(request.param)
        running.account = account(request.param, running)
        yield running


def account(key, server, *, secrets=None, **settings):
    told = {"api_url": server.url, **settings}
    return Account("shop", SECRETS[key] if secrets is None else secrets, told)


each = pytest.mark.parametrize("server", SECRETS, indirect=True)
selling = pytest.mark.parametrize("server", SELLERS, indirect=True)


@each
def test_what_is_asked_for_reads_as_what_is_posted(server):
    if server.key == "aftership":
        server.watched.append("9400111201080805483016")

    (answer,) = server.provider.track(server.account, [Tracked("9400111201080805483016")])

    told = server.provider.parse(answer, server.account)
    assert [(one.number, one.state, one.occurred_at) for one in told] == [
        ("9400111201080805483016", "pre_transit", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("9400111201080805483016", "in_transit", datetime(2026, 3, 2, 18, tzinfo=UTC)),
    ]


@each
def test_the_key_goes_in_a_header_and_stands_in_no_error(server):
    wrong = account(server.key, server, secrets=dict.fromkeys(SECRETS[server.key], "hunter2"))

    with pytest.raises(TryLater) as failed:
        server.provider.track(wrong, [Tracked("9400111201080805483016")])

    assert failed.value.of_account
    assert failed.value.pause
    assert "hunter2" not in str(failed.value)
    assert [check.reason for check in server.provider.check(wrong)] == [str(failed.value)]
    assert server.provider.check(server.account)[0].reason == ""


@selling
def test_the_check_says_whether_the_provider_posts_here(server):
    assert "does not know our address" in server.provider.check(server.account)[1].reason
    server.hooks.append("https://shop.example/hooks/carriers/shop2")
    assert server.provider.check(server.account)[1].reason
    server.hooks.append("https://shop.example/hooks/carriers/shop?token=word")
    assert [check.reason for check in server.provider.check(server.account)] == ["", ""]


@selling
def test_rates_are_told_with_their_days(server):
    rates = server.provider.rate(server.account, PARCEL, AT)

    names = {"easypost": ("USPS/Priority", "USPS/Ground"), "shippo": ("usps_priority", "usps_ground")}[server.key]
    assert [(one.service, one.amount) for one in rates] == [
        (names[0], Money("9.10", "USD")),
        (names[1], Money("5.25", "USD")),
    ]
    assert rates[0].arrives_to == date(2026, 3, 4)
    sent = server.quoted[next(iter(server.quoted))]
    weight = sent["parcel"]["weight"] if server.key == "easypost" else sent["parcels"][0]["weight"]
    assert weight == ("30.0" if server.key == "easypost" else "850")


@selling
@pytest.mark.parametrize("is_cheapest", [True, False])
def test_a_label_is_bought_with_its_number_cost_and_file(server, is_cheapest):
    service = "" if is_cheapest else {"easypost": "USPS/Priority", "shippo": "usps_priority"}[server.key]

    bought = server.provider.label(server.account, PARCEL, service=service, key="wish-1")

    assert (bought.pdf, bought.note) == (PDF, "")
    assert (bought.cost_amount, bought.cost_currency) == (Decimal("5.25" if is_cheapest else "9.10"), "USD")
    assert list(server.bought) == [bought.label_id]
    assert "wish-1" in str(server.bought[bought.label_id])
    server.provider.cancel(server.account, number=bought.tracking_number, label_id=bought.label_id, key="wish-2")
    assert server.returned == [bought.label_id]


@selling
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(reply=Reply(500, b"oops")), Uncertain),
        (Fault(reply=Reply(200, b"<html>")), Uncertain),
        (Fault(reply=Reply(200, b'{"id": 5}')), Uncertain),
        (Fault(reply=Reply(408)), Uncertain),
        (Fault(cut="after"), Uncertain),
        (Fault(cut="before"), Uncertain),
        (Fault(reply=Reply(200, b'{"a":"' + b"x" * (10 * 1024 * 1024) + b'"}')), Uncertain),
        (Fault(reply=Reply(422, b'{"error": {"message": "no funds"}, "detail": "no funds"}')), Refused),
        (Fault(reply=Reply(429, b"{}", {"Retry-After": "90"})), TryLater),
        (Fault(reply=Reply(401, b"{}")), TryLater),
        (Fault(reply=Reply(302, b"", {"Location": "https://elsewhere.example"})), TryLater),
        (Fault(reply=Reply(503, b"")), TryLater),
    ],
)
def test_what_an_answer_to_a_purchase_means(server, fault, error):
    path = {"easypost": "/buy", "shippo": "/transactions/"}[server.key]
    server.faults.append(Fault(reply=fault.reply, cut=fault.cut, path=path))

    with pytest.raises(error) as failed:
        server.provider.label(server.account, PARCEL, service="", key="wish-1")

    assert type(failed.value) is error
    if error is Refused:
        assert "no funds" in str(failed.value)


@selling
def test_before_anything_is_bought_everything_may_be_tried_later(server):
    for fault in (Fault(reply=Reply(500)), Fault(cut="after"), Fault(reply=Reply(200, b"[]"))):
        server.faults.append(fault)
        with pytest.raises(TryLater):
            server.provider.label(server.account, PARCEL, service="", key="wish-1")
    assert not server.bought


@selling
def test_a_label_that_is_bought_is_kept_whatever_becomes_of_its_file(server):
    for fault in (Reply(404), Reply(200, b"\x89PNG"), Reply(200, b"x" * (6 * 1024 * 1024))):
        server.faults.append(Fault(reply=fault, path="/label.pdf"))
        bought = server.provider.label(server.account, PARCEL, service="", key="wish-1")
        assert (bought.pdf, bool(bought.note), bool(bought.tracking_number)) == (b"", True, True)


def test_a_label_at_an_address_that_is_not_safe_is_not_fetched():
    with EasyPost() as server:
        reply = {"tracking_code": "EZ1", "postage_label": {"label_url": "http://169.254.169.254/label.pdf"}}
        server.faults.append(Fault(reply=Reply.of(reply), path="/buy"))
        told = account("easypost", server)
        bought = provider_of("easypost").label(told, PARCEL, service="", key="wish-1")
    assert (bought.tracking_number, bought.pdf) == ("EZ1", b"")
    assert "not safe" in bought.note


@pytest.mark.parametrize("server", ["shippo"], indirect=True)
@pytest.mark.parametrize(
    ("status", "error"), [("ERROR", Refused), ("QUEUED", Uncertain), ("WAITING", Uncertain), ("", Uncertain)]
)
def test_shippo_says_success_and_means_something_else(server, status, error):
    reply = Reply.of({"object_id": "t1", "status": status, "messages": [{"text": "Address not found"}]}, 201)
    server.faults.append(Fault(reply=reply, path="/transactions/"))
    with pytest.raises(error):
        server.provider.label(server.account, PARCEL, service="", key="wish-1")


@selling
@pytest.mark.parametrize("status", ["rejected", "not_applicable", "ERROR", ""])
def test_a_label_that_is_not_taken_back_is_refused(server, status):
    reply = Reply.of({"id": "x", "refund_status": status, "status": status})
    server.faults.append(Fault(reply=reply))
    with pytest.raises(Refused):
        server.provider.cancel(server.account, number="1", label_id="x/../y", key="wish-1")


@selling
@pytest.mark.parametrize(
    "parcel",
    [
        ParcelAsked(Address("Toko", "Jl. 1", "", "ID"), GOAL, 850, Money(50, "USD"), "R-1"),
        ParcelAsked(HOME, Address("Dana", "Main St", "", "US"), 850, Money(50, "USD"), "R-1"),
        ParcelAsked(HOME, GOAL, 0, Money(50, "USD"), "R-1"),
        ParcelAsked(HOME, GOAL, 850, Money(50, "USD"), "R-1", cash=Money(50, "USD")),
    ],
    ids=["from nowhere", "to nowhere", "weightless", "cash"],
)
def test_what_cannot_be_a_label_is_not_asked_for(server, parcel):
    for ask in (
        lambda: server.provider.label(server.account, parcel, service="", key="wish-1"),
        lambda: server.provider.rate(server.account, parcel, AT),
    ):
        with pytest.raises(Refused):
            ask()
    assert server.asked == []


@selling
def test_a_service_that_nobody_offers_is_refused(server):
    with pytest.raises(Refused):
        server.provider.label(server.account, PARCEL, service="rocket", key="wish-1")
    assert not server.bought


@pytest.mark.parametrize("server", ["aftership"], indirect=True)
def test_aftership_watches_what_it_does_not_know_and_leaves_out_what_is_none(server):
    asked = [Tracked("JP1234567890"), Tracked("BAD1"), Tracked("JP1234567891")]
    server.watched.append("JP1234567890")

    answers = server.provider.track(server.account, asked)

    assert server.watched == ["JP1234567890", "JP1234567891"]
    assert [len(server.provider.parse(answer, server.account)) for answer in answers] == [2, 0]
    assert server.provider.label is None


@pytest.mark.parametrize("server", ["shippo"], indirect=True)
@pytest.mark.parametrize(
    ("asked", "path"),
    [
        (Tracked("9400111201080805483016", "usps"), "/tracks/usps/9400111201080805483016"),
        (Tracked("1Z5R89390357567127"), "/tracks/ups/1Z5R89390357567127"),
        (Tracked("SHIPPO_TRANSIT", "usps"), "/tracks/shippo/SHIPPO_TRANSIT"),
        (Tracked("../webhooks", "usps"), "/tracks/usps/../webhooks"),
    ],
)
def test_shippo_is_told_whose_the_number_is(server, asked, path):
    server.faults.append(Fault(reply=Reply.of({"tracking_number": asked.number}), path=path))
    server.provider.track(server.account, [asked])
    assert not server.faults


def posted(headers=None, query=None, body=b'{"id":"evt_1"}'):
    return Posted("POST", "", headers or {}, query or {}, body)


SHIPPO_SIGNED = {
    "shippo-auth-signature": "t=1700000000,v1=af784f27423c462e20039559cd4264140f7b7ed4c9090e26fd663faa5eeb8dda"
}


@pytest.mark.parametrize(
    ("key", "secrets", "given"),
    [
        (
            "easypost",
            {"webhook_secret": "s\u00e9cret"},
            {"x-hmac-signature": "hmac-sha256-hex=648a648ccf2d4fb82924f631da8d92ecfb4d0e8406023c78f9a215117f1ac4d0"},
        ),
        ("shippo", {"webhook_secret": "secret"}, SHIPPO_SIGNED),
        (
            "aftership",
            {"webhook_secret": "secret"},
            {"aftership-hmac-sha256": "FquxCtsz/5z/NPalf8LAuQLBHqGf5z2uhvKUDCNeftU="},
        ),
    ],
)
def test_a_post_is_known_by_its_signature_alone(key, secrets, given):
    read, at = provider_of(key).read_hook, datetime.fromtimestamp(1_700_000_000, tz=UTC)
    assert read(posted(given), Account("shop", secrets, {}), at) == [b'{"id":"evt_1"}']
    for headers, known, body in (
        ({}, secrets, b'{"id":"evt_1"}'),
        (given, secrets, b'{"id":"evt_2"}'),
        (given, {"webhook_secret": "of another shop"}, b'{"id":"evt_1"}'),
        (given, {}, b'{"id":"evt_1"}'),
    ):
        with pytest.raises(NotSigned):
            read(posted(headers, body=body), Account("shop", known, {}), at)


def test_shippo_without_signatures_is_known_by_a_word_in_the_address():
    read = provider_of("shippo").read_hook
    plain, signing = {"hook_token": "word"}, {"hook_token": "word", "webhook_secret": "secret"}
    assert read(posted(query={"token": "word"}), Account("shop", plain, {}), AT)
    for secrets, query in ((plain, {}), (plain, {"token": "Word"}), ({}, {"token": ""}), (signing, {"token": "word"})):
        with pytest.raises(NotSigned):
            read(posted(query=query), Account("shop", secrets, {}), AT)


DONE = b'{"status":"DELIVERED"}'


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("easypost", b'{"object":"Event","mode":"test","result":{"object":"Tracker","tracking_code":"1","status":"delivered"}}'),
        ("easypost", b'{"object":"Tracker","mode":"test","tracking_code":"1","status":"delivered"}'),
        ("shippo", b'{"event":"track_updated","test":true,"data":{"tracking_number":"1","tracking_status":DONE}}'),
        ("shippo", b'{"test":true,"tracking_number":"1","tracking_status":DONE}'),
    ],
)  # fmt: skip
def test_what_is_of_test_mode_counts_only_where_the_settings_say_so(key, body):
    parse, body = provider_of(key).parse, body.replace(b"DONE", DONE)
    assert parse(body, Account("shop", {}, {})) == []
    assert parse(body, Account("shop", {}, {"is_test": ""})) == []
    (told,) = parse(body, Account("shop", {}, {"is_test": "yes"}))
    assert told.state == "delivered"
