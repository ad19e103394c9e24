"""`ramah delivery` as scripts and people call it, on files good and bad."""

import csv
import json
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest
from click.testing import CliRunner

from ramah.config.cli import main
from ramah.shipping.forecast.testing import make_history

COLUMNS = (
    "order_id",
    "purchased_at",
    "handed_over_at",
    "promised_at",
    "delivered_at",
    "origin",
    "destination",
    "carrier",
)


def run(*arguments):
    return CliRunner().invoke(main, ["delivery", *map(str, arguments)])


def iso(seconds):
    return "" if np.isnan(seconds) else datetime.fromtimestamp(float(seconds), UTC).isoformat()


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    """A file of 1,500 orders, with a column that betrays the outcome."""
    table = make_history(1500, days=150)
    path = tmp_path_factory.mktemp("delivery") / "orders.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*COLUMNS, "price", "order_status"])
        for row in range(len(table)):
            moments = (table.purchased, table.handed, table.promised, table.delivered)
            places = [text.labels[text.codes[row]] for text in table.texts.values()]
            status = "delivered" if np.isfinite(table.delivered[row]) else "shipped"
            writer.writerow(
                [table.ids[row], *(iso(each[row]) for each in moments), *places, table.numbers["price"][row], status]
            )
    return path


@pytest.mark.parametrize("at", ["purchase", "handover"])
def test_evaluate_reports_the_forecast_beside_the_rule_and_plain_boosting(orders, at):
    result = run("evaluate", orders, "--at", at, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["at"] == at
    assert report["rows"] == 1500
    assert 0.5 < report["roc_auc"] < 1
    assert set(report["coverage"]) == {"50", "80", "90"}
    for name in ("naive", "frozen"):
        assert set(report[name]) >= {"roc_auc", "average_precision", "ece", "log_loss"}
    assert "roc_auc" in report["plain"]
    assert list(report["dropped_columns"]) == ["order_status"]
    assert sum(part["count"] for part in report["reliability"]) == report["test"]


def test_evaluate_speaks_to_people(orders):
    result = run("evaluate", orders)
    assert result.exit_code == 0
    assert "ROC-AUC" in result.stdout
    assert "left out: order_status" in result.stdout


def test_predict_answers_each_open_row_in_the_zone_that_is_asked_for(orders):
    result = run("predict", orders, "--timezone", "Asia/Jakarta", "--country", "ID")
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    with orders.open() as stream:
        rows = {row["order_id"]: row for row in csv.DictReader(stream) if not row["delivered_at"]}
    assert [line["order_id"] for line in lines] == list(rows)
    for line in lines:
        assert 0 <= line["p_late"] <= 1
        assert line["p10"].endswith("+07:00")
        assert line["p10"] <= line["p50"] <= line["p90"]
        assert line["expected_from"] == line["p10"][:10]
        assert line["at"] == ("handover" if rows[line["order_id"]]["handed_over_at"] else "purchase")


def test_predict_writes_a_file(orders, tmp_path):
    out = tmp_path / "forecast.csv"
    result = run("predict", orders, "--at", "purchase", "--out", out, "--json")
    assert result.exit_code == 0
    with out.open() as stream:
        rows = list(csv.DictReader(stream))
    assert json.loads(result.stdout)["rows"] == len(rows) > 20
    assert {row["at"] for row in rows} == {"purchase"}


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("order_id,purchased_at\n1,2026-01-01\n", ("evaluate",), "promised_at: no such column"),
        ("order_id,purchased_at,promised_at\n1,x,2026-01-01\n", ("evaluate",), "purchased_at, row 1"),
        ("order_id,purchased_at,promised_at\n", ("evaluate",), "handed_over_at, promised_at: 0 rows have both"),
        ("order_id,purchased_at,promised_at\n", ("predict",), "nothing to forecast"),
        ("order_id,purchased_at,promised_at\n1,2026-01-01,2026-01-03\n", ("predict",), "nothing to learn from"),
        ("", ("predict",), "no such column"),
        ("order_id\n", ("evaluate", "--timezone", "Mars/Olympus"), "is no time zone"),
        ("order_id\n", ("evaluate", "--timezone", "../etc/passwd"), "is no time zone"),
        ("order_id\n", ("predict", "--country", "XX"), "is no country"),
    ],
)
def test_what_is_wrong_is_named_without_a_traceback(tmp_path, content, arguments, message):
    path = tmp_path / "orders.csv"
    path.write_text(content)
    result = run(arguments[0], path, *arguments[1:])
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert isinstance(result.exception, SystemExit)


def test_a_file_that_is_not_there_is_named(tmp_path):
    result = run("evaluate", tmp_path / "none.csv")
    assert result.exit_code == 2
    assert "none.csv" in result.output


def test_the_command_needs_neither_django_nor_scikit_learn_to_start():
    script = (
        "import sys, ramah.config.cli.delivery, ramah.shipping.forecast.training, ramah.shipping.forecast.predicting;"
        " print([name for name in ('django', 'sklearn', 'scipy', 'holidays') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
