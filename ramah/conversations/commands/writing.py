"""What every outgoing message is made of: the message, its delivery, and the id by which replies find it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ramah.conversations.models import Conversation, ExternalId, Message, MessageDelivery
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
    """Ids of the thread's newest messages, oldest first. Ids kept under a name of their own are not sent."""
    known = ExternalId.objects.filter(message__conversation=conversation, is_expected=False).order_by("-id")
    return [value for value in known.values_list("value", flat=True)[:MOST_REFERENCES] if "#" not in value][::-1]


def written_message(
    conversation: Conversation,
    *,
    text: str,
    to: list[str],
    cc: list[str],
    client_id: str | None,
    author: str,
    answers: list[str],
    headers: dict[str, str],
    language: str,
    at: datetime,
    agent_id: int | None = None,
    author_name: str = "",
) -> Written:
    """A message that answers the messages with the ids `answers`, the nearest last; none: it answers nothing."""
    message = Message(
        conversation=conversation,
        kind=Message.Kind.MESSAGE,
        author=author,
        agent_id=agent_id,
        author_name=author_name,
        text=text,
        subject=conversation.subject,
        language=language,
        to=to,
        cc=cc,
        client_id=client_id,
        created_at=at,
    )
    threading = {"In-Reply-To": answers[-1], "References": " ".join(answers)} if answers else {}
    external_id = f"<{new_public_id()}.r{conversation.pk}@{conversation.inbox.address.rpartition('@')[2]}>"
    delivery = MessageDelivery(
        message=message,
        inbox=conversation.inbox,
        external_id=external_id,
        recipients=[*to, *cc],
        headers={**threading, **headers},
        next_attempt_at=at,
        created_at=at,
    )
    return Written(message, delivery, ExternalId(message=message, value=external_id))


def save_written(written: Sequence[Written]) -> None:
    """Store messages and their deliveries; a worker sends them once the transaction stands."""
    Message.objects.bulk_create([one.message for one in written])
    MessageDelivery.objects.bulk_create([one.delivery for one in written])
    ExternalId.objects.bulk_create([one.external_id for one in written])
    transaction.on_commit(published.set)  # who sends need not wait for the next look
