"""Chat by plain requests: the same rules as over the socket, and files that cannot act in anybody's name."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ramah.accounts.testing import actor_of_agent, make_agent, make_team
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.testing import make_chat_inbox
from ramah.channels.models import IntakeItem
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Attachment, Conversation, Message, MessageDelivery
from ramah.kernel import clock

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"


class Poller:
    """A visitor's page that only makes requests; CSRF is checked as in earnest."""

    def __init__(self, key="web"):
        self.key, self.token, self.client = key, "", Client(enforce_csrf_checks=True)

    def post(self, what, frame=None, *, body=None, **headers):
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps(frame if frame is not None else {}) if body is None else body
        answer = self.client.post(f"/chat/{self.key}/{what}", body, content_type="application/json", headers=headers)
        return answer.status_code, answer.json() if answer.headers["Content-Type"] == "application/json" else {}

    def start(self, **hello):
        status, told = self.post("start", {"type": "hello", "after": 0, **hello})
        assert status == 200, told
        self.token = told["token"]
        return told

    def send(self, *files, text="", client_id="client-00001"):
        facts = {"id": client_id, "text": text, "files": list(files)}
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.client.post(f"/chat/{self.key}/files", facts, headers=headers)
        return answer.status_code, answer.json()

    def lines(self, after=0):
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.get(f"/chat/{self.key}/lines?after={after}", headers=headers)


@pytest.fixture
def poller(db):
    make_chat_inbox("web", teams=[make_team("Care")])
    poller = Poller()
    poller.start(language="en")
    return poller


def test_a_chat_by_requests(poller):
    status, acked = poller.post("say", {"type": "say", "id": "client-00001", "text": "Hello"})
    again = poller.post("say", {"type": "say", "id": "client-00001", "text": "Hello"})
    assert (status, acked["type"]) == (200, "ack")
    assert again == (200, acked)
    ben = make_agent(name="Ben", role="owner")
    answered = post_reply(
        actor=actor_of_agent(ben), conversation=Conversation.objects.get(), text="Yes?", at=clock.now()
    )

    told = poller.lines().json()

    assert [line["text"] for line in told["lines"]] == ["Hello", "Yes?"]
    assert (told["more"], told["newest"]) == (False, answered.pk)
    assert poller.lines(answered.pk).json()["lines"] == []
    poller.post("read", {"upto": answered.pk})
    assert MessageDelivery.objects.get(message=answered).state == "read"
    assert [line["text"] for line in poller.post("start", {"after": 0})[1]["lines"]] == ["Hello", "Yes?"]


@pytest.mark.parametrize("what", ["say", "read", "rating", "transcript", "details"])
def test_without_the_token_nothing_happens(db, what):
    make_chat_inbox("web")
    stranger = Poller()
    stranger.token = "made up"
    status, told = stranger.post(what, {"type": "say", "id": "client-00001", "text": "Hello"})
    assert (status, told["why"]) == (410, "forgotten")
    assert not IntakeItem.objects.exists()
    assert stranger.lines().status_code == 410
    assert stranger.send(SimpleUploadedFile("a.png", PNG))[0] == 410


def test_a_hostile_origin_is_refused(poller):
    frame = {"type": "say", "id": "client-00001", "text": "Hello"}
    assert poller.post("say", frame, Origin="https://evil.example")[0] == 403
    assert poller.post("start", {}, Origin="https://evil.example")[0] == 403
    assert not Message.objects.exists()


@pytest.mark.parametrize("body", ["{", "[]", "\xff", "[" * 20_000, '{"a": "' + "x" * 20_000 + '"}'])
@pytest.mark.parametrize("what", ["start", "say", "read", "rating", "details"])
def test_rubbish_is_refused(poller, what, body):
    status, told = poller.post(what, body=body)
    assert status in (400, 413)
    assert told["type"] == "refused"


def test_an_inbox_that_is_paused_or_no_chat_is_not_there(client, db):
    inbox = make_chat_inbox("web")
    type(inbox).objects.update(is_active=False)
    for path in ("/chat/web/state", "/chat/frame/web/", "/chat/nowhere/state"):
        assert client.get(path).status_code == 404
    assert Poller().post("start")[0] == 404


def test_state_is_told_to_anyone(client, db):
    settings = {"greetings": {"en": "Hi!", "id": "Halo!"}, "quick_replies": {"id": ["Di mana paket saya?"]}}
    make_chat_inbox("web", settings=settings)
    told = client.get("/chat/web/state?language=id-ID").json()
    assert (told["greeting"], told["quick_replies"], told["language"]) == ("Halo!", ["Di mana paket saya?"], "id")
    assert (told["open"], told["opens"], told["agents"], told["wait_seconds"]) == (False, None, [], None)
    assert client.get("/chat/web/state?language=xx").json()["greeting"] == "Hi!"


def test_too_fast_says_when_to_go_on(poller):
    answers = [poller.post("say", {"type": "say", "id": f"client-{number:05}", "text": "x"}) for number in range(12)]
    status, told = next(answer for answer in answers if answer[0] != 200)
    assert (status, told["why"]) == (429, "too_fast")
    assert told["wait"] >= 1


def test_files_are_typed_by_their_bytes_and_named_harmlessly(poller, client):
    status, acked = poller.send(
        SimpleUploadedFile("../../etc/pass\u202ewd.png", PNG, "image/png"),
        SimpleUploadedFile("drawing.png", SVG, "image/png"),
        SimpleUploadedFile("page.html", HTML, "text/html"),
        SimpleUploadedFile("both.gif", b"GIF89a" + HTML, "image/gif"),
        text="Look",
    )

    assert (status, acked["type"], acked["line"]["text"]) == (200, "ack", "Look")
    files = acked["line"]["files"]
    assert "/" not in files[0]["name"]
    assert "\u202e" not in files[0]["name"]
    assert [file["picture"] for file in files[:3]] == [True, False, False]
    shown = client.get(files[0]["url"])
    assert shown["Content-Type"] == "image/png"
    assert b"".join(shown.streaming_content) == PNG
    for file in files[1:3]:
        answer = client.get(file["url"])
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
    for file in files:
        answer = client.get(file["url"])
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert Conversation.objects.get().preview == "Look"


def test_the_same_files_again_are_the_same_line(poller):
    first, again, other = (poller.send(SimpleUploadedFile("a.png", content)) for content in (PNG, PNG, PNG + b"x"))
    assert first[1]["line"]["id"] == again[1]["line"]["id"] != other[1]["line"]["id"]
    assert Attachment.objects.count() == 2


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([], "empty"),
        ([SimpleUploadedFile("empty.png", b"")], "empty"),
        ([SimpleUploadedFile(f"{n}.png", PNG) for n in range(6)], "too_big"),
        ([SimpleUploadedFile("big.bin", b"x" * (10 * 1024 * 1024 + 1))], "too_big"),
    ],
)
def test_files_that_are_not_taken(poller, files, why):
    status, told = poller.send(*files)
    assert (told["type"], told["why"], told["id"]) == ("refused", why, "client-00001")
    assert status == 400
    assert not Message.objects.exists()


def test_a_file_is_for_its_visitor_and_for_some_hours(poller, client):
    _status, acked = poller.send(SimpleUploadedFile("a.png", PNG))
    url = acked["line"]["files"][0]["url"]
    ben = make_agent(name="Ben", role="owner")
    post_reply(
        actor=actor_of_agent(ben),
        conversation=Conversation.objects.get(),
        text="Here",
        files=[File("label.pdf", "application/pdf", b"%PDF-1.4 x")],
        at=clock.now(),
    )
    theirs = poller.lines(acked["line"]["id"]).json()["lines"][0]["files"][0]
    assert client.get(theirs["url"])["Content-Disposition"].startswith("attachment")

    assert client.get(url.partition("?")[0]).status_code == 404
    assert client.get(url + "x").status_code == 404
    other = Attachment.objects.exclude(public_id=url.split("/")[-1].partition("?")[0]).get()
    assert client.get(f"/chat/files/{other.public_id}?{url.partition('?')[2]}").status_code == 404
    ChatVisitor.objects.all().delete()
    assert client.get(url).status_code == 404


def test_a_rating_is_an_activity_and_may_be_changed(poller):
    assert poller.post("rating", {"score": 5})[1]["why"] == "unknown"
    poller.post("say", {"type": "say", "id": "client-00001", "text": "Hello"})

    assert poller.post("rating", {"score": 4, "text": "Good <b>"}) == (200, {"type": "rated", "score": 4})
    assert poller.post("rating", {"score": 2, "text": "No"}) == (200, {"type": "rated", "score": 2})

    rated = Message.objects.get(activity="chat_rated")
    assert rated.detail == {"score": 2, "text": "No"}
    for score in (0, 6, "5", 4.5, None, True):
        assert poller.post("rating", {"score": score})[0] == 400


def test_the_transcript_goes_by_mail_twice_a_day(poller):
    from ramah.conversations.testing import make_inbox

    mail = make_inbox("mail")
    poller.post("say", {"type": "say", "id": "client-00001", "text": "Hello <b>"})
    assert poller.post("transcript")[1]["why"] == "email"
    poller.post("details", {"email": "dana@mail.example"})

    answers = [poller.post("transcript")[0] for _ in range(3)]

    assert answers == [200, 200, 429]
    sent = MessageDelivery.objects.filter(inbox=mail)
    assert [delivery.recipients for delivery in sent] == [["dana@mail.example"]] * 2
    assert "Hello <b>" in sent[0].message.text
    assert "<b>" not in sent[0].message.html
    assert sent[0].message.conversation.customer == Conversation.objects.get(inbox__key="web").customer


def test_the_loader_may_stand_on_any_site(client, db):
    answer = client.get("/chat/widget.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "public" in answer["Cache-Control"]


def test_answers_to_choose_from_come_with_the_line(poller):
    poller.post("say", {"type": "say", "id": "client-00001", "text": "When?"})
    ben = actor_of_agent(make_agent(name="Ben"))
    conversation = Conversation.objects.get()
    post_reply(actor=ben, conversation=conversation, text="Which day?", answers=["Monday", "Never"], at=clock.now())

    lines = poller.lines().json()["lines"]

    assert [line["answers"] for line in lines if line["from"] in ("me", "agent")] == [[], ["Monday", "Never"]]
