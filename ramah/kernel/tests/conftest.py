import dataclasses

import pytest

from ramah.kernel import events


@pytest.fixture
def event_type(monkeypatch):
    """A way to declare events and handlers that are forgotten after the test."""
    monkeypatch.setattr(events, "_types", dict(events._types))
    monkeypatch.setattr(events, "_names", dict(events._names))
    monkeypatch.setattr(events, "_handlers", {name: dict(known) for name, known in events._handlers.items()})

    def declare(name):
        return events.event(name)(dataclasses.make_dataclass("Happened", [("number", int)], frozen=True, slots=True))

    return declare
