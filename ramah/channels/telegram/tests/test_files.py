"""Files that customers send: the message stands at once, its file follows, whatever the provider does in between."""

import pytest

from ramah.channels.models import AwaitedFile
from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.simulators.server import Fault, Reply
from ramah.channels.simulators.telegram import error, result
from ramah.channels.telegram.tests.conftest import DANA, TOKEN, now
from ramah.channels.tests.providers import PNG, awaited, errors, fetch, read
from ramah.conversations.models import Attachment, Message
from ramah.kernel.providers import http as provider_http

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send_file(connected, provider):
    """A customer sends a file; returns its message."""

    def send_file(content=PNG, kind="document", path="documents/file_1.png", size=None, **more):
        file_id = more.pop("file_id", None) or provider.add_file(content, path)
        size = len(content) if size is None else size
        make = (
            payloads.photo if kind == "photo" else lambda *who, **rest: payloads.file(*who[:3], kind, *who[3:], **rest)
        )
        message = make(DANA, provider.next_message_id(), now(), file_id, size, **more)
        assert provider.post(provider.update("message", message)) == 200
        read()
        assert errors() == []
        return Message.objects.filter(kind="message").latest("id")

    return send_file


@pytest.mark.parametrize(
    ("kind", "content", "more", "name", "media"),
    [
        ("photo", PNG, {"caption": "Rusak"}, "photo.jpg", "image"),
        (
            "document",
            b"%PDF-1.7\n",
            {"about": {"file_name": "../../nota.pdf", "mime_type": "application/pdf"}},
            "nota.pdf",
            "document",
        ),
        ("voice", b"OggS" + b"\0" * 50, {"about": {"duration": 3, "mime_type": "audio/ogg"}}, "voice.ogg", "voice"),
        ("audio", b"ID3\x03" + b"\0" * 50, {"about": {"file_name": "lagu.mp3"}}, "lagu.mp3", "audio"),
        ("video", b"\0\0\0\x18ftypmp42" + b"\0" * 50, {}, "video.mp4", "video"),
        ("video_note", b"\0\0\0\x18ftypmp42" + b"\0" * 50, {}, "video.mp4", "video"),
        ("animation", b"\0\0\0\x18ftypmp42" + b"\0" * 50, {"document": {"file_id": "x"}}, "animation.mp4", "video"),
        ("sticker", b"RIFF\x24\0\0\0WEBPVP8 ", {"about": {"emoji": "😀"}}, "sticker.webp", "sticker"),
        ("sticker", b"\x1f\x8b\x08" + b"\0" * 9, {"about": {"is_animated": True}}, "sticker.tgs", "sticker"),
    ],
)
def test_files_follow_their_message(send_file, kind, content, more, name, media):
    message = send_file(content, kind, **more)
    assert message.text == more.get("caption", "")
    assert message.conversation.preview
    assert message.detail["media"] == media
    assert [state for _name, state in awaited(message)] == ["waiting"]

    fetch()

    attachment = message.attachments.get()
    assert attachment.filename == name
    assert attachment.file.open("rb").read() == content
    assert awaited(message) == []


def test_a_file_that_fails_first_comes_later(send_file, provider):
    provider.faults.append(Fault(cut="before", path="/getFile"))
    provider.faults.append(Fault(reply=Reply(500, b""), path="file_1.png"))
    provider.faults.append(Fault(reply=error(404, "Not Found"), path="file_1.png"))
    message = send_file()

    for minutes in (0, 1, 4):
        fetch(minutes=minutes)
        assert awaited(message) == [("file", "waiting")]
    fetch(minutes=120)

    assert message.attachments.get().size == len(PNG)
    assert awaited(message) == []


def test_a_file_that_is_cut_off_is_not_taken_for_whole(send_file, provider, monkeypatch):
    monkeypatch.setattr(provider_http, "READ_SECONDS", 0.5)
    provider.faults.append(Fault(reply=Reply(200, PNG[:100], {"Content-Length": str(len(PNG))}), path="file_1.png"))
    provider.faults.append(Fault(reply=Reply(200, PNG[:-1]), path="file_1.png"))
    message = send_file()
    for minutes in (0, 1):
        fetch(minutes=minutes)
        assert Attachment.objects.count() == 0

    fetch(minutes=60)

    assert message.attachments.get().size == len(PNG)


def test_a_file_that_is_too_large_for_us_is_refused_and_said_so(send_file, settings):
    settings.ATTACHMENT_MAX_BYTES = 1000
    message = send_file()

    fetch()

    assert awaited(message) == [("file", "failed")]
    assert message.detail["awaited"][0]["error"] == "The file is larger than this shop takes."


def test_a_file_that_bots_cannot_fetch_says_so(send_file, provider):
    provider.faults.append(Fault(reply=error(400, "Bad Request: file is too big"), path="/getFile"))
    message = send_file()

    fetch()

    assert awaited(message) == [("file", "failed")]
    assert "20 MB" in message.detail["awaited"][0]["error"]


def test_the_largest_size_of_a_photo_that_a_bot_may_fetch_is_taken(send_file, provider):
    message = send_file(kind="photo", size=30 * 1024 * 1024)

    fetch()

    assert [asked.json().get("file_id", "")[-1] for asked in provider.asked] == ["s"]
    assert awaited(message) == [("photo.jpg", "failed")]


@pytest.mark.parametrize("path", ["../../../etc/passwd", "/var/lib/secret", "", "a/../b", "//127.0.0.1/x", 7, None])
def test_a_file_is_fetched_from_nowhere_else(send_file, provider, path):
    provider.faults.append(Fault(reply=result({"file_id": "x", "file_path": path}), path="/getFile"))
    message = send_file()

    fetch()

    assert awaited(message) in ([("file", "failed")], [("file", "waiting")])
    assert [asked.path for asked in provider.asked if asked.path.startswith("/file/")] in ([], [f"/file/bot{TOKEN}/7"])


def test_a_path_cannot_ask_for_more(send_file, provider):
    hostile = result({"file_id": "x", "file_path": "documents/x?y=1#z\r\nX-Evil: 1"})
    provider.faults.append(Fault(reply=hostile, path="/getFile"))
    send_file()

    fetch()

    assert provider.asked[-1].path == f"/file/bot{TOKEN}/documents/x%3Fy%3D1%23z%0D%0AX-Evil%3A%201"


def test_a_redirect_is_not_followed(send_file, provider):
    provider.faults.append(Fault(reply=Reply(302, b"", {"Location": "http://127.0.0.1:1/"}), path="file_1.png"))
    message = send_file()

    fetch()

    assert awaited(message) == [("file", "waiting")]


def test_no_error_shows_the_token(send_file, provider):
    for reply in (error(400, "Bad Request: invalid file_id"), error(401, "Unauthorized"), Reply(200, b"<html>")):
        provider.faults.append(Fault(reply=reply, path="/getFile"))
        message = send_file()
        fetch()
        row = AwaitedFile.objects.get(message=message)
        assert row.error
        assert TOKEN not in row.error


def test_a_redelivered_file_is_fetched_once(send_file, provider):
    message = send_file()
    again = payloads.file(
        DANA, int(message.external_ids.get().value.rpartition(":")[2]), now(), "document", "another", 1
    )
    provider.post(provider.update("message", {**again, "date": int(message.sent_at.timestamp())}))
    read()
    fetch()

    assert Attachment.objects.count() == 1
