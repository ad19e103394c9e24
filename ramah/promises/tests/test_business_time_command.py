"""`ramah business-time`: JSON lines in, JSON lines out, no database."""

import json
import subprocess
import sys

from click.testing import CliRunner

from ramah.config.cli import main

OFFICE = {"timezone": "Asia/Jakarta", "hours": {"mon": [["08:00", "17:00"]], "tue": [["08:00", "17:00"]]}}


def run(*lines):
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    result = CliRunner().invoke(main, ["business-time"], input=text)
    return result.exit_code, [json.loads(line) for line in result.output.splitlines()]


def test_minutes_give_a_due_time_in_the_time_zone_of_the_calendar():
    asked = {"calendar": OFFICE, "start": "2026-03-02T09:30:00Z", "minutes": 60}

    code, answers = run(asked)

    assert code == 0
    assert answers == [{**asked, "due": "2026-03-03T08:30:00+07:00"}]


def test_an_end_gives_elapsed_minutes_whole_where_they_are():
    start = "2026-03-02T16:00:00+07:00"

    code, answers = run(
        {"calendar": OFFICE, "start": start, "end": "2026-03-03T08:30:00+07:00"},
        {"calendar": OFFICE, "start": start, "end": "2026-03-02T16:00:30+07:00"},
    )

    assert code == 0
    assert [answer["elapsed_minutes"] for answer in answers] == [90, 0.5]
    assert isinstance(answers[0]["elapsed_minutes"], int)


def test_a_time_without_offset_is_one_of_the_calendar():
    _, answers = run({"calendar": OFFICE, "start": "2026-03-02T09:00:00", "minutes": 1.5})

    assert answers[0]["due"] == "2026-03-02T09:01:30+07:00"


def test_bad_lines_are_named_and_the_others_done():
    good = {"calendar": OFFICE, "start": "2026-03-02T09:00:00", "minutes": 1}

    code, answers = run(
        "nonsense",
        good,
        "[" * 5000,
        {"calendar": OFFICE, "start": "2026-03-02T09:00:00"},
        {"calendar": OFFICE, "start": "yesterday", "minutes": 1},
        {"calendar": OFFICE, "start": "2026-03-02T09:00:00", "minutes": -1},
        {"calendar": {"timezone": "Asia/Jakarta", "hours": {}}, "start": "2026-03-02T09:00:00", "minutes": 1},
        "",
        {"calendar": OFFICE, "start": "0001-01-01T00:00:00", "minutes": 1},
        good,
    )

    assert code == 1
    assert ["error" in answer for answer in answers] == [True, False, True, True, True, True, True, True, False]
    assert "start: an ISO 8601 time" in answers[4]["error"]
    assert answers[5]["error"] == "minutes: a number from 0 on is accepted"
    assert "no opening hours" in answers[6]["error"]


def test_it_loads_neither_django_nor_the_holidays():
    script = "import sys, ramah.config.cli.promises; print([m for m in ('django', 'holidays') if m in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"
