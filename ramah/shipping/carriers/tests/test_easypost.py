"""EasyPost: who posts, and what its trackers tell."""

import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from ramah.kernel.providers.contract import NotSigned, Unreadable
from ramah.shipping.carriers.easypost.webhook import DETAILS, STATUSES, check_signature, parse
from ramah.shipping.carriers.tests import NOT_THEIRS, assert_sane, deep, everywhere


def detail(status, status_detail, at, **more):
    """A detail of a tracker, as https://docs.easypost.com/docs/trackers shows them."""
    location = {"object": "TrackingLocation", "city": "ORLANDO", "state": "FL", "country": "US", "zip": "32809"}
    return {
        "object": "TrackingDetail",
        "message": "Arrived at FedEx location",
        "description": "Arrived at FedEx location",
        "status": status,
        "status_detail": status_detail,
        "datetime": at,
        "source": "FedEx",
        "carrier_code": "AR",
        "tracking_location": location,
        **more,
    }


NOWHERE = {"object": "TrackingLocation", "city": None, "state": None, "country": "US", "zip": "32837"}
EVENT = {
    "object": "Event",
    "id": "evt_1",
    "user_id": "user_1",
    "description": "tracker.updated",
    "mode": "production",
    "status": "pending",
    "previous_attributes": {"status": "pre_transit"},
    "pending_urls": ["https://shop.example/hooks/carriers/easypost"],
    "completed_urls": [],
    "created_at": "2024-08-02T19:26:52.000Z",
    "updated_at": "2024-08-02T19:26:52.000Z",
    "result": {
        "id": "trk_1",
        "object": "Tracker",
        "mode": "production",
        "tracking_code": "EZ1000000001",
        "status": "in_transit",
        "status_detail": "arrived_at_facility",
        "signed_by": None,
        "weight": 614.4,
        "est_delivery_date": "2024-08-05T00:00:00Z",
        "shipment_id": None,
        "carrier": "FedEx",
        "public_url": "https://track.easypost.com/1",
        "is_return": False,
        "finalized": False,
        "fees": [],
        "created_at": "2024-07-31T14:45:27Z",
        "updated_at": "2024-08-02T19:26:51Z",
        "tracking_details": [
            detail("pre_transit", "label_created", "2024-07-31T15:00:00Z", message="Label", tracking_location=NOWHERE),
            detail("in_transit", "arrived_at_facility", "2024-07-31T22:35:00Z"),
        ],
        "carrier_detail": {"object": "CarrierDetail", "service": "FEDEX_GROUND", "initial_delivery_attempt": None},
    },
}


def told_of(*details, **tracker):
    event = copy.deepcopy(EVENT)
    event["result"].update(tracking_details=list(details), **tracker)
    return parse(json.dumps(event).encode())


def signed(body, secret):
    return {"x-hmac-signature": f"hmac-sha256-hex={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


# The secret is one code point for é; its key is two. A key that was not normalized gives 6f1d3b58...
SECRET = "s\u00e9cret"
BODY = b'{"id":"evt_1"}'
SIGNATURE = "648a648ccf2d4fb82924f631da8d92ecfb4d0e8406023c78f9a215117f1ac4d0"


def test_the_signature_is_of_the_raw_body_under_the_normalized_secret():
    check_signature({"x-hmac-signature": f"hmac-sha256-hex={SIGNATURE}"}, BODY, SECRET)
    check_signature({"x-hmac-signature": f" hmac-sha256-hex={SIGNATURE.upper()} "}, BODY, "se\u0301cret")


@pytest.mark.parametrize(
    "given",
    [
        "",
        SIGNATURE,
        "hmac-sha256-hex=",
        f"hmac-sha256-hex={SIGNATURE[:-1]}",
        f"hmac-sha256-hex={SIGNATURE[:-1]}1",
        f"hmac-sha256-hex={SIGNATURE}0",
        f"sha256={SIGNATURE}",
        "hmac-sha256-hex=é\ud800",
        "x" * 100_000,
    ],
)
def test_a_wrong_signature_is_none(given):
    with pytest.raises(NotSigned):
        check_signature({"x-hmac-signature": given}, BODY, SECRET)


@pytest.mark.parametrize(
    ("headers", "body", "secret"),
    [
        ({}, BODY, SECRET),
        ({"x-hmac-signature-v2": f"hmac-sha256-hex={SIGNATURE}"}, BODY, SECRET),
        (signed(BODY, "of another shop"), BODY, SECRET),
        (signed(BODY, SECRET), BODY, SECRET),  # not normalized
        ({"x-hmac-signature": f"hmac-sha256-hex={SIGNATURE}"}, BODY + b" ", SECRET),
        ({"x-hmac-signature": f"hmac-sha256-hex={SIGNATURE}"}, b"", SECRET),
        (signed(BODY, ""), BODY, ""),
    ],
)
def test_missing_foreign_or_altered_is_not_signed(headers, body, secret):
    with pytest.raises(NotSigned):
        check_signature(headers, body, secret)


def test_every_entry_of_the_history_is_told():
    first, second = parse(json.dumps(EVENT).encode())

    assert (first.number, first.state, first.code) == ("EZ1000000001", "pre_transit", "pre_transit/label_created")
    assert (first.place, first.country, first.message) == ("", "US", "Label")
    assert (second.state, second.reason, second.code) == ("in_transit", "", "in_transit/arrived_at_facility")
    assert (second.occurred_at, second.told_at) == (datetime(2024, 7, 31, 22, 35, tzinfo=UTC), "2024-07-31T22:35:00Z")
    assert (second.zone, second.place, second.country) == ("UTC", "ORLANDO, FL", "US")
    assert (second.message, second.external_id) == ("Arrived at FedEx location", "")
    assert second.raw == EVENT["result"]["tracking_details"][1]
    assert_sane([first, second])


@pytest.mark.parametrize(
    ("status", "status_detail", "state", "reason"),
    [
        ("unknown", "unknown", "unknown", ""),
        ("pre_transit", "label_created", "pre_transit", ""),
        ("pre_transit", "awaiting_information", "pre_transit", "documents"),
        ("in_transit", "departed_facility", "in_transit", ""),
        ("in_transit", "delayed", "in_transit", "delayed"),
        ("in_transit", "weather_delay", "in_transit", "weather"),
        ("in_transit", "missorted", "in_transit", "missorted"),
        ("in_transit", "held", "in_transit", "held"),
        ("in_transit", "lost", "in_transit", ""),
        ("out_for_delivery", "out_for_delivery", "out_for_delivery", ""),
        ("delivered", "arrived_at_destination", "delivered", ""),
        ("available_for_pickup", "arrived_at_pickup_location", "available_for_pickup", ""),
        ("return_to_sender", "return", "returned", ""),
        ("return_to_sender", "refused", "returned", "refused"),
        ("failure", "delivery_exception", "exception", ""),
        ("failure", "address_correction", "exception", "address"),
        ("failure", "damaged", "exception", "damaged"),
        ("failure", "refused", "exception", "refused"),
        ("failure", "expired", "exception", "no_news"),
        ("failure", "lost", "lost", ""),
        ("error", "failure", "exception", ""),
        ("error", "lost", "lost", ""),
        ("cancelled", "cancelled", "exception", "canceled"),
        ("cancelled", None, "exception", "canceled"),
        ("DELIVERED", "", "delivered", ""),
        ("on_the_moon", "lost", "in_transit", "unmapped"),
        (None, "lost", "unknown", ""),
    ],
)
def test_each_status_has_its_state(status, status_detail, state, reason):
    (one,) = told_of(detail(status, status_detail, "2024-08-01T10:00:00Z"), status=status, status_detail=status_detail)
    assert (one.state, one.reason) == (state, reason)


def test_the_code_of_an_unknown_status_is_kept():
    (one,) = told_of(detail("on_the_moon", "landed", "2024-08-01T10:00:00Z"), status="on_the_moon")
    assert (one.state, one.code) == ("in_transit", "on_the_moon/landed")


def test_codes_stay_apart_when_they_are_cut():
    codes = {told_of(detail(status, why, "2024-08-01T10:00:00Z"))[0].code for status in STATUSES for why in DETAILS}
    repeated = sum(status == why for status in STATUSES for why in DETAILS)
    assert len(codes) == len(STATUSES) * len(DETAILS)
    assert repeated == 1  # cancelled/cancelled is "cancelled"


@pytest.mark.parametrize("status", ["in_transit", "out_for_delivery", "failure"])
@pytest.mark.parametrize(
    "message",
    [
        "Delivery attempted - no access",
        "Notice Left (No Authorized Recipient Available)",
        "Attempted delivery; customer not available",
        "Delivery attempt failed",
        "Unsuccessful delivery",
        "Nobody at home",
    ],
)
def test_an_attempt_is_read_from_the_text(status, message):
    one = told_of(detail(status, "delivery_exception", "2024-08-01T10:00:00Z", message=message), status=status)[-1]
    assert one.state == "delivery_attempted"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("in_transit", "Scheduled for delivery"),
        ("out_for_delivery", "Out for delivery"),
        ("delivered", "Delivered after notice left"),
        ("return_to_sender", "Returned after failed delivery attempt"),
    ],
)
def test_other_texts_are_no_attempts(status, message):
    (one,) = told_of(detail(status, None, "2024-08-01T10:00:00Z", message=message), status=status)
    assert one.state == STATUSES[status] != "delivery_attempted"


def test_the_first_attempt_is_the_entry_of_its_time():
    tried = detail("in_transit", "status_update", "2024-08-01T10:00:00Z")
    on = detail("in_transit", "status_update", "2024-08-01T11:00:00Z")
    carrier = {"initial_delivery_attempt": "2024-08-01T12:00:00+02:00"}
    assert [one.state for one in told_of(tried, on, carrier_detail=carrier)] == ["delivery_attempted", "in_transit"]

    arrived = detail("delivered", None, "2024-08-01T10:00:00Z")
    assert [one.state for one in told_of(arrived, status="delivered", carrier_detail=carrier)] == ["delivered"]


def test_a_status_of_the_tracker_that_its_history_lacks_is_told_beside_it():
    scan = detail("in_transit", "arrived_at_facility", "2024-08-01T10:00:00Z")
    first, word = told_of(scan, status="failure", status_detail="lost")
    assert (first.state, word.state, word.code) == ("in_transit", "lost", "failure/lost")
    assert (word.occurred_at, word.place) == (first.occurred_at, first.place)
    assert "tracking_details" not in word.raw

    (alone,) = told_of(status="cancelled", status_detail="cancelled")
    assert (alone.state, alone.told_at) == ("exception", "2024-08-02T19:26:51Z")


def test_a_tracker_that_knows_nothing_yet_tells_nothing():
    assert told_of(status="unknown", status_detail="unknown") == []
    assert told_of(detail("in_transit", None, "2024-08-01T10:00:00Z"), status="unknown")[0].state == "in_transit"


@pytest.mark.parametrize(
    ("told_at", "moment", "zone"),
    [
        ("2024-08-01T10:00:00+07:00", datetime(2024, 8, 1, 3, tzinfo=UTC), "+07:00"),
        ("2024-08-01T10:00:00-0330", datetime(2024, 8, 1, 13, 30, tzinfo=UTC), "-03:30"),
        ("2024-08-01T10:00:00", None, ""),
        ("2024-08-01", None, ""),
        ("0001-01-01T00:00:00Z", None, "UTC"),
        ("0001-01-01T00:00:00+23:00", None, "+23:00"),
        ("9999-12-31T23:59:59-23:00", None, "-23:00"),
        ("2024-02-30T10:00:00Z", None, ""),
        ("yesterday", None, ""),
        (None, None, ""),
    ],
)
def test_a_time_that_names_no_moment_is_kept_as_it_came(told_at, moment, zone):
    (one,) = told_of(detail("in_transit", None, told_at))
    assert (one.occurred_at, one.told_at, one.zone) == (moment, told_at or "", zone)


@pytest.mark.parametrize(
    ("country", "code", "place"),
    [
        ("us", "US", "ORLANDO, FL"),
        ("USA", "US", "ORLANDO, FL"),
        ("UK", "GB", "ORLANDO, FL"),
        ("Peru", "", "ORLANDO, FL, Peru"),
    ],
)
def test_countries_become_two_letters(country, code, place):
    location = {"city": "ORLANDO", "state": "FL", "country": country}
    (one,) = told_of(detail("in_transit", None, "2024-08-01T10:00:00Z", tracking_location=location))
    assert (one.country, one.place) == (code, place)


@pytest.mark.parametrize(
    "event",
    [
        {"object": "Event", "description": "batch.created", "result": {"object": "Batch", "id": "batch_1"}},
        {"object": "Event", "description": "refund.successful", "result": {"object": "Refund", "tracking_code": "1"}},
        {"object": "Event", "description": "tracker.updated"},
        {"object": "Event", "description": "tracker.updated", "result": None},
    ],
)
def test_events_of_other_kinds_tell_nothing(event):
    assert parse(json.dumps(event).encode()) == []


@pytest.mark.parametrize("body", [*NOT_THEIRS, b'{"object":"Tracker"}', (deep(100_000)).encode()])
def test_what_is_not_theirs_is_unreadable(body):
    with pytest.raises(Unreadable):
        parse(body)


@pytest.mark.parametrize("code", [None, "", " ", [], {}, True, "1" * 61])
def test_a_tracker_without_a_number_is_unreadable(code):
    with pytest.raises(Unreadable):
        told_of(tracking_code=code)


def test_wrong_types_anywhere_are_no_surprise():
    for path, body in everywhere(EVENT):
        try:
            told = parse(body)
        except Unreadable:
            assert path in {("object",), ("result", "tracking_code")}
        else:
            assert_sane(told)


def test_of_a_huge_history_the_newest_entries_are_told():
    details = [
        detail("in_transit", f"scan {place}", "2024-08-01T10:00:00Z", message="m" * 9999) for place in range(2000)
    ]
    told = told_of(*details, status="delivered")
    assert_sane(told)
    assert len(told) == 500
    assert (told[0].code, told[-1].state) == ("in_transit/scan 1501", "delivered")


def test_an_entry_is_kept_within_bounds():
    junk = {
        "deep": json.loads(deep(200)),
        "wide": list(range(5000)),
        "n\0": "a\0b",
        "big": 10**400,
        "far": 1e300 * 1e300,
    }
    (one,) = told_of(detail("in_transit", None, "2024-08-01T10:00:00Z", **junk))
    assert_sane([one])
    assert (one.raw["n"], len(one.raw["wide"]), one.raw["far"]) == ("ab", 60, None)
    assert one.raw["big"] == "1" + "0" * 39
    assert one.raw["deep"] == {"a": {"a": {"a": {"a": {"a": {}}}}}}
