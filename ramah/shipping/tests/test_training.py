"""Training by night: once, in a child, live only if it does well; a night that fails leaves its error and the next one works."""

import math
import sys
from datetime import UTC, datetime, timedelta

import pytest

from ramah.commerce.testing import make_order
from ramah.kernel.testing import at_once
from ramah.shipping.commands import runs, training
from ramah.shipping.commands.training import by_chance, store, train, train_due, why_not
from ramah.shipping.models import ForecastModel, ForecastRun
from ramah.shipping.queries.outlook import delivery_told
from ramah.shipping.testing import make_shipment

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)  # three in the morning of the 2nd in Jakarta
DAY = timedelta(days=1)
GOOD = {
    "test": 300, "ece": 0.02, "log_loss": 0.2, "roc_auc": 0.8, "naive": {"ece": 0.03, "log_loss": 0.25, "roc_auc": 0.7},
}  # fmt: skip


@pytest.fixture(autouse=True)
def jakarta(settings):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"


@pytest.fixture
def delivered(monkeypatch):
    """As many deliveries as it takes."""
    monkeypatch.setattr(training, "LEAST", 2)
    order = make_order(placed_at=NIGHT - 9 * DAY)
    return [
        make_shipment(order, at=NIGHT - 8 * DAY, delivered_at=NIGHT - DAY, state="delivered") for _parcel in range(2)
    ]


@pytest.fixture
def learned(monkeypatch):
    """What `learn` finds, for a test to change."""
    found = {"purchase": dict(GOOD), "handover": dict(GOOD)}
    monkeypatch.setattr(training, "learn", lambda *, at: (b"arrays", 900, found))
    return found


@pytest.fixture
def child(monkeypatch):
    """The child is this process: it trains at once, or does what the test says."""
    asked = []

    def run(arguments, *, seconds):
        asked.append(arguments)
        run = ForecastRun.objects.get(pk=int(arguments[-1]))
        train(run, at=run.started_at)
        return ""

    monkeypatch.setattr(runs, "run_child", run)
    return asked


def trained(at=NIGHT):
    return train(runs.begin("train", f"{at:%F %T}", at=at), at=at)


def versions():
    return list(ForecastModel.objects.order_by("number").values_list("number", "state", "reason"))


def test_it_trains_once_in_each_night_after_three(delivered, learned, child):
    moments = [
        NIGHT - timedelta(minutes=1),
        NIGHT,
        NIGHT + timedelta(hours=20),
        NIGHT + DAY - timedelta(hours=3, seconds=1),
        NIGHT + DAY,
    ]

    assert [train_due(at=at) for at in moments] == [0, 1, 0, 0, 1]
    assert versions() == [(1, "retired", ""), (2, "live", "")]
    assert [run.slot for run in ForecastRun.objects.order_by("id")] == ["2026-03-02", "2026-03-03"]
    assert child[0][:3] == ["delivery", "train", "--run"]
    model = ForecastModel.objects.get(number=2)
    assert (bytes(model.content), model.rows, model.report["handover"]["ece"]) == (b"arrays", 900, 0.02)


def test_too_little_to_learn_from_leaves_no_run(delivered, learned, child):
    delivered[0].delete()

    assert train_due(at=NIGHT) == 0
    assert not ForecastRun.objects.exists()
    assert child == []


@pytest.mark.parametrize(
    ("stage", "change", "reason"),
    [
        ("purchase", {"ece": 0.051}, "purchase: calibration error 0.051 is above 0.05"),
        ("handover", {"log_loss": 0.26}, "handover: log loss 0.26 against 0.25 by the naive rule"),
        ("handover", {"roc_auc": 0.69}, "handover: ROC-AUC 0.69 against 0.7 by the naive rule"),
    ],
)
def test_a_version_that_does_badly_is_rejected_and_the_former_stays(learned, stage, change, reason):
    trained()
    learned[stage] |= change

    figures = trained(NIGHT + DAY)

    assert figures["rejected"] == reason
    assert versions() == [(1, "live", ""), (2, "rejected", reason)]
    assert bytes(ForecastModel.objects.get(number=2).content) == b""
    told = delivery_told(at=NIGHT + DAY)
    assert (told["version"], told["rejected"], told["is_old"]) == (1, reason, False)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"ece": 0.05},
        {"log_loss": 0.2515, "roc_auc": 0.699},
        {"roc_auc": math.nan, "naive": {"roc_auc": math.nan, "log_loss": math.nan}},
        {"test": 0, "ece": 0.9},
    ],
    ids=["good", "at the edge", "as good as naive", "one outcome only", "nothing to test on"],
)
def test_a_version_that_does_well_or_cannot_be_judged_goes_live(change):
    assert why_not({"purchase": GOOD | change}) == ""


def test_the_error_that_chance_makes_is_not_held_against_a_version():
    few, many = (
        [{"count": count, "said": 0.2, "came": 0.2}, {"count": count, "said": 1.0, "came": 1.0}]
        for count in (20, 20_000)
    )

    assert by_chance([]) == 0.0
    assert by_chance(few) == pytest.approx(0.0357, abs=1e-4)
    assert why_not({"purchase": GOOD | {"ece": 0.08, "reliability": few}}) == ""
    assert why_not({"purchase": GOOD | {"ece": 0.08, "reliability": many}}) != ""


def test_what_json_has_no_words_for_is_nothing(learned):
    learned["purchase"] |= {"roc_auc": math.nan, "more": [{"said": math.inf}, (0.5,)]}

    trained()

    report = ForecastModel.objects.get().report["purchase"]
    assert (report["roc_auc"], report["more"]) == (None, [{"said": None}, [0.5]])


def test_contents_of_old_versions_are_emptied(learned):
    for day in range(5):
        trained(NIGHT + day * DAY)

    sizes = {model.number: len(model.content) for model in ForecastModel.objects.all()}
    assert sizes == {1: 0, 2: 0, 3: 6, 4: 6, 5: 6}


def test_what_fails_leaves_its_error_and_the_next_night_works(delivered, learned, child, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(runs, "run_child", lambda arguments, *, seconds: "It was ended by signal 9.")
        assert train_due(at=NIGHT) == 1
        assert train_due(at=NIGHT + timedelta(hours=1)) == 0
    run = ForecastRun.objects.get()
    assert run.error == "It was ended by signal 9."
    assert run.ended_at is not None
    assert delivery_told(at=NIGHT)["train"]["error"] == run.error

    assert train_due(at=NIGHT + DAY) == 1
    assert versions() == [(1, "live", "")]


def test_a_night_whose_worker_died_too_is_taken_up_after_its_lease(delivered, learned, child):
    runs.begin("train", "2026-03-02", at=NIGHT)

    assert [train_due(at=NIGHT + timedelta(minutes=minute)) for minute in (119, 120, 130)] == [0, 1, 0]
    assert ForecastRun.objects.get().started_at == NIGHT + timedelta(minutes=120)


def test_a_run_that_failed_is_done_again(learned):
    run = runs.begin("train", "2026-03-02", at=NIGHT)
    with pytest.raises(ZeroDivisionError), runs.ended_if_failed(run, at=NIGHT):
        _ = 1 / 0

    run = runs.again(ForecastRun.objects.get(), at=NIGHT + DAY)
    with pytest.raises(runs.RunInHand):
        runs.again(run, at=NIGHT + DAY)
    train(run, at=NIGHT + DAY)

    run = ForecastRun.objects.get()
    assert (run.error, run.figures["version"]) == ("", 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_train_once(delivered, learned, child):
    assert sorted(at_once(*[lambda: train_due(at=NIGHT)] * 4)) == [0, 0, 0, 1]
    assert versions() == [(1, "live", "")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_that_end_together_leave_one_live():
    store(b"first", {}, rows=1, reason="", seconds=1, at=NIGHT)

    at_once(*[lambda: store(b"next", {}, rows=1, reason="", seconds=1, at=NIGHT)] * 3)

    assert ForecastModel.objects.filter(state="live").count() == 1


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("pass", ""),
        ("import sys; sys.exit('no room left')", "It ended with 1.\nno room left"),
        ("import os; os.kill(os.getpid(), 9)", "It was ended by signal 9."),
        ("import time; time.sleep(60)", "It took longer than 1 seconds and was stopped."),
    ],
)
def test_how_a_child_ended_is_put_into_words(tmp_path, monkeypatch, script, error):
    (tmp_path / "child.py").write_text(script)
    # Whatever is asked of `python -m ramah.config.cli`, this is what answers.
    starter = tmp_path / "python"
    starter.write_text(f"#!/bin/sh\nexec {sys.executable} {tmp_path}/child.py\n")
    starter.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(starter))

    assert runs.run_child(["delivery", "train"], seconds=1 if "sleep" in script else 30) == error


def test_the_doctor_is_told_of_a_version_that_grows_old(learned):
    nothing = {"version": 0, "trained_at": "", "age_hours": None, "is_old": False, "rejected": "", "waiting": 0}
    assert delivery_told(at=NIGHT) == nothing | {"train": None, "sweep": None}
    trained()

    told = delivery_told(at=NIGHT + 2 * DAY + timedelta(minutes=5))

    assert (told["version"], told["is_old"], told["train"]["age_hours"]) == (1, True, 48.1)
