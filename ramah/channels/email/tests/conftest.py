"""What the mail tests share: an inbox, an SMTP sink."""

from datetime import UTC, datetime

import pytest

from ramah.channels.email.tests.smtp_sink import Sink, sink_controller
from ramah.conversations.models import Inbox

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def inbox(db):
    return Inbox.objects.create(
        key="support",
        name="Toko Laut",
        address="support@shop.example",
        signature="Toko Laut\nhttps://shop.example",
        created_at=AT,
    )


@pytest.fixture
def sink():
    """A well-behaved SMTP sink; `sink.url` reaches it."""
    sink = Sink()
    controller = sink_controller(sink)
    controller.start()
    sink.port = controller.port
    sink.url = f"smtp://127.0.0.1:{controller.port}"
    yield sink
    controller.stop()
