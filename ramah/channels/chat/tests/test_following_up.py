"""When the visitor has left: answers by mail, places given up, the anonymous forgotten. And who is received how."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent, make_team
from ramah.channels.chat import following_up, visiting
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.saying import Saying, say
from ramah.channels.chat.testing import make_chat_inbox
from ramah.channels.chat.tokens import digest_of
from ramah.channels.email.composing import compose
from ramah.channels.models import IntakeItem
from ramah.conversations.commands.organizing import set_status
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers.commands import meet_customer
from ramah.customers.models import ContactPoint, Customer
from ramah.desk.models import Presence, SLAPolicy, Waiting
from ramah.kernel import clock, outbox
from ramah.kernel.personal_data import personal_data_holders

pytestmark = pytest.mark.django_db(transaction=True)


def visit(inbox, text="Hello", *, at=None, **fields):
    """A visitor who has said something; they sit there unless told otherwise."""
    at = at or clock.now()
    fields = {"is_connected": True, "seen_at": at, "language": "en", **fields}
    visitor = ChatVisitor.objects.create(
        inbox=inbox, token_digest=digest_of(str(ChatVisitor.objects.count())), created_at=at, **fields
    )
    if text:
        speak(visitor, text)
    visitor.refresh_from_db()
    return visitor


def speak(visitor, text, client_id="client-00001"):
    return say(Saying(visitor.pk, visitor.inbox_id, visitor.public_id, client_id, text, clock.now()))


def reply(visitor, text, agent, *, at):
    return post_reply(actor=actor_of_agent(agent), conversation=visitor.conversation, text=text, at=at)


def events():
    while outbox.dispatch_batch(at=clock.now()):
        pass


@pytest.fixture
def care():
    return make_team("Care")


@pytest.fixture
def ben(care):
    return make_agent(name="Ben", teams=[care])


@pytest.fixture
def chat(care):
    return make_chat_inbox("web", teams=[care], settings={})


def online(agent):
    Presence.objects.create(agent=agent, chosen="online", heard_at=clock.now(), changed_at=clock.now())


def test_an_unread_answer_goes_by_mail_and_the_reply_comes_back_here(chat, ben):
    mail, now = make_inbox("mail"), clock.now()
    visitor = visit(chat, email="dana@mail.example")
    read = reply(visitor, "Read already", ben, at=now - timedelta(minutes=4))
    visiting.read_up_to(visitor_id=visitor.pk, upto=read.pk, at=now)
    answered = reply(visitor, "Here is your answer", ben, at=now - timedelta(minutes=3))
    fresh = reply(visitor, "Just now", ben, at=now)
    ChatVisitor.objects.update(is_connected=False, seen_at=now - timedelta(minutes=3))

    assert following_up.mail_unread(at=now) == 1
    assert following_up.mail_unread(at=now) == 0

    delivery = MessageDelivery.objects.get(message=answered)
    assert (delivery.inbox, delivery.state, delivery.recipients) == (mail, "queued", ["dana@mail.example"])
    assert MessageDelivery.objects.get(message=fresh).inbox == chat
    composed = compose(delivery)
    assert composed["To"] == "dana@mail.example"
    assert "Here is your answer" in composed.as_string()
    assert f"r{visitor.conversation_id}" in composed["Message-ID"]
    assert ":" not in composed["Message-ID"]

    point = meet_customer(kind="email", value="dana@mail.example", at=now)
    received = receive_message(
        InboundMessage(mail, point, "<1@mail.example>", "d", text="Thank you", thread=visitor.conversation_id), at=now
    )
    assert received.conversation.pk == visitor.conversation_id
    answer = reply(visitor, "You are welcome", ben, at=now)
    assert (answer.delivery.inbox, answer.delivery.recipients) == (mail, ["dana@mail.example"])
    speak(visitor, "Back in the chat", "client-00002")
    assert reply(visitor, "Good", ben, at=now).delivery.inbox == chat


@pytest.mark.parametrize("why", ["here", "no address", "no mail inbox", "bounced", "read"])
def test_what_is_not_mailed(chat, ben, why):
    now = clock.now()
    if why != "no mail inbox":
        make_inbox("mail")
    visitor = visit(chat, email="" if why == "no address" else "dana@mail.example")
    answered = reply(visitor, "Answer", ben, at=now - timedelta(minutes=3))
    if why == "read":
        visiting.read_up_to(visitor_id=visitor.pk, upto=answered.pk, at=now)
    if why == "bounced":
        meet_customer(kind="email", value="dana@mail.example", at=now)
        ContactPoint.objects.filter(kind="email").update(bounced_at=now)
    if why != "here":
        ChatVisitor.objects.update(is_connected=False, seen_at=now - timedelta(minutes=3))

    assert following_up.mail_unread(at=now) == 0
    assert MessageDelivery.objects.get(message=answered).inbox == chat


def test_a_process_that_was_killed_leaves_nobody_behind_for_ever(chat, ben):
    make_inbox("mail")
    now = clock.now()
    visitor = visit(chat, email="dana@mail.example")
    reply(visitor, "Answer", ben, at=now - timedelta(minutes=3))
    ChatVisitor.objects.update(is_connected=True, seen_at=now - timedelta(minutes=3))
    assert following_up.mail_unread(at=now) == 1


def test_the_anonymous_are_forgotten_with_what_was_said(care, ben):
    chat = make_chat_inbox("quiet", teams=[care], settings={"is_anonymous": True, "forget_days": 30})
    now = clock.now()
    old, fresh = visit(chat, "Old secret", seen_at=now), visit(chat, "Fresh words")
    reply(old, "Answer with the secret", ben, at=now)
    ChatVisitor.objects.filter(pk=old.pk).update(seen_at=now - timedelta(days=31))
    Conversation.objects.filter(pk=old.conversation_id).update(last_message_at=now - timedelta(days=31))

    assert following_up.forget_visitors(at=now) == 1

    assert list(ChatVisitor.objects.all()) == [fresh]
    assert not Message.objects.filter(text__contains="ecret").exists()
    assert not any(b"secret" in bytes(item.raw) for item in IntakeItem.objects.all())
    assert Message.objects.filter(text="Fresh words").exists()
    assert not ContactPoint.objects.filter(value=old.public_id).exists()
    assert following_up.forget_visitors(at=now) == 0


def test_who_never_said_anything_is_forgotten_too(chat):
    visit(chat, "", seen_at=clock.now() - timedelta(days=31))
    spoke = visit(chat, "Hello", seen_at=clock.now() - timedelta(days=31))
    assert following_up.forget_visitors(at=clock.now()) == 1
    assert list(ChatVisitor.objects.all()) == [spoke]


def test_personal_data_of_a_visitor(chat):
    visitor = visit(chat, email="dana@mail.example", address="203.0.113.7")
    holder = next(one for one in personal_data_holders() if one.key == "chat")
    customer = Customer.objects.get()

    told = holder.export(customer.pk)
    assert [(one["email"], one["address"]) for one in told] == [("dana@mail.example", "203.0.113.7")]
    holder.erase(customer.pk)
    holder.erase(customer.pk)
    assert not ChatVisitor.objects.filter(pk=visitor.pk).exists()


def test_with_somebody_there_the_visitor_waits_for_them(chat, ben):
    online(ben)
    visitor = visit(chat)
    events()
    events()
    wait = Waiting.objects.get()
    assert (wait.conversation_id, wait.state in ("waiting", "offered")) == (visitor.conversation_id, True)
    assert not Message.objects.filter(author="system", kind="message").exists()


def test_with_nobody_there_they_are_told_when_the_answer_comes(chat, ben):
    SLAPolicy.objects.create(name="All", inbox=chat, first_reply_minutes=60, created_at=clock.now())
    visitor = visit(chat)
    events()
    speak(visitor, "And another thing", "client-00002")
    events()
    told = Message.objects.get(author="system", kind="message")
    assert told.text.startswith("Nobody is free right now.")
    assert "You will have an answer by" in told.text
    assert told.to == [visitor.public_id]
    assert not Waiting.objects.exists()


def test_settings_can_keep_all_chats_as_messages(care, ben):
    chat = make_chat_inbox("later", teams=[care], settings={"is_live": False, "offline_texts": {"en": "Write to us."}})
    online(ben)
    visit(chat)
    events()
    assert not Waiting.objects.exists()
    assert Message.objects.get(author="system", kind="message").text == "Write to us."


def test_writing_in_a_resolved_chat_opens_it_and_waits_again(chat, ben):
    visitor = visit(chat)
    events()
    set_status(actor=actor_of_agent(ben), conversation=visitor.conversation, status="resolved", at=clock.now())
    events()
    online(ben)

    speak(visitor, "One more thing", "client-00002")
    events()

    assert Conversation.objects.get().status == "open"
    assert Waiting.objects.get().state in ("waiting", "offered")


def test_who_has_left_waits_no_more(chat, ben):
    online(ben)
    now = clock.now()
    here, left = visit(chat), visit(chat)
    events()
    Waiting.objects.update(since=now - timedelta(minutes=2))
    ChatVisitor.objects.filter(pk=left.pk).update(is_connected=False, seen_at=now - timedelta(seconds=61))

    assert following_up.free_places(at=now) == 1
    assert following_up.free_places(at=now) == 0

    assert Waiting.objects.get(conversation=left.conversation).state == "left"
    assert Waiting.objects.get(conversation=here.conversation).state in ("waiting", "offered")


def test_what_cannot_be_stored_is_kept_raw_and_acknowledged(chat, monkeypatch):
    from ramah.channels.chat import saying
    from ramah.channels.commands import process_waiting
    from ramah.channels.queries import intake_sum

    visitors = [visit(chat, "") for _ in range(3)]
    real = saying.receive_messages

    def broken(inbounds, *, at):
        if any("poison" in inbound.text for inbound in inbounds):
            raise ValueError("poison")
        return real(inbounds, at=at)

    monkeypatch.setattr(saying, "receive_messages", broken)
    texts = ["fine", "poison", "fine too"]
    said = saying.say_all(
        [
            Saying(visitor.pk, visitor.inbox_id, visitor.public_id, "client-00001", text, clock.now())
            for visitor, text in zip(visitors, texts, strict=True)
        ]
    )

    assert [one.why for one in said] == ["", "", ""]
    assert [bool(one.line) for one in said] == [True, False, True]
    process_waiting(at=clock.now())
    assert IntakeItem.objects.get(state="quarantined").error.endswith("ValueError: poison\n")
    assert intake_sum().closes

    monkeypatch.setattr(saying, "receive_messages", real)
    IntakeItem.objects.filter(state="quarantined").update(state="waiting", next_attempt_at=clock.now())
    process_waiting(at=clock.now())
    assert set(Message.objects.values_list("text", flat=True)) == set(texts)
    assert intake_sum().closes
