"""Every app that holds something of a customer gives it out and forgets it, and the rest of the shop stays as it was."""

from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage

from ramah.channels import commands as channels
from ramah.channels.models import IntakeItem
from ramah.channels.queries import intake_sum
from ramah.conversations.models import Attachment, Conversation
from ramah.conversations.testing import make_inbox
from ramah.kernel.personal_data import personal_data_holders

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MAIL = """From: {name} <{name}@mail.example>
To: support@shop.example
Subject: Secret-{name}
Message-ID: <{name}@mail.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Secret words of {name}
--b
Content-Disposition: attachment; filename=same.txt
Content-Type: text/plain

the same file
--b
Content-Disposition: attachment; filename={name}.txt
Content-Type: text/plain

file of {name}
--b--
"""


@pytest.fixture
def dana_and_eli(db):
    inbox = make_inbox("support", address="support@shop.example")
    raws = [(MAIL.format(name=name).encode(), {"peer": name}) for name in ("dana", "eli")]
    items = channels.take_in(inbox_id=inbox.pk, raws=raws, at=NOON, claimed=True)
    for item in items:
        item.inbox = inbox
    channels.process(items, at=NOON)
    return [item.conversation for item in items]


def test_everything_held_of_a_customer_is_given_out(dana_and_eli):
    dana, _eli = dana_and_eli

    told = {holder.key: holder.export(dana.customer_id) for holder in personal_data_holders()}

    assert set(told) >= {"channels", "commerce.orders", "conversations", "customers", "promises"}
    assert told["conversations"][0]["messages"][0]["text"] == "Secret words of dana"
    assert told["conversations"][0]["messages"][0]["files"] == ["same.txt", "dana.txt"]
    assert told["channels"] == [{"at": NOON.isoformat(), "inbox": "support"}]
    assert "eli" not in str(told)


@pytest.mark.parametrize("times", [1, 2])
def test_it_is_forgotten_and_nothing_else_is(dana_and_eli, times, django_capture_on_commit_callbacks):
    dana, eli = dana_and_eli
    paths = {file.filename: file.file.name for file in Attachment.objects.all()}

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(times):
            for holder in personal_data_holders():
                holder.erase(dana.customer_id)

    dana.refresh_from_db()
    assert (dana.subject, dana.preview, dana.messages.get().text) == ("", "", "")
    assert bytes(IntakeItem.objects.get(conversation=dana).raw) == b""
    assert intake_sum().closes
    assert Conversation.objects.get(pk=eli.pk).subject == "Secret-eli"
    assert eli.messages.get().text == "Secret words of eli"
    there = {name: default_storage.exists(path) for name, path in paths.items()}
    assert there == {"same.txt": True, "dana.txt": False, "eli.txt": True}
