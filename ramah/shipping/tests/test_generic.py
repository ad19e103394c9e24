"""Our own JSON for carriers: who may post it, and how it is read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ramah.kernel.providers.contract import NotSigned, Posted, Unreadable
from ramah.shipping.carriers.contract import Account, provider_of
from ramah.shipping.carriers.generic import provider, webhook
from ramah.shipping.clocks import clocks_of, only_zone_of, told_moment, zone_named

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BODY = b'{"events": []}'
ACCOUNT = Account("jne", {"secret": "word"}, {})
GUIDE = Path(__file__).parents[3] / "docs/guides/carrier-webhook.md"


def headers(*, secret="word", body=BODY, timestamp="", sent=None):
    found = {"x-ramah-signature": webhook.signature(secret, body, timestamp)}
    sent = timestamp if sent is None else sent
    return found | ({"x-ramah-timestamp": sent} if sent else {})


def take(headers, body=BODY, at=AT, account=ACCOUNT):
    return provider.read_hook(Posted("POST", "", headers, {}, body), account, at)


def stamp(minutes=0):
    return str(int((AT + timedelta(minutes=minutes)).timestamp()))


@pytest.mark.parametrize("minutes", [None, 0, -5, 5])
def test_a_signed_post_is_taken(minutes):
    assert take(headers(timestamp="" if minutes is None else stamp(minutes))) == [BODY]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="nothing"),
        pytest.param(headers(secret="another"), id="another secret"),
        pytest.param(headers(body=b'{"events":  []}'), id="another body"),
        pytest.param(headers(timestamp=stamp(-6)), id="played again"),
        pytest.param(headers(timestamp=stamp(6)), id="of the future"),
        pytest.param(headers(timestamp=stamp(), sent=stamp(1)), id="another time than was signed"),
        pytest.param(headers(timestamp=stamp(-6), sent=""), id="without the time that was signed"),
        pytest.param(headers(sent=stamp()), id="with a time that was not signed"),
        pytest.param(headers(timestamp="soon"), id="no time"),
        pytest.param(headers(timestamp="9" * 40), id="too long a time"),
        pytest.param({"x-ramah-signature": "sha256=й"}, id="not ASCII"),
        pytest.param(headers() | {"x-ramah-timestamp": "٣"}, id="digits of another script"),
    ],
)
def test_whoever_does_not_know_the_secret_is_refused(sent):
    with pytest.raises(NotSigned):
        take(sent)


def test_without_a_secret_nobody_is_let_in():
    with pytest.raises(NotSigned):
        take(headers(secret=""), account=Account("jne", {}, {}))


def test_what_an_entry_says():
    entry = {
        "number": " JN-1 ",
        "state": "Exception",
        "reason": "customs",
        "code": "77",
        "occurred_at": "2026-03-02T16:00:00+07:00",
        "place": "Jakarta",
        "country": "IDN",
        "message": "Ditahan bea cukai",
        "id": 12,
        "more": {"kept": True},
    }

    told = webhook.parse(json.dumps({"events": [entry], "ignored": 1}).encode())[0]

    assert (told.number, told.state, told.reason, told.code) == ("JN-1", "exception", "customs", "77")
    assert (told.occurred_at, told.zone, told.told_at) == (AT, "+07:00", "2026-03-02T16:00:00+07:00")
    assert (told.place, told.country, told.message, told.external_id) == ("Jakarta", "ID", "Ditahan bea cukai", "12")
    assert told.raw["more"] == {"kept": 1}


@pytest.mark.parametrize(
    ("entry", "meaning"),
    [
        ({"state": "delivered"}, ("delivered", "")),
        ({"state": "exception", "reason": "misdelivered"}, ("exception", "misdelivered")),
        ({"state": "exception", "reason": "bad mood"}, ("exception", "")),
        ({"state": "unknown"}, ("unknown", "")),
        ({"state": None, "reason": "customs"}, ("unknown", "")),
        ({}, ("unknown", "")),
        ({"state": "beamed"}, ("in_transit", "unmapped")),
        ({"state": ["delivered"]}, ("unknown", "")),
        ({"state": True}, ("unknown", "")),
    ],
)
def test_state_and_reason(entry, meaning):
    told = webhook.parse(json.dumps({"events": [{"number": "1", **entry}]}).encode())[0]

    assert (told.state, told.reason) == meaning


def test_the_code_is_the_state_where_there_is_none():
    entries = [{"number": "1", "state": "beamed"}, {"number": "1", "state": "beamed", "code": "9"}]

    assert [told.code for told in webhook.parse(json.dumps({"events": entries}).encode())] == ["beamed", "9"]


def test_too_many_events_are_refused_and_as_many_as_fit_are_not():
    entry = {"number": "1", "state": "in_transit"}

    assert len(webhook.parse(json.dumps({"events": [entry] * 1000}).encode())) == 1000
    with pytest.raises(Unreadable, match="1000"):
        webhook.parse(json.dumps({"events": [entry] * 1001}).encode())


def test_the_guide_tells_what_is_so():
    text = GUIDE.read_text()
    example = text.split("```json\n")[1].split("```")[0]

    told = webhook.parse(example.encode())

    assert [one.state for one in told] == ["out_for_delivery", "delivery_attempted"]
    signed = webhook.signature("a-long-secret", b'{"events": []}')
    assert signed in text
    assert webhook.signature("a-long-secret", b'{"events": []}', "1772442000") in text
    assert all(f"`{word}`" in text for word in (*webhook._REASONS - {"unmapped"}, *webhook.facts.STATES))
    assert provider_of("generic") is not None


@pytest.mark.parametrize(
    ("country", "zone"), [("SG", "Asia/Singapore"), ("PL", "Europe/Warsaw"), ("ID", None), ("US", None), ("", None)]
)
def test_a_country_with_one_zone_has_that_clock(country, zone):
    assert only_zone_of(country) == (zone_named(zone) if zone else None)


def test_clocks_go_from_the_likeliest_and_leave_out_what_is_none():
    found = clocks_of("SG", "", "Asia/Jakarta", "Mars/Base", "../etc/passwd", "Asia/Jakarta", "UTC")

    assert [str(zone) for zone in found] == ["Asia/Singapore", "Asia/Jakarta", "UTC"]


def test_a_moment_is_read_on_the_clock_it_was_told_on():
    def told(text):
        return told_moment(webhook.parse(json.dumps({"events": [{"number": "1", "occurred_at": text}]}).encode())[0])

    assert told("2026-03-02T16:00:00+07:00").utcoffset() == timedelta(hours=7)
    assert told("2026-03-02 16:00").tzinfo is None
    assert told("1772442000") == AT
    assert told("noon") is None
