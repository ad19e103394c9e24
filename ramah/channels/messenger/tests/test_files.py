"""Files and names of customers: the message stands at once, they follow, whatever Meta does in between."""

from datetime import timedelta

import pytest

from ramah.channels.commands.awaiting import fetch_again
from ramah.channels.messenger import profiles
from ramah.channels.messenger.models import MessengerProfile
from ramah.channels.messenger.tests.conftest import DANA, ELI, stamp
from ramah.channels.models import AwaitedFile
from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.simulators.messenger import error
from ramah.channels.simulators.server import Fault, Reply
from ramah.channels.tests.providers import PDF, PNG, awaited, errors, fetch, read, said
from ramah.conversations.models import Attachment, Message
from ramah.customers.commands import erase_customer
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send_files(connected, provider):
    """A customer sends attachments; returns their message."""

    def send_files(*attachments, mid="m_files"):
        event = payloads.message(DANA, provider.owner, stamp(), mid, attachments=list(attachments))
        assert provider.post(provider.hook(event)) == 200
        read()
        assert errors() == []
        return Message.objects.filter(kind="message").latest("id")

    return send_files


def test_files_follow_their_message(send_files, provider):
    picture, paper = provider.add_file(PNG, "image/png"), provider.add_file(PDF, "application/pdf", "nota%20baru.pdf")
    message = send_files(payloads.attachment("image", picture), payloads.attachment("file", paper))
    assert (message.text, message.conversation.preview) == ("", "📷")
    assert [state for _name, state in awaited(message)] == ["waiting", "waiting"]

    fetch()

    assert awaited(message) == []
    found = [(one.filename, one.content_type, one.size) for one in message.attachments.order_by("id")]
    assert found[0][1:] == ("image/png", len(PNG))
    assert found[1] == ("nota baru.pdf", "application/pdf", len(PDF))
    headers = next(asked.headers for asked in provider.asked if asked.path.startswith("/files/"))
    assert "authorization" not in headers


@pytest.mark.parametrize("channel", ["instagram"])
def test_a_story_with_us_in_it_is_kept(send_files, provider):
    message = send_files(payloads.attachment("story_mention", provider.add_file(PNG, "image/png")))

    fetch()

    assert message.attachments.get().filename.startswith(("story-mention", "9000"))


def test_a_sticker_that_comes_as_a_picture_too_is_fetched_once(send_files, provider):
    url = provider.add_file(PNG, "image/png")
    sticker = payloads.attachment("sticker", url, sticker_id=369239263222822)
    message = send_files(sticker, payloads.attachment("image", url, sticker_id=369239263222822))

    assert AwaitedFile.objects.count() == 1
    assert message.detail["media"] == "sticker"


def test_a_file_that_fails_first_comes_later(send_files, provider):
    provider.faults.append(Fault(cut="before", path="900000000"))
    provider.faults.append(Fault(reply=Reply(500, b""), path="900000000"))
    message = send_files(payloads.attachment("image", provider.add_file(PNG, "image/png")))
    fetch()
    assert [state for _name, state in awaited(message)] == ["waiting"]

    fetch(minutes=5)
    fetch(minutes=30)

    assert message.attachments.get().size == len(PNG)


def test_a_file_that_is_too_large_is_refused_and_said_so(send_files, provider, settings):
    settings.ATTACHMENT_MAX_BYTES = 1000
    message = send_files(payloads.attachment("image", provider.add_file(PNG, "image/png")))

    fetch()

    assert [state for _name, state in awaited(message)] == ["failed"]
    assert message.detail["awaited"][0]["error"]
    assert Attachment.objects.count() == 0
    settings.ATTACHMENT_MAX_BYTES = 100_000
    fetch_again(actor=SYSTEM, message=message, at=clock.now())
    fetch()
    assert message.attachments.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1:8000/",
        "https://[::1]/",
        "https://localhost/",
        "file:///etc/passwd",
        "https://scontent.fbcdn.net@127.0.0.1/",
        "//127.0.0.1/",
        "https://127.0.0.1:99999999/",
        "https://[/",
        "nonsense",
    ],
)
def test_a_file_is_never_fetched_from_a_private_place(send_files, provider, url):
    message = send_files(payloads.attachment("image", url))

    fetch()

    assert [state for _name, state in awaited(message)] == ["failed"]
    assert provider.asked == []


def test_a_redelivered_file_is_fetched_once(send_files, provider):
    url = provider.add_file(PNG, "image/png")
    message = send_files(payloads.attachment("image", url))
    at = int(message.sent_at.timestamp() * 1000)
    again = payloads.message(
        DANA, provider.owner, at, "m_files", attachments=[payloads.attachment("image", url + "&new=1")]
    )
    provider.post(provider.hook(again))
    read()

    assert len(said()) == 1
    assert AwaitedFile.objects.count() == 1


# Names


@pytest.fixture
def write(connected, provider, say):
    def write(words="Halo", **more):
        assert provider.post(provider.hook(say(words, **more))) == 200
        read()
        assert errors() == []

    return write


def ask(minutes=0):
    return profiles.fetch_due(at=clock.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("channel", "profile", "name"),
    [
        ("messenger", {"first_name": "Dana", "last_name": "Putri"}, "Dana Putri"),
        ("messenger", {"name": "  Dana\x00 P. "}, "Dana P."),
        ("instagram", {"name": "Dana Putri", "username": "dana.p"}, "Dana Putri"),
        ("instagram", {"name": None, "username": "dana.p"}, "@dana.p"),
    ],
)
def test_the_name_is_asked_for_once_beside_the_intake(write, provider, profile, name):
    provider.people[DANA] = profile
    write("one")
    assert provider.asked == []
    assert said()[0].author_name == ""

    ask()
    write("two")

    assert ContactPoint.objects.get().customer.name == name
    assert [line.author_name for line in said()] == [name, name]
    assert ask(minutes=60) == 0
    assert len(provider.asked) == 1


def test_a_name_that_is_known_already_stays(write, provider):
    provider.people[DANA] = {"name": "dana_from_jkt"}
    write()
    Customer.objects.update(name="Dana Putri")

    ask()

    assert Customer.objects.get().name == "Dana Putri"
    assert said()[0].author_name == "dana_from_jkt"


def test_who_hides_the_name_goes_without(write, provider):
    write()
    write(by=ELI)
    assert ask() == 2
    assert ask(minutes=600) == 0

    assert set(MessengerProfile.objects.values_list("state", flat=True)) == {"failed"}
    assert set(Customer.objects.values_list("name", flat=True)) == {""}


def test_a_provider_that_is_away_is_asked_again(write, provider):
    provider.people[DANA] = {"name": "Dana"}
    provider.faults.append(Fault(reply=error(4, "Application request limit reached", 403)))
    provider.faults.append(Fault(cut="before"))
    write()
    for minutes in (0, 5, 60):
        ask(minutes=minutes)

    assert Customer.objects.get().name == "Dana"


def test_who_was_erased_meanwhile_does_not_come_back(write, provider, monkeypatch):
    provider.people[DANA] = {"name": "Dana"}
    write()
    customer = Customer.objects.get()
    real = profiles.name_in

    def erased_meanwhile(found):
        erase_customer(customer_id=customer.pk)
        return real(found)

    monkeypatch.setattr(profiles, "name_in", erased_meanwhile)
    ask()

    assert ContactPoint.objects.count() == MessengerProfile.objects.count() == 0
    assert Customer.objects.get().name == ""
    assert said()[0].author_name == ""
