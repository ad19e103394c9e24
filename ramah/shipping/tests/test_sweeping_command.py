"""Trainings and sweeps by hand, and as the child that the worker starts."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from ramah.commerce.testing import AT, make_order
from ramah.config.cli import main
from ramah.kernel import clock
from ramah.shipping.commands import runs, training
from ramah.shipping.models import ForecastRun
from ramah.shipping.testing import make_flight, make_shipment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def not_nice(monkeypatch):
    """The tests' own process stays as urgent as it is."""
    monkeypatch.setattr(runs, "be_nice", lambda: None)


@pytest.fixture
def flight():
    order = make_order(state="shipped")
    return make_flight(order, at=AT, shipment=make_shipment(order, at=AT), forecast_at=1, q50=1)


def ramah(*arguments, at=AT):
    with clock.standing_at(at):
        return CliRunner().invoke(main, ["delivery", *arguments, "--json"])


def test_a_sweep_by_hand_and_as_a_child(flight, told):
    by_hand = ramah("sweep")
    run = runs.begin("sweep", "14h", at=AT)
    child = ramah("sweep", "--run", str(run.pk))
    anew = ramah("sweep", "--all", at=AT + timedelta(seconds=1))

    assert [json.loads(done.stdout)["written"] for done in (by_hand, child, anew)] == [1, 0, 1]
    assert list(ForecastRun.objects.filter(ended_at=None)) == []


def test_no_two_at_once_and_no_run_twice(flight, told):
    run = runs.begin("sweep", "14h", at=AT)

    assert "in hand" in ramah("sweep").stderr
    assert ramah("sweep", "--run", str(run.pk)).exit_code == 0
    assert ramah("sweep", "--run", str(run.pk)).exit_code == 1
    assert ramah("train", "--run", "9999").exit_code == 1


def test_what_failed_leaves_its_trace_and_is_tried_again(monkeypatch):
    monkeypatch.setattr(training, "learn", lambda *, at: 1 / 0)
    assert isinstance(ramah("train").exception, ZeroDivisionError)

    told = json.loads(ramah("status").stdout)
    assert (told["version"], told["train"]["error"]) == (0, "ZeroDivisionError: division by zero")

    monkeypatch.setattr(training, "learn", lambda *, at: (b"arrays", 1, {}))
    assert json.loads(ramah("retry", str(told["train"]["run"])).stdout)["version"] == 1
    assert json.loads(ramah("status").stdout)["version"] == 1


def test_a_run_that_there_is_not_is_named():
    done = ramah("retry", "7")

    assert (done.exit_code, "There is no run 7" in done.stderr) == (1, True)
