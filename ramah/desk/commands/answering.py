"""Sending what an agent wrote: the message, what becomes of the conversation with it, and the end of the draft, together."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ramah.accounts.queries import AgentActor
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.organizing import set_status
from ramah.conversations.commands.replying import add_note, post_reply
from ramah.conversations.models import Conversation, Message
from ramah.desk.commands import queueing
from ramah.desk.commands.drafting import forget_draft


def answer(
    *,
    actor: AgentActor,
    conversation: Conversation,
    text: str,
    cc: Sequence[str] = (),
    files: Sequence[File] = (),
    answers: Sequence[str] = (),
    client_id: str,
    seen: int | None,
    then: str = "",
    at: datetime,
) -> Message:
    """Answer the customer and, with `then`, resolve the conversation or let it wait for the customer.

    Whoever answers a customer who waits in the queue has taken them on.

    Raises what `post_reply` raises; then nothing was sent, nothing changed, and the draft stays.
    """
    with transaction.atomic():
        message = post_reply(
            actor=actor,
            conversation=conversation,
            text=text,
            cc=cc,
            files=files,
            answers=answers,
            client_id=client_id,
            seen=seen,
            at=at,
        )
        queueing.answer_wait(actor=actor, conversation=conversation, at=at)
        if then:
            set_status(actor=actor, conversation=conversation, status=then, at=at)
        forget_draft(actor=actor, conversation=conversation)
        return message


def jot(*, actor: AgentActor, conversation: Conversation, text: str, client_id: str, at: datetime) -> Message:
    """Write a private note. Raises what `add_note` raises; then the draft stays."""
    with transaction.atomic():
        note = add_note(actor=actor, conversation=conversation, text=text, client_id=client_id, at=at)
        forget_draft(actor=actor, conversation=conversation)
        return note
