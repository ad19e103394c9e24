"""What carriers are asked for: once, committed before they are asked, and never again where nobody knows what came of it."""

from datetime import timedelta

import pytest
from django.db import connection

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.testing import make_order
from ramah.kernel import clock
from ramah.kernel.actors import NOBODY, SYSTEM, PermissionDenied, System
from ramah.kernel.models import AuditEntry, OutboxEvent
from ramah.kernel.providers.contract import Refused, TryLater, Uncertain
from ramah.kernel.testing import at_once
from ramah.shipping.carriers.contract import Labeled
from ramah.shipping.carriers.tests.fake import PDF, make_pigeons
from ramah.shipping.commands import tasks
from ramah.shipping.models import CarrierAccount, CarrierTask, Shipment
from ramah.shipping.queries.carriers import can
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment

pytestmark = pytest.mark.django_db
S = CarrierTask.State


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def loft(monkeypatch):
    return make_pigeons(monkeypatch)


@pytest.fixture
def account(now):
    return make_carrier_account("loft", provider="pigeon", at=now)


@pytest.fixture(autouse=True)
def files_go_nowhere(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def announced(account, now, **told):
    """A parcel that has no label yet."""
    fields = {"state": "pre_transit", "tracking_number": "", "handed_over_at": None, "last_moved_at": None, **told}
    return make_shipment(make_order(), account=account, at=now, **fields)


def ask(shipment, kind="label", detail=None, *, now, actor=SYSTEM):
    return tasks.ask_carrier(actor=actor, shipment=shipment, kind=kind, detail=detail or {}, at=now)


def send(at):
    return tasks.send_due(at=at)


def test_a_label_is_bought_and_put_on_the_parcel(loft, account, now, events_told):
    shipment = announced(account, now)
    task = ask(shipment, detail={"service": "fast", "grams": 700}, now=now)

    assert (task.state, loft.asked) == (S.QUEUED, [])
    assert send(now) == 1

    task.refresh_from_db()
    shipment.refresh_from_db()
    assert (task.state, task.error, task.claim, task.next_attempt_at) == (S.DONE, "", "", None)
    assert (shipment.tracking_number, shipment.label_id, shipment.service) == (
        "PG00000001",
        f"label-{task.public_id}",
        "fast",
    )
    assert (shipment.cost_amount, shipment.cost_currency) == (9, "IDR")
    assert shipment.label.read() == PDF
    word, (service, key, parcel) = loft.asked[0]
    assert (word, service, key, parcel.grams) == ("label", "fast", task.public_id, 700)
    assert (parcel.destination.city, parcel.reference) == ("Depok", shipment.order.number)
    assert [(one.kind, one.state) for one in events_told] == [("label", "done")]
    account.refresh_from_db()
    assert (account.state, account.attempts) == ("ok", 0)
    assert send(now + timedelta(days=1)) == 0


def test_asked_twice_one_label_is_bought(loft, account, now):
    shipment = announced(account, now)

    first, second = ask(shipment, now=now), ask(shipment, now=now)
    assert first.pk == second.pk
    send(now)
    with pytest.raises(tasks.NotOffered):
        ask(shipment, now=now)
    send(now)

    assert len(loft.asked) == 1
    assert CarrierTask.objects.count() == 1


@pytest.mark.parametrize("error", [Uncertain("broke"), ValueError("of our own")])
def test_a_label_of_which_nobody_knows_is_never_bought_again(loft, account, now, error, events_told):
    shipment = announced(account, now)
    task = ask(shipment, now=now)
    loft.answers = [error]

    for day in range(5):
        send(now + timedelta(days=day))

    task.refresh_from_db()
    assert (task.state, len(loft.asked)) == (S.UNCERTAIN, 1)
    assert task.error
    assert [one.state for one in events_told] == ["uncertain"]
    with pytest.raises(tasks.NotOffered):
        ask(shipment, now=now)


def test_asking_that_was_interrupted_is_uncertain_once_its_time_is_over(loft, account, now, events_told):
    task = ask(announced(account, now), now=now)
    CarrierTask.objects.update(state=S.SENDING, claim="of a process that died", claimed_until=now + tasks.HAND_OVER)

    assert send(now + tasks.HAND_OVER - timedelta(seconds=1)) == 0
    task.refresh_from_db()
    assert task.state == S.SENDING
    assert send(now + tasks.HAND_OVER + timedelta(seconds=1)) == 1

    task.refresh_from_db()
    assert (task.state, loft.asked) == (S.UNCERTAIN, [])
    assert "Whether the carrier has done it is not known" in task.error
    assert [one.state for one in events_told] == ["uncertain"]
    assert send(now + timedelta(days=1)) == 0


def test_an_answer_that_comes_after_it_was_given_up_changes_nothing(loft, account, now):
    shipment = announced(account, now)
    task = ask(shipment, now=now)

    def late():
        tasks.send_due(at=clock.now() + timedelta(hours=1))
        return Labeled("PG1", "late", PDF)

    loft.answers = [late]
    send(now)

    task.refresh_from_db()
    shipment.refresh_from_db()
    assert (task.state, shipment.label_id) == (S.UNCERTAIN, "")


@pytest.mark.django_db(transaction=True)
def test_sending_is_committed_before_the_carrier_is_asked(loft, account, now):
    task = ask(announced(account, now), now=now)
    seen = []

    def look():
        seen.append((CarrierTask.objects.get(pk=task.pk).state, connection.in_atomic_block))
        return Labeled("PG1", "x", b"")

    loft.answers = [look]
    send(now)

    assert seen == [(S.SENDING, False)]


def test_what_can_be_tried_later_is_further_and_further_apart_until_it_is_enough(loft, account, now):
    task = ask(announced(account, now), now=now)
    loft.answers = [TryLater("not now", timedelta(minutes=50))] + [TryLater("not now")] * 30
    at, waits = clock.now(), []

    for _try in range(20):
        send(at)
        task.refresh_from_db()
        if task.state != S.QUEUED:
            break
        waits.append(task.next_attempt_at - clock.now())
        at = task.next_attempt_at + timedelta(seconds=1)

    assert waits[0] > timedelta(minutes=49)
    assert waits[1] < waits[3] < waits[6]
    assert (task.state, task.error) == (S.REFUSED, "not now")
    assert len(loft.asked) == 12


def test_a_refusal_is_an_end_and_another_wish_may_follow(loft, account, now, events_told):
    shipment = announced(account, now)
    task = ask(shipment, now=now)
    loft.answers = [Refused("Too heavy.")]

    send(now)

    task.refresh_from_db()
    assert (task.state, task.error) == (S.REFUSED, "Too heavy.")
    assert [one.state for one in events_told] == ["refused"]
    assert ask(shipment, now=now).pk != task.pk


def test_an_account_fails_after_five_errors_in_a_row_and_recovers(loft, account, now):
    task = ask(announced(account, now), now=now)
    states = []
    loft.answers = [TryLater("500")] * 5
    for day in range(6):
        send(now + timedelta(days=day))
        account.refresh_from_db()
        states.append((account.state, account.attempts))

    assert states == [("new", 1), ("new", 2), ("new", 3), ("new", 4), ("failing", 5), ("ok", 0)]
    task.refresh_from_db()
    assert task.state == S.DONE


def test_an_account_that_is_away_holds_its_other_parcels_back_and_nobody_elses(loft, account, now):
    mine = [ask(announced(account, now), now=now) for _ in range(3)]
    other = ask(announced(make_carrier_account("other", provider="pigeon", at=now), now), now=now)
    loft.answers = [TryLater("away")]

    send(now)

    assert len(loft.asked) == 2
    states = list(CarrierTask.objects.order_by("pk").values_list("state", flat=True))
    assert states == [S.QUEUED] * 3 + [S.DONE]
    assert other.pk > mine[-1].pk


def test_a_paused_account_is_asked_for_nothing_until_it_goes_on(loft, account, now):
    ask(announced(account, now), now=now)
    CarrierAccount.objects.update(is_paused=True)
    assert send(now) == 0
    CarrierAccount.objects.update(is_paused=False)
    assert send(now) == 1
    assert len(loft.asked) == 1


def test_what_may_be_asked_depends_on_where_the_parcel_is(loft, account, now):
    bare = announced(account, now)
    labeled = announced(account, now, label_id="x", tracking_number="PG7")
    gone = make_shipment(make_order(), account=account, at=now)
    assert can(bare) == {"label"}
    assert can(labeled) == {"cancel"}
    assert can(gone) == {"leave", "neighbor"}
    assert can(make_shipment(make_order(), at=now)) == frozenset()
    for state in ("delivered", "returned", "lost"):
        assert can(make_shipment(make_order(), account=account, state=state, at=now)) == frozenset()
    account.is_paused = True
    assert can(Shipment(account=account, state="in_transit", tracking_number="1", handed_over_at=now)) == frozenset()


def test_what_the_carrier_cannot_do_is_not_asked(loft, account, now):
    gone = make_shipment(make_order(), account=account, at=now)
    for kind in ("return", "address", "cancel", "label", "nonsense"):
        with pytest.raises(tasks.NotOffered):
            ask(gone, kind, now=now)
    assert not CarrierTask.objects.exists()


def test_a_wish_of_a_customer_reaches_the_carrier(loft, account, now, events_told):
    gone = make_shipment(make_order(), account=account, at=now)

    task = ask(gone, "leave", {"place": "porch"}, now=now, actor=System("customer:7"))
    send(now)

    task.refresh_from_db()
    assert loft.asked == [("reroute", (gone.tracking_number, "leave", {"place": "porch"}))]
    assert (task.state, task.error, task.made_by) == (S.DONE, "Noted.", "customer:7")
    assert [(one.kind, one.order_id) for one in events_told] == [("leave", gone.order_id)]


def test_those_who_may_not_ask_for_nothing(loft, account, now):
    gone, bare = make_shipment(make_order(), account=account, at=now), announced(account, now)
    ben = actor_of_agent(make_agent(name="Ben"))
    for shipment, kind in ((gone, "leave"), (bare, "label")):
        with pytest.raises(PermissionDenied):
            ask(shipment, kind, now=now, actor=NOBODY)
    assert not CarrierTask.objects.exists()
    assert not AuditEntry.objects.filter(action="shipment.ask_carrier").exists()

    ask(gone, "leave", now=now, actor=ben)
    assert AuditEntry.objects.get(action="shipment.ask_carrier").detail == {"kind": "leave", "shipment": gone.pk}


def test_a_label_that_is_given_back_leaves_the_parcel_bare(loft, account, now):
    shipment = announced(account, now)
    ask(shipment, now=now)
    send(now)
    shipment.refresh_from_db()
    name, storage = shipment.label.name, shipment.label.storage

    ask(shipment, "cancel", now=now)
    send(now)

    shipment.refresh_from_db()
    assert loft.asked[-1][0] == "cancel"
    assert (shipment.label_id, shipment.tracking_number, shipment.label.name) == ("", "", "")
    assert not storage.exists(name)
    assert can(shipment) == {"label"}


def test_a_number_that_another_parcel_has_is_for_a_person(loft, account, now):
    make_shipment(make_order(), account=account, tracking_number="TAKEN1", at=now)
    shipment = announced(account, now)
    task = ask(shipment, now=now)
    loft.answers = [Labeled("TAKEN1", "x", PDF)]

    send(now)

    task.refresh_from_db()
    shipment.refresh_from_db()
    assert (task.state, shipment.tracking_number, shipment.label_id) == (S.UNCERTAIN, "", "")
    assert "TAKEN1" in task.error


def test_a_person_decides_what_became_of_an_uncertain_one(loft, account, now, events_told):
    shipment = announced(account, now)
    task = ask(shipment, now=now)
    with pytest.raises(tasks.NotUncertain):
        tasks.decide_task(actor=SYSTEM, task=task, is_done=False, at=now)
    loft.answers = [Uncertain("broke")]
    send(now)
    with pytest.raises(PermissionDenied):
        tasks.decide_task(actor=NOBODY, task=task, is_done=False, at=now)

    tasks.decide_task(actor=SYSTEM, task=task, is_done=False, at=now)

    assert task.state == S.REFUSED
    assert [one.state for one in events_told] == ["uncertain", "refused"]
    ask(shipment, now=now)
    send(now)
    shipment.refresh_from_db()
    assert shipment.label_id


def test_a_label_without_a_file_is_kept_with_the_reason(loft, account, now):
    shipment = announced(account, now)
    task = ask(shipment, now=now)
    loft.answers = [Labeled("PG1", "x", b"", note="The file is not there (404).")]

    send(now)

    task.refresh_from_db()
    shipment.refresh_from_db()
    assert (task.state, task.error) == (S.DONE, "The file is not there (404).")
    assert (shipment.label_id, shipment.label.name) == ("x", "")


def test_the_page_of_the_carrier_is_known_from_its_number(loft, account, now):
    carrier = make_carrier("nova_poshta", tracking_url="https://np.example/?n={number}", at=now)
    shipment = announced(account, now, carried_by=carrier)
    ask(shipment, now=now)
    send(now)
    shipment.refresh_from_db()
    assert shipment.tracking_url == "https://np.example/?n=PG00000001"


def test_who_carries_it_is_known_once_an_aggregator_says_so(loft, account, now):
    usps = make_carrier("usps", at=now)
    shipment = announced(account, now, carrier="")
    ask(shipment, now=now)
    loft.answers = [Labeled("9400111201080805483016", "x", b"", carrier="USPS")]
    send(now)
    shipment.refresh_from_db()
    assert (shipment.carried_by, shipment.carrier) == (usps, "USPS")
    assert shipment.tracking_url.startswith("https://tools.usps.com/")


@pytest.fixture
def events_told(monkeypatch):
    """The events that were published, heard by nobody else."""
    heard = []
    monkeypatch.setattr(tasks, "publish", lambda fact, subject: heard.append(fact))
    return heard


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ten_who_ask_at_once_and_four_workers_buy_one_label(loft, account, now):
    shipment = announced(account, now)

    made = at_once(*[lambda: ask(shipment, now=now).pk for _ in range(10)])
    sent = at_once(*[lambda: tasks.send_due(at=now) for _ in range(4)])

    assert len(set(made)) == 1
    assert sum(sent) == 1
    assert len(loft.asked) == 1
    assert OutboxEvent.objects.count() <= 1
