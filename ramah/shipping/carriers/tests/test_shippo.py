"""Shippo: who posts, and what its tracks tell."""

import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from ramah.kernel.providers.contract import NotSigned, Unreadable
from ramah.shipping.carriers.shippo.webhook import check_signature, check_token, parse
from ramah.shipping.carriers.tests import NOT_THEIRS, assert_sane, deep, everywhere


def entry(status, substatus, at, **more):
    """An entry of a track, as https://docs.goshippo.com/docs/tracking/tracking shows them."""
    return {
        "object_id": f"{status}-{at}",
        "object_created": "2024-07-31T15:00:00.000Z",
        "object_updated": None,
        "status": status,
        "status_details": "Your shipment has departed from the origin.",
        "status_date": at,
        "substatus": substatus and {"code": substatus, "text": "Said of it.", "action_required": False},
        "location": {"city": "San Francisco", "state": "CA", "zip": "94103", "country": "US"},
        **more,
    }


POST = {
    "event": "track_updated",
    "test": False,
    "data": {
        "carrier": "usps",
        "tracking_number": "9205590164917312751089",
        "address_from": {"city": "San Francisco", "state": "CA", "zip": "94103", "country": "US"},
        "address_to": {"city": "Chicago", "state": "IL", "zip": "60611", "country": "US"},
        "eta": "2024-08-05T00:00:00Z",
        "original_eta": None,
        "servicelevel": {"token": "usps_priority", "name": "Priority Mail"},
        "metadata": "Order 000123",
        "messages": [],
        "transaction": None,
        "test": False,
        "tracking_status": entry("TRANSIT", "package_departed", "2024-08-01T22:35:00Z"),
        "tracking_history": [
            entry("PRE_TRANSIT", "information_received", "2024-07-31T15:00:00Z", location=None),
            entry("TRANSIT", "package_departed", "2024-08-01T22:35:00Z", object_id="another one"),
        ],
    },
}


def told_of(*history, **track):
    post = copy.deepcopy(POST)
    post["data"].update({"tracking_history": list(history), "tracking_status": None, **track})
    return parse(json.dumps(post).encode())


SECRET = "secret"
BODY = b'{"id":"evt_1"}'
SIGNATURE = "af784f27423c462e20039559cd4264140f7b7ed4c9090e26fd663faa5eeb8dda"
HEADERS = {"shippo-auth-signature": f"t=1700000000,v1={SIGNATURE}"}
NOW = datetime.fromtimestamp(1_700_000_000, tz=UTC)


def signed(body, secret, seconds):
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"shippo-auth-signature": f"t={seconds},v1={digest}"}


@pytest.mark.parametrize(
    "given",
    [
        f"t=1700000000,v1={SIGNATURE}",
        f" v1={SIGNATURE.upper()} , t=1700000000 ",
        f"t=1700000000,v1={'0' * 64},v1={SIGNATURE},v2=later",
    ],
)
def test_the_signature_is_of_time_and_raw_body(given):
    check_signature({"shippo-auth-signature": given}, BODY, SECRET, now=NOW)


@pytest.mark.parametrize(
    "given",
    [
        "",
        SIGNATURE,
        "t=1700000000",
        f"v1={SIGNATURE}",
        f"t=,v1={SIGNATURE}",
        f"t=1700000001,v1={SIGNATURE}",
        f"t=1700000000.0,v1={SIGNATURE}",
        f"t=-1700000000,v1={SIGNATURE}",
        f"t=١٧٠٠٠٠٠٠٠٠,v1={SIGNATURE}",
        f"t={'9' * 5000},v1={SIGNATURE}",
        f"t=1700000000,v1={SIGNATURE[:-1]}",
        f"t=1700000000,v1={SIGNATURE}0",
        f"t=1700000000,v0={SIGNATURE}",
        "t=1700000000,v1=",
        "t=1700000000,v1=é\ud800",
        ",=,=," * 50_000,
    ],
)
def test_a_wrong_signature_is_none(given):
    with pytest.raises(NotSigned):
        check_signature({"shippo-auth-signature": given}, BODY, SECRET, now=NOW)


@pytest.mark.parametrize(
    ("headers", "body", "secret"),
    [
        ({}, BODY, SECRET),
        (signed(BODY, "of another shop", 1_700_000_000), BODY, SECRET),
        (HEADERS, BODY + b" ", SECRET),
        (HEADERS, b"", SECRET),
        (signed(BODY, "", 1_700_000_000), BODY, ""),
        (signed(BODY, SECRET, "9" * 400), BODY, SECRET),  # no time there is
    ],
)
def test_missing_foreign_or_altered_is_not_signed(headers, body, secret):
    with pytest.raises(NotSigned):
        check_signature(headers, body, secret, now=NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_signature_holds_for_five_minutes(seconds):
    check_signature(HEADERS, BODY, SECRET, now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-86_400, -301, 301, 86_400])
def test_an_old_or_early_one_does_not(seconds):
    with pytest.raises(NotSigned):
        check_signature(HEADERS, BODY, SECRET, now=NOW + timedelta(seconds=seconds))


def test_the_token_of_the_address_is_the_other_way():
    check_token("token-é", "token-é")
    for given, secret in (
        ("", ""),
        ("", "token"),
        ("token", ""),
        ("Token", "token"),
        ("token ", "token"),
        ("\ud800", "token"),
    ):
        with pytest.raises(NotSigned):
            check_token(given, secret)


def test_every_entry_of_the_history_is_told_once():
    first, second = parse(json.dumps(POST).encode())

    assert (first.number, first.state) == ("9205590164917312751089", "pre_transit")
    assert (first.code, first.place, first.country) == ("PRE_TRANSIT/information_received", "", "")
    assert (second.state, second.reason, second.code) == ("in_transit", "", "TRANSIT/package_departed")
    assert (second.occurred_at, second.told_at) == (datetime(2024, 8, 1, 22, 35, tzinfo=UTC), "2024-08-01T22:35:00Z")
    assert (second.zone, second.place, second.country) == ("UTC", "San Francisco, CA", "US")
    assert (second.message, second.external_id) == ("Your shipment has departed from the origin.", "")
    assert second.raw == POST["data"]["tracking_history"][1]
    assert_sane([first, second])


def test_a_status_that_the_history_lacks_is_told_too():
    scan = entry("TRANSIT", "package_departed", "2024-08-01T22:35:00Z")
    told = told_of(scan, tracking_status=entry("DELIVERED", "delivered", "2024-08-02T10:00:00Z"))
    assert [one.state for one in told] == ["in_transit", "delivered"]
    assert [one.state for one in told_of(tracking_status=scan)] == ["in_transit"]
    assert told_of() == []


STATES = [
    ("PRE_TRANSIT", "information_received", "pre_transit", ""),
    ("TRANSIT", "address_issue", "exception", "address"),
    ("TRANSIT", "contact_carrier", "exception", "contact"),
    ("TRANSIT", "delayed", "in_transit", "delayed"),
    ("TRANSIT", "delivery_attempted", "delivery_attempted", ""),
    ("TRANSIT", "delivery_rescheduled", "in_transit", "rescheduled"),
    ("TRANSIT", "delivery_scheduled", "in_transit", "scheduled"),
    ("TRANSIT", "location_inaccessible", "exception", "no_access"),
    ("TRANSIT", "notice_left", "delivery_attempted", ""),
    ("TRANSIT", "out_for_delivery", "out_for_delivery", ""),
    ("TRANSIT", "package_accepted", "in_transit", ""),
    ("TRANSIT", "package_arrived", "in_transit", ""),
    ("TRANSIT", "package_damaged", "exception", "damaged"),
    ("TRANSIT", "package_departed", "in_transit", ""),
    ("TRANSIT", "package_forwarded", "in_transit", ""),
    ("TRANSIT", "package_held", "exception", "held"),
    ("TRANSIT", "package_processed", "in_transit", ""),
    ("TRANSIT", "package_processing", "in_transit", ""),
    ("TRANSIT", "pickup_available", "available_for_pickup", ""),
    ("TRANSIT", "reschedule_delivery", "delivery_attempted", "rescheduled"),
    ("DELIVERED", "delivered", "delivered", ""),
    ("RETURNED", "return_to_sender", "returned", ""),
    ("RETURNED", "package_unclaimed", "exception", "unclaimed"),
    ("FAILURE", "package_undeliverable", "exception", "undeliverable"),
    ("FAILURE", "package_disposed", "exception", "disposed"),
    ("FAILURE", "package_lost", "lost", ""),
    ("UNKNOWN", "other", "unknown", ""),
    # without a substatus, with one that is new, or with one of another status
    ("TRANSIT", None, "in_transit", ""),
    ("RETURNED", None, "returned", ""),
    ("FAILURE", None, "exception", ""),
    ("FAILURE", "eaten_by_dog", "exception", ""),
    ("DELIVERED", "package_lost", "delivered", ""),
    ("transit", "Out_For_Delivery", "out_for_delivery", ""),
    ("LIMBO", "package_lost", "in_transit", "unmapped"),
    (None, "package_lost", "unknown", ""),
]


@pytest.mark.parametrize(("status", "substatus", "state", "reason"), STATES)
def test_each_status_has_its_state(status, substatus, state, reason):
    (one,) = told_of(entry(status, substatus, "2024-08-01T10:00:00Z"))
    assert (one.state, one.reason) == (state, reason)


def test_the_code_of_an_unknown_status_is_kept():
    (one,) = told_of(entry("LIMBO", None, "2024-08-01T10:00:00Z"))
    assert (one.state, one.code) == ("in_transit", "LIMBO")


@pytest.mark.parametrize(
    "event", ["transaction_created", "transaction_updated", "batch_created", "batch_purchased", "new"]
)
def test_events_of_other_kinds_tell_nothing(event):
    assert parse(json.dumps({**POST, "event": event}).encode()) == []


@pytest.mark.parametrize("body", [*NOT_THEIRS, b'{"event":[]}', b'{"event":"track_updated"}', deep(100_000).encode()])
def test_what_is_not_theirs_is_unreadable(body):
    with pytest.raises(Unreadable):
        parse(body)


@pytest.mark.parametrize("number", [None, "", " ", [], {}, False, "1" * 61])
def test_a_track_without_a_number_is_unreadable(number):
    with pytest.raises(Unreadable):
        told_of(tracking_number=number)


def test_wrong_types_anywhere_are_no_surprise():
    for path, body in everywhere(POST):
        try:
            told = parse(body)
        except Unreadable:
            assert path in {("event",), ("data",), ("data", "tracking_number")}
        else:
            assert_sane(told)


def test_of_a_huge_history_the_newest_entries_are_told():
    history = [
        entry("TRANSIT", f"scan {place}", "2024-08-01T10:00:00Z", status_details="m" * 9999) for place in range(2000)
    ]
    told = told_of(*history, tracking_status=entry("DELIVERED", None, "2024-08-02T10:00:00Z"))
    assert_sane(told)
    assert len(told) == 500
    assert (told[0].code, told[-1].state) == ("TRANSIT/scan 1501", "delivered")
