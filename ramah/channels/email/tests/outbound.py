"""An outgoing message as an agent's reply leaves it."""

from itertools import count

from ramah.channels.email.tests.conftest import AT
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.customers.testing import make_customer

_numbers = count(1)


def make_delivery(
    inbox, *, text="Halo Dana", to=("dana@mail.example",), cc=(), headers=None, subject="Pesanan", **more
):
    """A queued delivery, due at once."""
    number = next(_numbers)
    conversation = Conversation.objects.create(
        inbox=inbox, customer=make_customer(), subject=subject, last_message_at=AT, created_at=AT
    )
    message = Message.objects.create(
        conversation=conversation,
        kind="message",
        author="agent",
        author_name=more.pop("author_name", "Ben"),
        text=text,
        subject=subject,
        to=list(to),
        cc=list(cc),
        language=more.pop("language", "id"),
        created_at=AT,
    )
    return MessageDelivery.objects.create(
        message=message,
        inbox=inbox,
        external_id=more.pop("external_id", f"<01jq.{number}.r{conversation.pk}@shop.example>"),
        recipients=[*to, *cc],
        headers=headers or {},
        next_attempt_at=AT,
        created_at=AT,
        **more,
    )
