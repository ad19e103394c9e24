"""What every outgoing message is made of: the message, its delivery, and the id by which replies find it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.outlets import outlet_of
from ramah.conversations.models import Conversation, ExternalId, Inbox, Message, MessageDelivery
from ramah.kernel.events import published
from ramah.kernel.ids import new_public_id

MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Written:
    """An outgoing message with what goes with it, not saved."""

    message: Message
    delivery: MessageDelivery
    external_id: ExternalId


def thread_ids(conversation: Conversation) -> list[str]:
    """Message-IDs of the thread's newest mails, oldest first."""
    known = ExternalId.objects.filter(message__conversation=conversation, is_expected=False).order_by("-id")
    return [value for value in known.values_list("value", flat=True)[:MOST_REFERENCES] if is_message_id(value)][::-1]


def is_message_id(external_id: str) -> bool:
    """Whether mails may refer to it: not the id of another channel, nor one kept under a name of our own."""
    return external_id.startswith("<") and "#" not in external_id


def written_message(
    conversation: Conversation,
    *,
    text: str,
    to: list[str],
    cc: list[str],
    client_id: str | None,
    author: str,
    answers: list[str],
    headers: Mapping[str, object],
    language: str,
    at: datetime,
    agent_id: int | None = None,
    author_name: str = "",
    inbox: Inbox | None = None,
) -> Written:
    """A message that answers the messages with the ids `answers`, the nearest last; none: it answers nothing.

    It goes by `inbox`, where that is another than the conversation's.
    """
    inbox = inbox or conversation.inbox
    message = Message(
        conversation=conversation,
        kind=Message.Kind.MESSAGE,
        author=author,
        agent_id=agent_id,
        author_name=author_name,
        text=text,
        inbox=inbox if inbox.pk != conversation.inbox_id else None,
        subject=conversation.subject,
        language=language,
        to=to,
        cc=cc,
        client_id=client_id,
        created_at=at,
    )
    threading = {"In-Reply-To": answers[-1], "References": " ".join(answers)} if answers else {}
    external_id = f"<{new_public_id()}.r{conversation.pk}@{inbox.address.rpartition('@')[2].replace(':', '.')}>"
    is_there = outlet_of(inbox.channel).is_read_here
    delivery = MessageDelivery(
        message=message,
        inbox=inbox,
        state=MessageDelivery.State.SENT if is_there else MessageDelivery.State.QUEUED,
        ended_at=at if is_there else None,
        external_id=external_id,
        recipients=[*to, *cc],
        headers={**threading, **headers},
        next_attempt_at=None if is_there else at,
        created_at=at,
    )
    return Written(message, delivery, ExternalId(message=message, value=external_id))


def save_written(written: Sequence[Written]) -> None:
    """Store messages and their deliveries; a worker sends them once the transaction stands."""
    Message.objects.bulk_create([one.message for one in written])
    MessageDelivery.objects.bulk_create([one.delivery for one in written])
    ExternalId.objects.bulk_create([one.external_id for one in written])
    for one in written:
        tell_pages(one.message.conversation, one.message.pk)
    transaction.on_commit(published.set)  # who sends need not wait for the next look
