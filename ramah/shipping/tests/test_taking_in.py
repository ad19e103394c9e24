"""What carriers post: taken in once it is known to be theirs, read later, and every post accounted for."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.testing import AT, make_order
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.shipping import commands
from ramah.shipping.carriers.generic.webhook import signature
from ramah.shipping.commands import taking_in
from ramah.shipping.models import CarrierAccount, CarrierPost, Shipment, TrackingEvent, UnmatchedEvent
from ramah.shipping.queries.accounts import forget_accounts
from ramah.shipping.queries.events import carrier_sum, intake_health
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment
from ramah.shipping.tests.telling import NOW, body, hear, post, read, told
from ramah.shipping.views import hooks

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_carrier_account(carrier=make_carrier(at=AT), at=AT)


@pytest.fixture
def parcel(account):
    return make_shipment(make_order(state="shipped"), account=account, tracking_number="JN1", at=AT)


def states():
    return dict(CarrierPost.objects.order_by("pk").values_list("pk", "state"))


def test_a_signed_post_is_stored_before_it_is_acknowledged(account, parcel):
    raw = body(told("JN1", "out_for_delivery", 9))

    answered = post(raw)

    stored = CarrierPost.objects.get()
    assert (answered.status_code, bytes(stored.raw), stored.state, stored.source) == (200, raw, "waiting", "hook")
    assert not TrackingEvent.objects.exists()
    account.refresh_from_db()
    assert account.state == "ok"
    assert account.last_in_at is not None

    read(stored.created_at)

    parcel.refresh_from_db()
    stored.refresh_from_db()
    assert (stored.state, stored.events_count, parcel.state) == ("accepted", 1, "out_for_delivery")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Ramah-Signature": ""},
        {"X-Ramah-Signature": "sha256="},
        {"X-Ramah-Signature": "й"},
        {"X-Ramah-Signature": signature("another", body())},
        {"X-Ramah-Signature": signature("secret", b"something else")},
        {"X-Ramah-Signature": signature("secret", body()).removeprefix("sha256=")},
    ],
)
def test_what_is_not_signed_leaves_no_trace(account, headers):
    answered = Client().post("/hooks/carriers/jne", body(), content_type="application/json", headers=headers)

    assert answered.status_code == 403
    assert not CarrierPost.objects.exists()
    account.refresh_from_db()
    assert account.last_in_at is None


def test_an_account_without_a_secret_lets_nobody_in(account):
    CarrierAccount.objects.update(credentials={})

    assert post(body(), secret="").status_code == 403
    assert not CarrierPost.objects.exists()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "events"),
        (b'{"events": {}}', "events"),
        (b'{"events": [1]}', "event 1"),
        (body({"state": "delivered"}), "event 1: number"),
        (body(told("JN1", "delivered"), {"number": " "}), "event 2: number"),
        (body(told("9" * 61, "delivered")), "event 1: number"),
        (body(*[told("JN1", "in_transit")] * 1001), "at most 1000"),
        (b'{"events": ' + b"[" * 100_000, "no JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(account, raw, says):
    answered = post(raw)

    assert answered.status_code == 422
    assert says in answered.content.decode()
    assert not CarrierPost.objects.exists()


def test_more_than_four_megabytes_are_refused(account):
    assert post(b" " * (10 * 1024 * 1024)).status_code == 413
    assert not CarrierPost.objects.exists()


def test_only_posts_to_known_accounts_are_answered(account):
    CarrierAccount.objects.create(key="odd", provider="nobody", created_at=AT)

    assert Client().get("/hooks/carriers/jne").status_code == 405
    assert post(body(), key="unknown").status_code == 404
    assert post(body(), key="odd").status_code == 404
    assert not CarrierPost.objects.exists()


def test_a_paused_account_takes_in_all_the_same(account):
    CarrierAccount.objects.update(is_paused=True)

    assert post(body()).status_code == 200


def test_a_new_secret_counts_once_it_is_saved(account, django_capture_on_commit_callbacks):
    assert post(body()).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        account.credentials = {"secret": "another"}
        account.save()
        forget_accounts()

    assert (post(body()).status_code, post(body(), secret="another").status_code) == (403, 200)


def test_it_is_not_acknowledged_when_it_could_not_be_stored(account, monkeypatch):
    def full(**_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(hooks, "take_in", full)
    with pytest.raises(OperationalError):
        post(body())


def test_every_post_ends_visibly_and_the_sum_closes(account, parcel):
    first = hear(account, told("JN1", "in_transit", 1), told("JN1", "out_for_delivery", 2))
    again = hear(account, told("JN1", "out_for_delivery", 2))
    partly = hear(account, told("JN1", "out_for_delivery", 2), told("JN1", "delivered", 3))
    empty = hear(account)
    unknown = hear(account, told("JN2", "in_transit", 1))
    unknown_again = hear(account, told("JN2", "in_transit", 1))
    broken = taking_in.take_in(account=account, bodies=[b"{"], at=NOW)[0]
    read()

    broken.refresh_from_db()
    ends = [(row.state, row.events_count) for row in (first, again, partly, empty, unknown, unknown_again, broken)]
    assert ends == [
        ("accepted", 2),
        ("duplicate", 0),
        ("accepted", 1),
        ("ignored", 0),
        ("accepted", 0),
        ("duplicate", 0),
        ("quarantined", 0),
    ]
    assert "Unreadable" in broken.reason
    assert "Traceback" in broken.error
    total = carrier_sum()
    assert (total.received, total.accepted, total.duplicate, total.ignored, total.quarantined) == (7, 3, 2, 1, 1)
    assert total.closes
    assert (TrackingEvent.objects.count(), UnmatchedEvent.objects.count()) == (3, 1)
    health = intake_health(at=NOW)
    assert (health.waiting, health.quarantined, health.unmatched, health.dropped) == (0, 1, 1, 0)


def test_the_same_event_in_two_posts_of_one_batch_is_told_once(account, parcel):
    taking_in.take_in(account=account, bodies=[body(told("JN1", "in_transit", 1, id="e1"))] * 2, at=NOW)
    read()

    assert sorted(states().values()) == ["accepted", "duplicate"]
    assert TrackingEvent.objects.count() == 1


def test_one_bad_post_does_not_take_the_others_with_it(account, parcel, monkeypatch):
    tell = taking_in.Folding.tell

    def sometimes(self, key, heard):
        if heard.told.code == "bad":
            raise ZeroDivisionError("\0 whatever")
        return tell(self, key, heard)

    monkeypatch.setattr(taking_in.Folding, "tell", sometimes)
    bodies = [body(told("JN1", "in_transit", 1, code=code)) for code in ("a", "bad", "b")]
    taking_in.take_in(account=account, bodies=bodies, at=NOW)
    read()

    assert list(states().values()) == ["accepted", "quarantined", "accepted"]
    assert TrackingEvent.objects.count() == 2
    bad = CarrierPost.objects.get(state="quarantined")
    assert bad.reason == "ZeroDivisionError:  whatever"

    monkeypatch.undo()
    mended = commands.replay(actor=SYSTEM, post=bad, at=NOW)

    assert (mended.state, mended.events_count) == ("accepted", 1)
    with pytest.raises(commands.PostNotReplayable):
        commands.replay(actor=SYSTEM, post=bad, at=NOW)
    assert AuditEntry.objects.filter(action="carrier_post.replay").count() == 1


def test_a_database_that_is_away_is_tried_again_and_given_up_in_the_end(account, parcel, monkeypatch):
    def away(*_args, **_more):
        raise OperationalError("database is locked")

    monkeypatch.setattr(taking_in, "_read", away)
    taking_in.take_in(account=account, bodies=[body(told("JN1", "in_transit", 1))], at=NOW)
    at = NOW
    for _attempt in range(taking_in.MOST_ATTEMPTS):
        assert list(states().values()) == ["waiting"]
        taking_in.process_waiting(at=at)
        at += timedelta(hours=1)

    assert list(states().values()) == ["quarantined"]


def test_who_may_not_set_carriers_up_reads_nothing_again(account):
    taking_in.take_in(account=account, bodies=[b"{"], at=NOW)
    read()
    bad, chris = CarrierPost.objects.get(), actor_of_agent(make_agent(role="contractor"))

    with pytest.raises(PermissionDenied):
        commands.replay(actor=chris, post=bad, at=NOW)
    with pytest.raises(PermissionDenied):
        commands.set_aside(actor=chris, post=bad, reason="noise", at=NOW)

    assert list(states().values()) == ["quarantined"]
    commands.set_aside(actor=SYSTEM, post=bad, reason="noise", at=NOW)
    assert list(states().values()) == ["ignored"]
    assert carrier_sum().closes


def test_a_provider_that_is_gone_quarantines_what_it_left(account):
    taking_in.take_in(account=account, bodies=[body()], at=NOW)
    CarrierAccount.objects.update(provider="karrio-of-old")

    read()

    assert CarrierPost.objects.get().reason == "Unreadable: karrio-of-old is not installed"


def test_hostile_text_is_stored_as_far_as_a_database_takes_it(account, parcel):
    entry = told("JN1", "in_transit", 1, place="a\0b\ud800" + "x" * 500, message="<script>" * 200, id="i" * 300)
    raw = json.dumps({"events": [entry | {"more": {"deep": [[[[[[[1e999]]]]]]]}, "n": 10**400}]}).encode()
    taking_in.take_in(account=account, bodies=[raw], at=NOW)
    read()

    event = TrackingEvent.objects.get()
    assert event.place.startswith("ab\N{REPLACEMENT CHARACTER}xx")
    assert (len(event.place), len(event.message)) == (120, 300)


def test_much_is_read_in_rounds_that_memory_can_hold(account, parcel, monkeypatch):
    monkeypatch.setattr(taking_in, "MOST_BYTES", 500)
    monkeypatch.setattr(taking_in, "TRANSACTION_BYTES", 200)
    bodies = [body(told("JN1", "in_transit", 1, id=str(number))) for number in range(20)]
    taking_in.take_in(account=account, bodies=bodies, at=NOW)

    assert taking_in.process_waiting(at=NOW) == 20
    assert 0 < TrackingEvent.objects.count() < 20
    read()

    assert TrackingEvent.objects.count() == 20
    assert Shipment.objects.get().last_event_at is not None
    assert carrier_sum().accepted == 20


def test_old_bodies_are_emptied_and_counted_all_the_same(account, parcel):
    hear(account, told("JN1", "in_transit", 1))

    assert taking_in.forget_raw(at=NOW + timedelta(days=89)) == 0
    assert taking_in.forget_raw(at=NOW + timedelta(days=91)) == 1
    assert taking_in.forget_raw(at=NOW + timedelta(days=91)) == 0
    assert bytes(CarrierPost.objects.get().raw) == b""
    assert carrier_sum().closes
