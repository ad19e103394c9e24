import pytest

from ramah.customers.testing import make_customer
from ramah.kernel import events
from ramah.promises import events as facts


@pytest.fixture
def dana(db):
    return make_customer("Dana", email="dana@example.com")


@pytest.fixture
def published(monkeypatch):
    """What is published about promises while the test runs: somebody listens to all of it."""
    heard = []
    for fact in vars(facts).values():
        if isinstance(fact, type) and fact.__module__ == facts.__name__:
            monkeypatch.setitem(events._handlers, events._names[fact], {"tests": lambda event: None})
    publish_all = events.publish_all

    def hear(told):
        told = list(told)
        heard.extend(fact for fact, _subject in told)
        publish_all(told)

    monkeypatch.setattr("ramah.kernel.events.publish_all", hear)
    monkeypatch.setattr("ramah.promises.commands.making.publish_all", hear)
    return heard
