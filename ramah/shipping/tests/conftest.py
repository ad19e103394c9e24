import pytest

from ramah.kernel import events
from ramah.shipping.commands import forecasting
from ramah.shipping.events import OutlookChanged
from ramah.shipping.tests.foreseen import Told


@pytest.fixture
def told(monkeypatch):
    """The forecast in use says what the test wants."""
    told = Told()
    monkeypatch.setattr(forecasting, "foresight", lambda: told)
    return told


@pytest.fixture
def outlooks(monkeypatch):
    """The changes of level that were published, as (order, parcel, before, level)."""
    heard = []
    publish_all = events.publish_all

    def hear(facts):
        facts = list(facts)
        heard.extend(
            (fact.order_id, fact.shipment_id, fact.before, fact.level)
            for fact, _subject in facts
            if isinstance(fact, OutlookChanged)
        )
        publish_all(facts)

    monkeypatch.setattr("ramah.shipping.commands.outlooks.publish_all", hear)
    return heard
