"""Who is signed in: a signed identity links the visitor to a customer; a typed e-mail address does not."""

import base64
import json

import pytest

from ramah.accounts.models import User
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.testing import Page, make_chat_inbox
from ramah.channels.chat.tokens import BadIdentity, own_secret, read_identity, sign_identity
from ramah.conversations.models import Conversation
from ramah.customers.models import ContactPoint, Customer, CustomerLogin
from ramah.customers.testing import make_customer
from ramah.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a secret of the inbox"


def token(secret=SECRET, *, seconds=600, **claims):
    claims = {
        "id": "u7",
        "email": "dana@mail.example",
        "name": "Dana",
        "exp": clock.now().timestamp() + seconds,
        **claims,
    }
    return sign_identity(claims, secret=secret)


@pytest.fixture
def inbox(db):
    return make_chat_inbox("web", settings={"identity_secret": SECRET})


def test_a_signed_identity_is_the_customer_with_that_address(server, inbox):
    dana = make_customer("Dana", email="dana@mail.example")

    page = Page(server, "web", identity=token()).arrive()

    assert (page.frames[0]["known"], page.frames[0]["name"], page.frames[0]["email"]) == (True, "Dana", True)
    page.say("Where is my order?")
    assert Conversation.objects.get().customer == dana
    assert ContactPoint.objects.get(kind="email").proof == "channel_verified"
    assert ContactPoint.objects.get(kind="visitor").proof == "channel_verified"
    assert Customer.objects.count() == 1
    page.close()


def test_without_an_address_the_id_is_enough_to_be_one_customer(server, inbox):
    first = Page(server, "web", identity=token(email="")).arrive()
    first.say("On the phone")
    second = Page(server, "web", identity=token(email="")).arrive()
    second.say("On the desk")
    assert Customer.objects.count() == 1
    for one in (first, second):
        one.close()


@pytest.mark.parametrize(
    "bad",
    [
        lambda: token("another secret"),
        lambda: token(own_secret("other")),
        lambda: token(seconds=-90_000),
        lambda: token(exp="tomorrow"),
        lambda: token(exp=None),
        lambda: token(id=""),
        lambda: token(id={"a": 1}),
        lambda: token() + "0",
        lambda: "e30." + token().partition(".")[2],
        lambda: base64.urlsafe_b64encode(json.dumps({"id": "u7", "exp": 9e9}).encode()).decode() + ".",
        lambda: "rubbish",
        lambda: "x" * 8000,
        lambda: "\ud800.\ud800",
        lambda: sign_identity([1], secret=SECRET),  # type: ignore[arg-type]  # what anybody may sign
    ],
)
def test_a_bad_identity_is_anonymous_and_says_so(server, inbox, bad):
    make_customer("Dana", email="dana@mail.example")

    page = Page(server, "web", identity=bad()).arrive()

    assert page.frames[0]["known"] is False
    assert page.until("refused")["why"] == "identity"
    page.say("Hello")
    assert Conversation.objects.get().customer.name == ""
    page.close()


def test_an_inbox_without_a_secret_believes_nobody(server):
    make_chat_inbox("plain", settings={})
    page = Page(server, "plain", identity=token("")).arrive()
    assert page.until("refused")["why"] == "identity"
    page.close()


def test_a_stale_identity_goes_on_and_begins_nothing(server, inbox):
    page = Page(server, "web", identity=token()).arrive()
    page.say("Mine")
    page.close()

    again = Page(server, "web", token=page.token, identity=token(seconds=-60)).arrive()
    assert [line["text"] for line in again.frames[0]["lines"]] == ["Mine"]
    new = Page(server, "web", identity=token(seconds=-60)).arrive()
    assert new.frames[0]["known"] is False
    for one in (again, new):
        one.close()


@pytest.mark.parametrize("identity", ["", "other", "forged"])
def test_whoever_sits_down_after_them_does_not_see_what_they_said(server, inbox, identity):
    page = Page(server, "web", identity=token()).arrive()
    page.say("Private")
    page.close()
    told = {"": "", "other": token(id="u8", email="eli@mail.example"), "forged": token("wrong")}[identity]

    after = Page(server, "web", token=page.token, identity=told).open()

    assert after.until_closed() == 4410
    assert not after.lines


def test_chatting_before_signing_in_becomes_theirs(server, inbox):
    dana = make_customer("Dana", email="dana@mail.example")
    page = Page(server, "web").arrive()
    page.say("Before")
    page.close()

    page.hello["identity"] = token()
    page.arrive()
    page.say("After")

    assert Conversation.objects.get().customer == dana
    assert ContactPoint.objects.get(kind="visitor").customer == dana
    page.close()


def test_a_typed_address_is_claimed_and_opens_nothing(server, inbox):
    dana = make_customer("Dana", email="dana@mail.example")
    ContactPoint.objects.update(proof="order_verified")
    page = Page(server, "web").arrive()
    page.say("Hello")

    page.send(type="details", name="Dana", email=" DANA@mail.example ")
    assert page.until("details")["email"] is True

    visitor = ChatVisitor.objects.get()
    assert (visitor.email, visitor.name, visitor.customer_ref) == ("dana@mail.example", "Dana", "")
    conversation = Conversation.objects.get()
    assert conversation.customer != dana
    assert conversation.customer.name == "Dana"
    assert set(conversation.customer.contact_points.values_list("kind", flat=True)) == {"visitor"}
    page.close()


def test_an_anonymous_inbox_keeps_neither_address_nor_mail(server):
    make_chat_inbox("quiet", settings={"is_anonymous": True, "identity_secret": SECRET})
    page = Page(server, "quiet", identity=token()).arrive()
    assert (page.frames[0]["known"], page.frames[0]["state"]["anonymous"]) == (False, True)
    page.say("Hello")
    page.send(type="details", name="D", email="dana@mail.example")
    assert page.until("refused")["why"] == "not_kept"
    visitor = ChatVisitor.objects.get()
    assert (visitor.address, visitor.email, visitor.customer_ref) == (None, "", "")
    assert not ContactPoint.objects.exclude(kind="visitor").exists()
    page.close()


def test_the_frame_names_whoever_is_signed_in_at_the_shop(client, server):
    make_chat_inbox("web", settings={"origins": ["https://friend.example", "https://x; script-src *"]})
    dana = make_customer("Dana", email="dana@mail.example")
    user = User.objects.create(email="dana@mail.example", created_at=clock.now())
    CustomerLogin.objects.create(user=user, customer=dana, created_at=clock.now())
    assert client.get("/chat/frame/web/").context["frame"]["identity"] == ""
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = client.get("/chat/frame/web/")

    assert "frame-ancestors 'self' https://friend.example" in answer["Content-Security-Policy"]
    assert "script-src *" not in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    identity = answer.context["frame"]["identity"]
    page = Page(server, "web", identity=identity).arrive()
    assert (page.frames[0]["known"], page.frames[0]["name"]) == (True, "Dana")
    page.say("Hi")
    assert Conversation.objects.get().customer == dana
    assert ContactPoint.objects.get(kind="visitor").proof == "signed_in"
    page.close()
    foreign = client.get("/chat/frame/web/", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.context["frame"]["identity"] == ""


def test_what_is_signed_for_one_inbox_is_nothing_in_another():
    claims = {"id": "1", "exp": 2_000_000_000}
    ours = sign_identity(claims, secret=own_secret("web"))
    assert read_identity(ours, inbox_key="web", secret="", now=1_999_999_999).is_own
    with pytest.raises(BadIdentity):
        read_identity(ours, inbox_key="other", secret="", now=1_999_999_999)
