"""karrio where it is not installed, and what it tells of parcels; with a stand-in where it is."""

import json
import sys
from datetime import UTC, datetime

import pytest

from ramah.kernel.money import Money
from ramah.kernel.providers.contract import Refused, TryLater, Unreadable
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.contract import Account, Address, ParcelAsked, Tracked, provider_of
from ramah.shipping.carriers.karrio.tracking import STATUSES, parse
from ramah.shipping.carriers.tests import NOT_THEIRS, assert_sane, everywhere

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME = Address("Toko Laut", "Jl. Kemang 1", "Jakarta", "ID", "Jakarta", "12730", "+62211")
PARCEL = ParcelAsked(HOME, HOME, 850, Money(50, "USD"), "R-10001")
ACCOUNT = Account("k", {"connection": '{"api_key": "hunter2"}'}, {"carrier_name": "easypost"})
PROVIDER = provider_of("karrio")
DETAILS = {
    "carrier_name": "easypost",
    "tracking_number": "EZ1000000001",
    "status": "in_transit",
    "delivered": False,
    "events": [
        {"date": "2026-03-03", "time": "06:30 PM", "code": "AR", "description": "Arrived", "status": "in_transit"},
        {
            "date": "2026-03-02",
            "time": "10:00",
            "timestamp": "2026-03-02T10:00:00.000Z",
            "code": "LC",
            "status": "pending",
        },
    ],
}


@pytest.fixture
def absent(monkeypatch):
    """As on a machine without karrio, also where the tests run on one that has it."""
    monkeypatch.setitem(sys.modules, "karrio.sdk", None)


@pytest.mark.parametrize(
    "ask",
    [
        lambda provider: provider.track(ACCOUNT, [Tracked("EZ1000000001")]),
        lambda provider: provider.rate(ACCOUNT, PARCEL, AT),
        lambda provider: provider.label(ACCOUNT, PARCEL, service="x", key="wish-1"),
        lambda provider: provider.cancel(ACCOUNT, number="1", label_id="x", key="wish-1"),
    ],
)
def test_without_karrio_it_is_said_what_to_install_and_nothing_is_lost(absent, ask):
    with pytest.raises(TryLater, match=r"pip install ramah\[karrio\]"):
        ask(PROVIDER)


def test_the_check_says_so_too(absent):
    (check,) = PROVIDER.check(ACCOUNT)
    assert "karrio is not installed here" in check.reason


def test_nothing_of_karrio_is_imported_by_ramah_itself():
    assert not [name for name in sys.modules if name.split(".")[0] == "karrio" and sys.modules[name] is not None]


def test_what_it_tells_is_read_oldest_first():
    told = parse(json.dumps(DETAILS).encode())
    assert [(one.state, one.code, one.told_at) for one in told] == [
        ("pre_transit", "LC", "2026-03-02T10:00:00.000Z"),
        ("in_transit", "AR", "2026-03-03T18:30:00"),
    ]
    assert told[0].occurred_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert told[1].occurred_at is None  # of a place that nobody names


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("delivery_failed", "carrier_parcel_lost", ("lost", "")),
        ("on_hold", "carrier_damaged_parcel", ("exception", "damaged")),
        ("brand_new", "", ("in_transit", "unmapped")),
        ("", "", ("unknown", "")),
    ],
)
def test_words_without_a_status_of_their_own(status, reason, expected):
    events = [{"status": status, "reason": reason, "date": "2026-03-03"}]
    told = parse(json.dumps({"tracking_number": "1", "events": events}).encode())
    assert [(one.state, one.reason) for one in told] == [expected]


def test_every_status_is_in_our_words():
    for state, reason in STATUSES.values():
        assert state in facts.STATES
        assert reason in {"", *facts.REASONS}


@pytest.mark.parametrize("body", NOT_THEIRS)
def test_what_is_not_theirs_is_not_read(body):
    with pytest.raises(Unreadable):
        parse(body)


def test_whatever_stands_in_it_is_survived():
    for _path, changed in everywhere(DETAILS):
        try:
            assert_sane(parse(changed))
        except Unreadable:
            continue


@pytest.mark.parametrize("connection", ["", "no JSON", "[]", '"x"'])
def test_a_connection_that_is_none_is_said_of_the_account(monkeypatch, connection):
    monkeypatch.setitem(sys.modules, "karrio", type(sys)("karrio"))
    monkeypatch.setitem(sys.modules, "karrio.sdk", type(sys)("karrio.sdk"))
    (check,) = PROVIDER.check(Account("k", {"connection": connection}, {"carrier_name": "easypost"}))
    assert check.reason == "The connection is no JSON object."


def test_what_karrio_says_of_settings_is_not_repeated(monkeypatch):
    class Gateway:
        def __getitem__(self, name):
            raise KeyError("hunter2")

    sdk = type(sys)("karrio.sdk")
    sdk.gateway = Gateway()
    monkeypatch.setitem(sys.modules, "karrio", type(sys)("karrio"))
    monkeypatch.setitem(sys.modules, "karrio.sdk", sdk)
    with pytest.raises(Refused) as failed:
        PROVIDER.label(ACCOUNT, PARCEL, service="x", key="wish-1")
    assert failed.value.of_account
    assert "hunter2" not in str(failed.value)
