"""Logs say what happened and to which row, never to whom."""

import io
import json
import logging

import pytest

from ramah.config import logs


@pytest.fixture
def lines():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure({"json": True, "level": "INFO"})
    stream = io.StringIO()
    root.handlers[0].setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_is_json_with_its_facts(lines):
    logging.getLogger("ramah.test").info("mail handed over", extra={"delivery": 7})

    (line,) = lines()
    assert (line["event"], line["delivery"], line["level"], line["logger"]) == (
        "mail handed over",
        7,
        "info",
        "ramah.test",
    )
    assert line["timestamp"].endswith("Z")


def test_addresses_and_numbers_are_masked_wherever_they_slip_in(lines):
    logging.getLogger("ramah.test").warning("no room for %s", "dana@mail.example", extra={"peer": "+62 812-0000-0001"})
    try:
        raise ValueError("dana@mail.example is taken")
    except ValueError:
        logging.getLogger("ramah.test").exception("failed")

    said = json.dumps(lines())
    assert "dana" not in said
    assert "0000-0001" not in said
    assert "ValueError: *** is taken" in said
