"""Files that customers send: the message stands at once, its file follows, whatever the provider does in between."""

from datetime import timedelta

import pytest

from ramah.channels import fetching
from ramah.channels.commands import erase_raw
from ramah.channels.commands.awaiting import fetch_again
from ramah.channels.models import AwaitedFile
from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.simulators.server import Fault, Reply
from ramah.channels.simulators.whatsapp import error
from ramah.channels.tests.providers import PNG, awaited, errors, fetch, read
from ramah.channels.whatsapp.tests.conftest import DANA, wamid
from ramah.conversations.models import Attachment, Message
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.providers import http as provider_http
from ramah.kernel.providers.contract import Refused, TryLater

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send_file(connected, provider):
    """A customer sends a file; returns its message."""

    def send_file(content=PNG, kind="image", mime="image/png", **more):
        media_id, digest = provider.add_media(content, mime)
        at = int(clock.now().timestamp())
        message = payloads.media(DANA, wamid(), at, kind, more.pop("media_id", media_id), mime, digest, **more)
        assert provider.post(provider.hook(message)) == 200
        read()
        assert errors() == []
        return Message.objects.filter(kind="message").latest("id")

    return send_file


@pytest.mark.parametrize(
    ("kind", "mime", "content", "more", "name"),
    [
        ("image", "image/png", PNG, {"caption": "Rusak"}, "image.png"),
        ("audio", "audio/ogg; codecs=opus", b"OggS" + b"\0" * 50, {"voice": True}, "audio.oga"),
        ("document", "application/pdf", b"%PDF-1.7\n1 0 obj\n", {"filename": "../../nota.pdf"}, "nota.pdf"),
        ("sticker", "image/webp", b"RIFF\x24\0\0\0WEBPVP8 ", {"animated": False}, "sticker.webp"),
        ("video", "video/mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 50, {}, "video.mp4"),
    ],
)
def test_files_follow_their_message(send_file, kind, mime, content, more, name):
    message = send_file(content, kind, mime, **more)
    assert message.text == more.get("caption", "")
    assert message.conversation.preview
    assert [state for _name, state in awaited(message)] == ["waiting"]

    fetch()

    attachment = message.attachments.get()
    assert attachment.filename in (name, name.replace(".oga", ".ogg"))
    assert attachment.file.open("rb").read() == content
    assert awaited(message) == []


def test_a_file_that_fails_first_comes_later(send_file, provider):
    provider.faults.append(Fault(cut="before", path="900000000"))
    provider.faults.append(Fault(reply=Reply(500, b""), path="/files/900000000"))
    message = send_file()

    fetch()
    assert awaited(message) == [("image.png", "waiting")]
    assert Attachment.objects.count() == 0
    fetch(minutes=5)
    fetch(minutes=30)

    assert message.attachments.get().size == len(PNG)
    assert awaited(message) == []


def test_a_file_that_is_cut_off_is_not_taken_for_whole(send_file, provider):
    cut_off = Reply(200, PNG[:100], {"Content-Length": str(len(PNG)), "Connection": "close"})
    provider.faults.append(Fault(reply=cut_off, path="/files/900000000"))
    provider.faults.append(Fault(reply=Reply(200, PNG[:-1] + b"x"), path="/files/900000000"))
    message = send_file()
    for minutes in (0, 5):
        assert fetching.fetch_due(at=clock.now() + timedelta(minutes=minutes)) == 1
        assert Attachment.objects.count() == 0

    fetch(minutes=60)

    assert message.attachments.get().size == len(PNG)


@pytest.mark.parametrize("says_so", [True, False])
def test_a_file_that_is_too_large_is_refused_and_said_so(send_file, provider, settings, says_so):
    settings.ATTACHMENT_MAX_BYTES = 1000
    if not says_so:
        place = {"url": f"{provider.api_url}/files/900000000", "mime_type": "image/png"}
        provider.faults.append(Fault(reply=Reply.of(place), path="/900000000"))
    message = send_file()

    fetch()

    assert awaited(message) == [("image.png", "failed")]
    assert message.detail["awaited"][0]["error"]
    assert Attachment.objects.count() == 0


def test_a_file_that_is_gone_fails_at_once_and_can_be_asked_for_again(send_file, provider):
    provider.faults.append(Fault(reply=error(100, "Object does not exist", 400), path="/900000000"))
    message = send_file()
    fetch()
    assert awaited(message) == [("image.png", "failed")]

    assert fetch_again(actor=SYSTEM, message=message, at=clock.now()) == 1
    assert awaited(message) == [("image.png", "waiting")]
    fetch()

    assert message.attachments.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://127.0.0.1:8000/",
        "https://[::1]/",
        "https://localhost/",
        "https://10.0.0.1/x",
        "file:///etc/passwd",
        "https://user@lookaside.fbsbx.com@127.0.0.1/",
        "//127.0.0.1/",
        "https://127.0.0.1:99999999/",
        "https://[/",
        "nonsense",
    ],
)
def test_a_file_is_never_fetched_from_a_private_place(send_file, provider, url):
    provider.faults.append(Fault(reply=Reply.of({"url": url, "mime_type": "image/png"}), path="/900000000"))
    message = send_file()
    before = len(provider.asked)

    fetch()

    assert awaited(message) == [("image.png", "failed")]
    assert [asked.path for asked in provider.asked[before:]] == ["/v24.0/900000000"]


def test_a_redirect_to_a_private_place_is_not_followed(send_file, provider):
    away = Reply(302, b"", {"Location": "http://127.0.0.1:1/"})
    provider.faults.append(Fault(reply=away, path="/files/900000000"))
    message = send_file()

    fetch()

    assert awaited(message) == [("image.png", "waiting")]


def test_a_reference_is_no_path(send_file, provider):
    send_file(media_id="../102290129340398/message_templates?x=")

    fetch()

    assert provider.asked[-1].path == "/v24.0/..%2F102290129340398%2Fmessage_templates%3Fx%3D"


def test_a_customer_who_is_erased_gets_no_file_back(send_file):
    message = send_file()

    erase_raw(message.conversation.customer_id)
    fetch()

    assert AwaitedFile.objects.count() == 0
    assert Attachment.objects.count() == 0


def test_a_redelivered_file_is_fetched_once(send_file, provider):
    message = send_file()
    at = int(message.sent_at.timestamp())
    known = message.external_ids.get().value.removeprefix("whatsapp:")
    again = payloads.media(DANA, known, at, "image", "900000000", "image/png", "0" * 64, url="https://another.example")
    provider.post(provider.hook(again))
    read()

    assert AwaitedFile.objects.count() == 1


def test_a_slow_answer_ends_in_time(provider, monkeypatch):
    monkeypatch.setattr(provider_http, "READ_SECONDS", 0.2)
    provider.faults.append(Fault(seconds=1.0))

    with pytest.raises(TryLater):
        provider_http.get(f"{provider.url}/slow")


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "http://[/", "ftp://127.0.0.1/"])
def test_an_address_of_the_api_that_is_none_is_refused(url):
    with pytest.raises((Refused, TryLater)):
        provider_http.get(url)
