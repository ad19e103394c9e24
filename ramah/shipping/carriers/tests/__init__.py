"""What the tests of all folders share: values that are none, put everywhere, and what every `Told` holds to."""

import copy
import json

from ramah.shipping.carriers import facts

# What no field is meant to hold. `1e999` becomes infinite; NUL and halves of characters are what PostgreSQL refuses.
JUNK: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    2.5,
    10**400,
    float("inf"),
    float("nan"),
    "",
    " ",
    "\0",
    "a\0b\ud800",
    "x" * 5000,
    "٣",
    [],
    {},
    [None, 1, "a", [[]]],
    {"a": {"b": None}},
)
NOT_THEIRS = (
    b"",
    b"\0",
    b"\xff\xfe\xfa",
    b"hello",
    b"null",
    b"3",
    b'"Event"',
    b"[]",
    b"[{}]",
    b"{}",
    b'{"event":',
    b"9" * 5000,
)


def everywhere(body):
    """`body` with each kind of junk in each place, as (path, bytes)."""
    for path in _paths(body):
        for junk in JUNK:
            changed = copy.deepcopy(body)
            place = changed
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = junk
            yield path, json.dumps(changed).encode()


def _paths(value, above=()):
    steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield (*above, step)
        yield from _paths(value[step], (*above, step))


def assert_sane(told):
    """Whatever was posted: bounds, clean text, moments in UTC, JSON a database takes."""
    assert len(told) <= facts.MOST_ENTRIES
    for one in told:
        assert one.state in facts.STATES
        assert one.reason in {"", *facts.REASONS}
        assert 0 < len(one.number) <= 60
        assert len(one.code) <= 40
        assert len(one.told_at) <= 40
        assert len(one.place) <= 120
        assert len(one.country) in (0, 2)
        assert len(one.message) <= 300
        assert len(one.external_id) <= 80
        assert one.occurred_at is None or one.occurred_at.utcoffset().total_seconds() == 0
        kept = json.dumps(one.raw, allow_nan=False)
        assert len(kept) < 500_000
        texts = (one.number, one.code, one.told_at, one.zone, one.place, one.message, one.external_id, json.loads(kept))
        assert "\0" not in repr(texts).replace("\\x00", "\0")
        json.dumps(texts, ensure_ascii=False).encode()  # no halves of characters


def deep(depth):
    """An object so many levels deep, as text."""
    return '{"a":' * depth + "1" + "}" * depth
