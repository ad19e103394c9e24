"""Factories for tests of other apps: inboxes, conversations and what is said in them.

Rows are written as they would stand after the commands; tests of behavior call the commands themselves.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from ramah.accounts.models import Agent, Team
from ramah.conversations.commands.filing import File, store_files
from ramah.conversations.commands.opening import open_conversation
from ramah.conversations.commands.outlets import Announcement, prepare_announcement
from ramah.conversations.models import Attachment, Conversation, Inbox, Message, MessageDelivery
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.testing import make_customer
from ramah.kernel import clock

_numbers = count(1)


def make_inbox(key: str = "", *, name: str = "Shop", teams: Iterable[Team] = (), **fields: Any) -> Inbox:
    """An e-mail inbox that the teams work in; without a key, one of its own."""
    key = key or f"inbox-{next(_numbers)}"
    fields = {"address": f"{key}@shop.example", "created_at": clock.now(), **fields}
    inbox = Inbox.objects.create(key=key, name=name, **fields)
    inbox.teams.set(teams)
    return inbox


def make_conversation(
    inbox: Inbox | None = None,
    *,
    customer: Customer | None = None,
    subject: str = "Where is my parcel?",
    text: str = "It should have been here on Tuesday.",
    status: str = Conversation.Status.OPEN,
    at: datetime | None = None,
    **fields: Any,
) -> Conversation:
    """A conversation that its customer opened with one message; `text` empty: without any."""
    at = at or clock.now()
    customer = customer or make_customer("Dana", email=f"dana.{next(_numbers)}@mail.example")
    conversation = Conversation.objects.create(
        inbox=inbox or make_inbox(),
        customer=customer,
        subject=subject,
        status=status,
        preview=text[:160],
        language=customer.language,
        created_at=at,
        **{
            "last_message_at": at,
            "last_customer_message_at": at,
            "snoozed_until": at + timedelta(days=1) if status == Conversation.Status.SNOOZED else None,
            "resolved_at": at if status == Conversation.Status.RESOLVED else None,
            **fields,
        },
    )
    if text:
        make_message(conversation, text, at=at)
    return conversation


def make_message(
    conversation: Conversation,
    text: str = "Thank you.",
    *,
    author: str = Message.Author.CUSTOMER,
    agent: Agent | None = None,
    kind: str = Message.Kind.MESSAGE,
    at: datetime | None = None,
    **fields: Any,
) -> Message:
    """A line of the thread; a customer's comes from the first contact point, an agent's message has a delivery that was sent."""
    at = at or clock.now()
    author = Message.Author.AGENT if agent else author
    from_customer = author == Message.Author.CUSTOMER
    point = ContactPoint.objects.filter(customer=conversation.customer_id).first() if from_customer else None
    message = Message.objects.create(
        conversation=conversation,
        kind=kind,
        author=author,
        agent=agent,
        contact_point=point,
        text=text,
        created_at=at,
        **{
            "author_name": agent.name if agent else conversation.customer.name,
            "language": conversation.language if from_customer else "",
            **fields,
        },
    )
    if agent and kind == Message.Kind.MESSAGE:
        make_delivery(message, state=MessageDelivery.State.SENT, at=at)
    return message


def make_delivery(
    message: Message, *, state: str = "failed", error: str = "", at: datetime | None = None
) -> MessageDelivery:
    """The delivery of an outgoing message in some state."""
    at = at or datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    return MessageDelivery.objects.create(
        message=message,
        inbox=message.conversation.inbox,
        state=state,
        error=error,
        external_id=f"<{next(_numbers)}.{message.public_id}@shop.example>",
        recipients=message.to,
        next_attempt_at=at if state == MessageDelivery.State.QUEUED else None,
        ended_at=at if state in (MessageDelivery.State.SENT, MessageDelivery.State.FAILED) else None,
        created_at=at,
    )


def make_attachment(
    message: Message, filename: str = "photo.png", content: bytes = b"", claimed: str = ""
) -> Attachment:
    """A file of a message, stored and typed by its bytes as commands do."""
    return store_files(message, [File(filename, claimed, content)], at=message.created_at)[0]


def announce_to(
    inbox: Inbox,
    contact_point: ContactPoint,
    text: str = "Your parcel comes a day later.",
    *,
    kind: str = "at_risk",
    values: Mapping[str, str] | None = None,
    language: str = "en",
    is_promotion: bool = False,
    purpose: str = "notice:1",
    about: str = "order:12",
    at: datetime | None = None,
    **fields: Any,
) -> Message:
    """Say something unasked, as whoever sends notices does: prepared by the channel, then written. Raises `NotPossible`."""
    at = at or clock.now()
    announcement = Announcement(kind, language, values or {}, is_promotion, text)
    return open_conversation(
        inbox=inbox,
        contact_point=contact_point,
        subject="Your parcel",
        text=text,
        html=f"<p>{text}</p>",
        language=language,
        about=about,
        purpose=purpose,
        prepared=prepare_announcement(inbox=inbox, contact_point=contact_point, announcement=announcement, at=at),
        at=at,
        **fields,
    )
