"""`ramah simulate deliveries`: files that are as asked, no database, clear refusals."""

import csv
import json

import pytest
from click.testing import CliRunner

from ramah.config.cli import main


def run(*arguments):
    return CliRunner().invoke(main, ["simulate", "deliveries", *map(str, arguments)])


def test_it_writes_orders_truth_and_events_and_tells_of_them(tmp_path):
    orders, truth, events = (tmp_path / name for name in ("orders.csv", "truth.csv", "events.jsonl"))

    result = run(
        "--orders", 500, "--seed", 3, "--days", 30, "--csv", orders, "--truth", truth, "--events", events, "--json"
    )

    assert result.exit_code == 0
    told = json.loads(result.output)
    rows = list(csv.DictReader(orders.open(encoding="utf-8", newline="")))
    known = list(csv.DictReader(truth.open(encoding="utf-8", newline="")))
    lines = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    assert (told["orders"], told["events"]) == (len(rows), len(lines)) == (500, len(lines))
    assert [row["order_id"] for row in rows] == [row["order_id"] for row in known]
    assert told["delivered"] == sum(bool(row["delivered_at"]) for row in rows)
    assert told["lost_share"] == sum(int(row["lost"]) for row in known) / 500
    assert {line["order_id"] for line in lines} == {row["order_id"] for row in rows}
    numbers = {row["order_id"]: row["tracking_number"] for row in rows}
    assert all(line["number"] == numbers[line["order_id"]] for line in lines)
    assert [line["arrives_at"] for line in lines] == sorted(line["arrives_at"] for line in lines)
    assert b"\r" not in orders.read_bytes() + events.read_bytes()


def test_twice_is_the_same_and_another_seed_is_not(tmp_path):
    files = [tmp_path / name for name in ("one", "two", "three")]
    for file, seed in zip(files, (9, 9, 10), strict=True):
        assert run("--orders", 100, "--seed", seed, "--csv", file).exit_code == 0

    one, two, three = (file.read_bytes() for file in files)
    assert one == two != three


def test_until_a_moment_the_end_is_not_known(tmp_path):
    file = tmp_path / "orders.csv"

    assert run("--orders", 300, "--days", 20, "--until", "2025-09-10", "--csv", file).exit_code == 0

    rows = list(csv.DictReader(file.open(newline="")))
    assert 0 < len(rows) < 300
    assert any(not row["delivered_at"] for row in rows)
    assert all(row["purchased_at"] <= "2025-09-10" for row in rows)
    assert all(row["delivered_at"] <= "2025-09-10" and row["promised_at"] for row in rows)


def test_without_a_file_it_only_tells_the_figures():
    result = run("--orders", 10)

    assert result.exit_code == 0
    assert "orders: 10" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--orders", "0"],
        ["--orders", "99999999"],
        ["--orders", "many"],
        ["--days", "0"],
        ["--seed", "-1"],
        ["--start", "yesterday"],
        ["--start", "2025-02-30"],
        ["--until", "soon"],
        ["--csv", "."],
    ],
)
def test_what_cannot_be_is_a_mistake_of_usage(arguments):
    result = run(*arguments)

    assert result.exit_code == 2
    assert arguments[0] in result.output


def test_a_year_in_which_nothing_is_known_of_clocks_is_refused():
    result = run("--orders", 5, "--start", "0001-01-01")

    assert result.exit_code == 1
    assert "start" in result.output


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    file = tmp_path / "no such folder" / "orders.csv"

    result = run("--orders", 5, "--csv", file)

    assert result.exit_code == 1
    assert str(file) in result.output
