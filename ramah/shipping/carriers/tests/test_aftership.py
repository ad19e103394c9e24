"""AfterShip: who posts, and what its trackings tell."""

import base64
import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from ramah.kernel.providers.contract import NotSigned, Unreadable
from ramah.shipping.carriers.aftership.webhook import TAGS, check_signature, parse
from ramah.shipping.carriers.tests import NOT_THEIRS, assert_sane, deep, everywhere


def checkpoint(tag, subtag, at, **more):
    """A checkpoint, as https://www.aftership.com/docs/tracking/webhook/webhook-specifications shows them."""
    return {
        "slug": "usps",
        "tag": tag,
        "subtag": subtag,
        "subtag_message": "Said of it",
        "raw_tag": "10",
        "message": "Arrived at the facility",
        "checkpoint_time": at,
        "location": "Kyiv, UA",
        "city": "Kyiv",
        "state": None,
        "country_region": "UKR",
        "country_region_name": "Ukraine",
        "postal_code": "01001",
        "hash": f"{subtag}-{at}",
        **more,
    }


POST = {
    "event": "tracking_update",
    "event_id": "9f3c1f7e-2f0f-4c39-9a0b-6a8c3d1f4b11",
    "is_tracking_first_tag": False,
    "ts": 1_700_000_000,
    "msg": {
        "id": "5b7658cec7c33c0e007de3c5",
        "legacy_id": "5b7658cec7c33c0e007de3c5",
        "tracking_number": "RR123456785UA",
        "slug": "usps",
        "active": True,
        "tag": "InTransit",
        "subtag": "InTransit_003",
        "subtag_message": "Arrival scan",
        "title": "1001",
        "order_id": "1001",
        "order_number": "1001",
        "custom_fields": {},
        "customers": [{"name": "Dana", "role": "buyer"}],
        "return_to_sender": False,
        "signed_by": None,
        "checkpoints": [
            checkpoint("InfoReceived", "InfoReceived_001", "2023-11-13T09:00:00+02:00", city=None, location=None),
            checkpoint("InTransit", "InTransit_003", "2023-11-14T00:52:00"),
        ],
    },
}


def told_of(*checkpoints, **tracking):
    post = copy.deepcopy(POST)
    post["msg"].update({"checkpoints": list(checkpoints), **tracking})
    return parse(json.dumps(post).encode())


SECRET = "secret"
BODY = b'{"id":"evt_1"}'
SIGNATURE = "FquxCtsz/5z/NPalf8LAuQLBHqGf5z2uhvKUDCNeftU="


def signed(body, secret):
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"aftership-hmac-sha256": base64.b64encode(digest).decode()}


def test_the_signature_is_of_the_raw_body():
    check_signature({"aftership-hmac-sha256": SIGNATURE}, BODY, SECRET)
    check_signature({"aftership-hmac-sha256": f" {SIGNATURE} "}, BODY, SECRET)


@pytest.mark.parametrize(
    "given",
    [
        "",
        SIGNATURE.lower(),
        SIGNATURE.rstrip("="),
        f"{SIGNATURE}=",
        f"hmac-sha256={SIGNATURE}",
        base64.b64decode(SIGNATURE).hex(),
        "é\ud800",
        "x" * 100_000,
    ],
)
def test_a_wrong_signature_is_none(given):
    with pytest.raises(NotSigned):
        check_signature({"aftership-hmac-sha256": given}, BODY, SECRET)


@pytest.mark.parametrize(
    ("headers", "body", "secret"),
    [
        ({}, BODY, SECRET),
        ({"as-signature-hmac-sha256": SIGNATURE}, BODY, SECRET),  # of their other products
        (signed(BODY, "of another shop"), BODY, SECRET),
        ({"aftership-hmac-sha256": SIGNATURE}, BODY + b" ", SECRET),
        ({"aftership-hmac-sha256": SIGNATURE}, b"", SECRET),
        (signed(BODY, ""), BODY, ""),
    ],
)
def test_missing_foreign_or_altered_is_not_signed(headers, body, secret):
    with pytest.raises(NotSigned):
        check_signature(headers, body, secret)


def test_every_checkpoint_is_told():
    first, second = parse(json.dumps(POST).encode())

    assert (first.number, first.state, first.code) == ("RR123456785UA", "pre_transit", "InfoReceived_001")
    assert (first.occurred_at, first.zone) == (datetime(2023, 11, 13, 7, tzinfo=UTC), "+02:00")
    assert (first.place, first.country) == ("", "UA")
    assert (second.state, second.reason, second.code) == ("in_transit", "", "InTransit_003")
    assert (second.place, second.country, second.message) == ("Kyiv", "UA", "Arrived at the facility")
    assert second.external_id == "InTransit_003-2023-11-14T00:52:00"
    assert second.raw == POST["msg"]["checkpoints"][1]
    assert_sane([first, second])


def test_local_time_without_a_zone_is_kept_as_it_came():
    second = parse(json.dumps(POST).encode())[1]
    assert (second.occurred_at, second.zone, second.told_at) == (None, "", "2023-11-14T00:52:00")


def test_checkpoints_of_older_versions_are_read_too():
    old = checkpoint("InTransit", None, "2023-11-14T00:52:00", country_iso3="IDN", city=None, message=None)
    for name in ("country_region", "country_region_name", "hash", "postal_code"):
        del old[name]
    (one,) = told_of(old)
    assert (one.code, one.place, one.country) == ("InTransit", "Kyiv, UA", "ID")
    assert (one.message, one.external_id) == ("Said of it", "")


def test_a_country_that_is_no_code_stands_in_the_place():
    (one,) = told_of(checkpoint("InTransit", None, "", city=None, location=None, country_region=None))
    assert (one.place, one.country) == ("Ukraine", "")


STATES = [
    ("Pending", "Pending_001", "unknown", ""),
    ("InfoReceived", "InfoReceived_001", "pre_transit", ""),
    ("InTransit", "InTransit_001", "in_transit", ""),
    ("InTransit", "InTransit_013", "in_transit", ""),
    ("OutForDelivery", "OutForDelivery_001", "out_for_delivery", ""),
    ("OutForDelivery", "OutForDelivery_003", "out_for_delivery", ""),
    ("OutForDelivery", "OutForDelivery_004", "out_for_delivery", ""),
    ("AttemptFail", "AttemptFail_001", "delivery_attempted", ""),
    ("AttemptFail", "AttemptFail_002", "delivery_attempted", "away"),
    ("AttemptFail", "AttemptFail_003", "delivery_attempted", "closed"),
    ("Delivered", "Delivered_001", "delivered", ""),
    ("Delivered", "Delivered_002", "delivered", ""),
    ("Delivered", "Delivered_003", "delivered", ""),
    ("Delivered", "Delivered_004", "delivered", ""),
    ("Delivered", "Delivered_005", "delivered", "neighbor"),
    ("AvailableForPickup", "AvailableForPickup_001", "available_for_pickup", ""),
    ("Exception", "Exception_001", "exception", ""),
    ("Exception", "Exception_002", "exception", "address"),
    ("Exception", "Exception_003", "exception", "refused"),
    ("Exception", "Exception_004", "exception", "customs"),
    ("Exception", "Exception_005", "exception", "delayed"),
    ("Exception", "Exception_006", "exception", "payment"),
    ("Exception", "Exception_007", "exception", "address"),
    ("Exception", "Exception_008", "exception", "unclaimed"),
    ("Exception", "Exception_009", "exception", "rejected"),
    ("Exception", "Exception_010", "returned", ""),
    ("Exception", "Exception_011", "returned", ""),
    ("Exception", "Exception_012", "exception", "damaged"),
    ("Exception", "Exception_013", "lost", ""),
    ("Exception", "Exception_016", "exception", "delayed"),
    ("Exception", "Exception_017", "exception", "weather"),
    ("Exception", "Exception_018", "exception", "documents"),
    ("Exception", "Exception_019", "exception", "delayed"),
    ("Exception", "Exception_020", "exception", "canceled"),
    ("Exception", "Exception_021", "exception", "disposed"),
    ("Expired", "Expired_001", "exception", "no_news"),
    # without a subtag, with one that is new, or with one of another tag
    ("Exception", None, "exception", ""),
    ("Exception", "Exception_099", "exception", ""),
    ("InTransit", "Exception_013", "in_transit", ""),
    ("Teleported", "Teleported_001", "in_transit", "unmapped"),
    ("", "Exception_013", "unknown", ""),
]


@pytest.mark.parametrize(("tag", "subtag", "state", "reason"), STATES)
def test_each_status_has_its_state(tag, subtag, state, reason):
    (one,) = told_of(checkpoint(tag, subtag, "2023-11-14T00:52:00Z"), tag=tag, subtag=subtag)
    assert (one.state, one.reason) == (state, reason)


def test_every_tag_is_tried():
    assert {tag for tag, *_rest in STATES} >= set(TAGS)


@pytest.mark.parametrize(
    ("tag", "subtag", "code"),
    [
        ("Teleported", "Teleported_001", "Teleported_001"),
        ("Teleported", None, "Teleported"),
        ("InTransit", "Exception_013", "InTransit/Exception_013"),
        (None, "Exception_013", "Exception_013"),
    ],
)
def test_the_code_is_kept(tag, subtag, code):
    assert told_of(checkpoint(tag, subtag, "2023-11-14T00:52:00Z"))[0].code == code


def test_a_tag_of_the_tracking_that_no_checkpoint_has_is_told_at_the_newest_one():
    scan = checkpoint("InTransit", "InTransit_003", "2023-11-14T00:52:00")
    first, word = told_of(scan, tag="Expired", subtag="Expired_001", subtag_message="Expired")
    assert (first.state, word.state, word.reason, word.code) == ("in_transit", "exception", "no_news", "Expired_001")
    assert (word.told_at, word.place, word.country) == (first.told_at, "Kyiv", "UA")
    assert (word.message, word.external_id) == ("Expired", "")

    (alone,) = told_of(tag="InfoReceived", subtag="InfoReceived_001")
    assert (alone.state, alone.occurred_at) == ("pre_transit", datetime.fromtimestamp(1_700_000_000, tz=UTC))
    assert told_of(tag="Pending", subtag="Pending_002") == []


@pytest.mark.parametrize("event", ["edd_revise", "tracking_pending_time", "new"])
def test_events_of_other_kinds_tell_nothing(event):
    assert parse(json.dumps({**POST, "event": event}).encode()) == []


@pytest.mark.parametrize("body", [*NOT_THEIRS, b'{"event":{}}', b'{"event":"tracking_update"}', deep(100_000).encode()])
def test_what_is_not_theirs_is_unreadable(body):
    with pytest.raises(Unreadable):
        parse(body)


@pytest.mark.parametrize("number", [None, "", " ", [], {}, True, "1" * 61])
def test_a_tracking_without_a_number_is_unreadable(number):
    with pytest.raises(Unreadable):
        told_of(tracking_number=number)


def test_wrong_types_anywhere_are_no_surprise():
    for path, body in everywhere(POST):
        try:
            told = parse(body)
        except Unreadable:
            assert path in {("event",), ("msg",), ("msg", "tracking_number")}
        else:
            assert_sane(told)


def test_of_a_huge_history_the_newest_checkpoints_are_told():
    checkpoints = [
        checkpoint("InTransit", f"InTransit_{place}", "2023-11-14T00:52:00Z", message="m" * 9999)
        for place in range(2000)
    ]
    told = told_of(*checkpoints, tag="Delivered", subtag="Delivered_001")
    assert_sane(told)
    assert len(told) == 500
    assert (told[0].code, told[-1].state) == ("InTransit_1501", "delivered")
