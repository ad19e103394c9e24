"""From what happened to what the customer reads: the main way, and all that can be in it."""

from datetime import timedelta

import pytest

from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.kernel import outbox
from ramah.kernel.events import publish
from ramah.notices.commands.sending import send_due
from ramah.notices.kinds import AT_RISK
from ramah.notices.models import Choice, Notice, Outcome
from ramah.notices.tests.scenes import AT, DAY, expected, live, ordered
from ramah.shipping.events import OutlookChanged
from ramah.shipping.models import Flight

TEN = timedelta(minutes=10)
Level = Flight.Level


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def inbox(db):
    return make_inbox("support", name="Toko Laut", language="en")


def looks_late(order, *, level=Level.AT_RISK, before=Level.FINE, shipment=None):
    key = shipment.pk if shipment else None
    publish(OutlookChanged(order.pk, key, level, before, int(AT.timestamp())), subject=f"order:{order.pk}")
    outbox.drain()


def test_what_looks_late_is_told_once_in_the_conversation_of_the_order_with_choices(inbox):
    live(AT_RISK)
    order = ordered()
    expected(order, Level.AT_RISK)

    for _twice in range(2):
        looks_late(order)
        assert send_due(at=AT + TEN - timedelta(seconds=1)) == 0
    assert send_due(at=AT + TEN) == 1
    assert send_due(at=AT + DAY) == 0

    notice, message = Notice.objects.get(), Message.objects.get()
    assert (notice.state, notice.sent_at, notice.message, notice.language) == ("sent", AT + TEN, message, "en")
    assert (notice.facts["old_date"], notice.facts["new_date"]) == ("2026-03-05", "2026-03-08")
    assert message.conversation.about == f"order:{order.pk}"
    assert message.subject == f"Order {order.number} may come later than we promised"
    assert "we promised order" in message.text
    assert "Thursday 5 March" in message.text
    assert "between 6 March and 8 March" in message.text
    offered = list(Choice.objects.order_by("id").values_list("kind", "state"))
    assert ("wait", "offered") in offered
    assert ("talk", "offered") in offered
    assert set(Choice.objects.values_list("next_attempt_at", flat=True)) == {AT + TEN + timedelta(hours=72)}
    assert Conversation.objects.get().status == "resolved"
    assert Outcome.objects.get().next_attempt_at == AT + TEN + timedelta(days=7)
    delivery = MessageDelivery.objects.get()
    assert delivery.hold == {"from": "21:00", "to": "08:00", "zone": "Asia/Jakarta"}
    assert delivery.recipients == ["dana@mail.example"]
    assert order.public_id in message.text
    # The signed links are spelled only where the customer reads.
    assert "/track/choose/" not in message.text + message.html
    assert any("/track/choose/" in full for full in message.detail["sealed"].values())
    assert "Margonda" not in message.text + message.html + str(message.detail)
    assert message.detail["notice"] == {"id": notice.public_id, "kind": "at_risk"}
