"""Asking for parcels: when, how many at a time, and what becomes of a carrier that does not answer as it should."""

import json
from datetime import timedelta

import pytest

from ramah.commerce.testing import make_order
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry
from ramah.kernel.providers.contract import Posted, Refused, TryLater
from ramah.kernel.testing import at_once
from ramah.shipping.carriers.simulators.aggregators import AfterShip
from ramah.shipping.carriers.simulators.server import Fault, Reply
from ramah.shipping.carriers.tests.fake import make_pigeons, told
from ramah.shipping.commands import polling
from ramah.shipping.commands.taking_in import process_waiting
from ramah.shipping.models import CarrierAccount, CarrierPost, Flight, TrackingEvent
from ramah.shipping.position import STATES
from ramah.shipping.queries.carriers import carrier_accounts_told
from ramah.shipping.testing import make_carrier_account, make_flight, make_shipment

pytestmark = pytest.mark.django_db
HOUR = 60 * 60


@pytest.fixture
def now():
    return clock.now().replace(microsecond=0)


@pytest.fixture
def loft(monkeypatch):
    return make_pigeons(monkeypatch, most_numbers=4)


@pytest.fixture
def account(now):
    return make_carrier_account("loft", provider="pigeon", at=now)


def flying(account, at, count=1, **told):
    """Parcels of the account that are due."""
    rows = [make_shipment(make_order(), account=account, at=at) for _ in range(count)]
    due = int(at.timestamp())
    return [make_flight(row.order, shipment=row, at=at, poll_at=due, **told) for row in rows]


def numbers(flights):
    return [flight.shipment.tracking_number for flight in flights]


def poll(at):
    return polling.poll_due(at=at)


def test_parcels_are_asked_for_by_account_some_at_a_time(loft, account, now):
    mine = flying(account, now, 6)
    other = flying(make_carrier_account("other", provider="pigeon", at=now), now, 1)
    make_flight(make_order(), at=now)  # nothing of it has left

    assert poll(now) == 7

    assert [asked for _word, asked in loft.asked] == [numbers(mine)[:4], numbers(mine)[4:], numbers(other)]
    posts = CarrierPost.objects.order_by("id")
    assert [(post.source, post.state) for post in posts] == [("poll", "waiting")] * 7
    assert json.loads(bytes(posts[0].raw))["number"] == numbers(mine)[0]
    assert poll(now) == 0
    account.refresh_from_db()
    assert (account.state, account.attempts, account.last_out_at is not None) == ("ok", 0, True)


def test_an_answer_is_read_by_the_readers_of_what_is_posted(loft, account, now):
    (flight,) = flying(account, now)
    loft.answers = [[told(numbers([flight])[0], "out_for_delivery", now.isoformat())]]

    poll(now)
    process_waiting(at=now)

    flight.shipment.refresh_from_db()
    assert flight.shipment.state == "out_for_delivery"
    assert CarrierPost.objects.get().state == "accepted"


def test_the_same_answer_each_time_is_one_event(loft, account, now):
    (flight,) = flying(account, now)
    at = now
    for _look in range(4):
        loft.answers = [[told(numbers([flight])[0], "in_transit", now.isoformat())]]
        assert poll(at) == 1
        process_waiting(at=at)
        at += timedelta(days=1)

    assert TrackingEvent.objects.count() == 1
    assert list(CarrierPost.objects.order_by("id").values_list("state", flat=True)) == ["accepted"] + ["duplicate"] * 3


@pytest.mark.parametrize(
    ("state", "silent_hours", "hours"),
    [
        ("in_transit", 0, 0.5),
        ("in_transit", 4, 0.5),
        ("in_transit", 16, 2),
        ("in_transit", 48, 6),
        ("in_transit", 7 * 24, 6),
        ("in_transit", 7 * 24 + 1, 18),
        ("out_for_delivery", 30, 0.5),
        ("delivery_attempted", 100, 0.5),
        ("out_for_delivery", 8 * 24, 1.5),
        ("available_for_pickup", 24, 3),
    ],
)
def test_the_next_look_is_the_later_the_longer_nothing_was_told(state, silent_hours, hours):
    told_at = 1_800_000_000
    flight = Flight(state=STATES.index(state), last_event=told_at, handed=told_at - 90 * 24 * HOUR)

    assert polling.pause_of(flight, now=told_at + silent_hours * HOUR) == hours * HOUR


def test_what_has_not_been_told_of_is_asked_for_from_its_hand_over_on(now):
    handed = int(now.timestamp())
    assert polling.pause_of(Flight(handed=handed, state=1), now=handed + 10) == polling.SOONEST
    assert polling.pause_of(Flight(handed=handed + 500, state=1), now=handed) == polling.SOONEST


def test_the_next_look_is_written_with_the_answer(loft, account, now):
    (flight,) = flying(account, now, last_event=int(now.timestamp()) - 16 * HOUR, handed=1, purchased=1)

    poll(now)

    flight.refresh_from_db()
    assert (flight.poll_at - int(now.timestamp()), flight.poll_tries) == (2 * HOUR, 1)


def test_a_day_of_errors_loses_nothing_is_said_and_ends(loft, account, now):
    mine = flying(account, now, 6)
    loft.answers = [TryLater("HTTP 500")] * 1000
    at, asked_per_hour, states = now, [], set()
    while at < now + timedelta(days=1):
        before = len(loft.asked)
        for _minute in range(60):
            poll(at)
            at += timedelta(minutes=1)
        asked_per_hour.append(len(loft.asked) - before)
        account.refresh_from_db()
        states.add(account.state)

    assert states == {"failing"}
    assert asked_per_hour[0] == 5
    assert set(asked_per_hour[2:]) <= {0, 1}
    assert not CarrierPost.objects.exists()
    (told_of,) = carrier_accounts_told(at=at)
    assert (told_of.is_failing, told_of.last_error, told_of.poll_lag) == (True, "HTTP 500", at - now)

    loft.answers.clear()
    poll(at + timedelta(hours=1))

    assert CarrierPost.objects.count() == len(mine)
    account.refresh_from_db()
    assert (account.state, account.attempts) == ("ok", 0)
    assert not carrier_accounts_told(at=at + timedelta(hours=1))[0].poll_lag


def test_a_carrier_that_says_when_is_not_asked_before(loft, account, now):
    flying(account, now)
    loft.answers = [TryLater("too often", timedelta(minutes=45))]
    for minute in range(45):
        poll(now + timedelta(minutes=minute))
    assert len(loft.asked) == 1
    poll(now + timedelta(minutes=46))
    assert len(loft.asked) == 2


def test_one_account_that_fails_holds_nobody_else_up(loft, account, now):
    flying(account, now)
    other = flying(make_carrier_account("other", provider="pigeon", at=now), now, 3)
    loft.answers = [ValueError("of our own")]

    poll(now)

    assert CarrierPost.objects.count() == len(other)
    account.refresh_from_db()
    assert (account.attempts, account.last_error, account.claim) == (1, "ValueError", "")


def test_one_number_that_is_refused_keeps_no_other_from_being_told(loft, account, now):
    mine = flying(account, now, 4)
    bad = numbers(mine)[2]

    def track(account, asked):
        loft.asked.append([one.number for one in asked])
        if bad in loft.asked[-1]:
            raise Refused("no such number")
        return [told(one.number) for one in asked]

    object.__setattr__(loft.provider, "track", track)
    assert poll(now) == 4

    assert {json.loads(bytes(post.raw))["number"] for post in CarrierPost.objects.all()} == {*numbers(mine)} - {bad}
    assert len(loft.asked) == 5
    account.refresh_from_db()
    assert (account.state, account.attempts) == ("ok", 0)
    assert poll(now + timedelta(minutes=29)) == 0


def test_a_paused_account_is_not_asked(loft, account, now):
    flying(account, now)
    CarrierAccount.objects.update(is_paused=True)
    assert (poll(now), loft.asked) == (0, [])


def test_what_posts_by_itself_is_asked_only_when_somebody_wants_to_know(monkeypatch, account, now):
    loft = make_pigeons(monkeypatch, read_hook=lambda posted, account, at: [Posted.body])
    (flight,) = flying(account, now)
    Flight.objects.update(poll_at=0)
    bare = make_shipment(make_order(), at=now)
    make_flight(bare.order, shipment=bare, at=now)
    assert poll(now) == 0

    assert polling.ask_now([flight.shipment_id, bare.pk], at=now) == 1
    assert poll(now) == 1

    assert loft.asked == [("track", numbers([flight]))]
    flight.refresh_from_db()
    assert flight.poll_at == 0


def test_many_are_asked_for_round_by_round(loft, account, now, monkeypatch):
    monkeypatch.setattr(polling, "CHUNKS", 2)
    flying(account, now, 20)

    counts = [poll(now + timedelta(seconds=30 * (look + 1))) for look in range(4)]

    assert counts == [8, 8, 4, 0]
    assert not AuditEntry.objects.exists()


@pytest.fixture
def aftership(now):
    with AfterShip() as server:
        settings = {"api_url": server.url}
        server.account = make_carrier_account(
            "as", provider="aftership", credentials={"api_key": "key"}, settings=settings, at=now
        )
        yield server


@pytest.mark.parametrize(
    "fault",
    [
        Fault(reply=Reply(500, b"oops")),
        Fault(reply=Reply(200, b"<html>maintenance</html>")),
        Fault(reply=Reply(200, b"[]")),
        Fault(reply=Reply(200, b"")),
        Fault(reply=Reply(302, b"", {"Location": "https://elsewhere.example/"})),
        Fault(reply=Reply(429, b"{}", {"Retry-After": "60"})),
        Fault(reply=Reply(200, b'{"data": "' + b"x" * (10 * 1024 * 1024) + b'"}')),
        Fault(cut="before"),
        Fault(cut="after"),
    ],
    ids=["500", "garbage", "list", "empty", "redirect", "429", "10 MB", "cut before", "cut after"],
)
def test_whatever_a_server_answers_is_survived(aftership, now, fault):
    account = aftership.account
    (flight,) = flying(account, now)
    aftership.faults.extend([fault] * 6)
    at = now
    for _try in range(6):
        assert poll(at) == 0
        at += timedelta(hours=2)
    account.refresh_from_db()
    assert (account.state, account.attempts) == ("failing", 6)
    assert account.last_error
    assert "as-api-key" not in account.last_error
    assert not CarrierPost.objects.exists()

    assert poll(at) == 1

    account.refresh_from_db()
    assert (account.state, account.attempts) == ("ok", 0)
    assert CarrierPost.objects.count() == 1
    assert aftership.watched == numbers([flight])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_workers_ask_once(loft, account, now):
    flying(account, now, 8)
    counts = at_once(*[lambda: poll(now) for _ in range(4)])
    assert sorted(counts) == [0, 0, 0, 8]
    assert CarrierPost.objects.count() == 8
