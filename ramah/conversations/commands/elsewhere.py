"""What the shop said to a customer past Ramah, such as in the app of the provider: the thread shows it, marked so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.receiving import Received
from ramah.conversations.commands.rows import locked, preview_of
from ramah.conversations.events import ReplyPosted
from ramah.conversations.models import Conversation, ExternalId, Inbox, Message, MessageDelivery
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel.events import publish

ELSEWHERE = "elsewhere"  # in `Message.detail`


@dataclass(frozen=True, slots=True)
class SaidElsewhere:
    """A message of the shop that went out another way, as the provider tells of it; `external_id` is its id there."""

    inbox: Inbox
    recipient: ContactPoint
    external_id: str
    text: str = ""
    gist: str = ""
    sent_at: datetime | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


def store_said_elsewhere(said: SaidElsewhere, *, at: datetime) -> Received:
    """Put it into the customer's newest conversation of the inbox, or begin one, resolved. It counts as an answer.

    The same message again changes nothing.
    """
    with transaction.atomic():
        # Whoever else begins a conversation with this customer now waits here.
        Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=said.recipient.customer_id)
        known = ExternalId.objects.select_related("message__conversation").filter(value=said.external_id).first()
        if known is not None and not known.is_expected:
            return Received(known.message.conversation, known.message, said.external_id, duplicate=True)
        conversation = _newest(said) or _begun(said, at=at)
        message = Message.objects.create(
            conversation=conversation,
            kind=Message.Kind.MESSAGE,
            author=Message.Author.AGENT,
            author_name=said.inbox.name,
            text=said.text,
            language=conversation.language,
            to=[said.recipient.value],
            inbox=said.inbox if said.inbox.pk != conversation.inbox_id else None,
            sent_at=said.sent_at,
            detail={**said.detail, ELSEWHERE: True},
            created_at=at,
        )
        MessageDelivery.objects.create(
            message=message,
            inbox=said.inbox,
            state=MessageDelivery.State.SENT,
            external_id=said.external_id,
            recipients=[said.recipient.value],
            ended_at=said.sent_at or at,
            created_at=at,
        )
        # An answer to it may have come before it.
        ExternalId.objects.update_or_create(
            value=said.external_id, defaults={"message": message, "is_expected": False, "digest": ""}
        )
        conversation.last_message_at, conversation.is_unread = at, False
        conversation.preview = preview_of(said.text or said.gist)
        conversation.save(update_fields=["last_message_at", "is_unread", "preview"])
        tell_pages(conversation, message.pk)
        publish(ReplyPosted(conversation.pk, message.pk, None), subject=f"conversation:{conversation.pk}")
        return Received(conversation, message, said.external_id)


def _newest(said: SaidElsewhere) -> Conversation | None:
    rows = Conversation.objects.filter(customer=said.recipient.customer_id, inbox=said.inbox, merged_into=None)
    found = rows.order_by("-last_message_at", "-id").first()
    return locked(found) if found is not None else None


def _begun(said: SaidElsewhere, *, at: datetime) -> Conversation:
    return Conversation.objects.create(
        inbox=said.inbox,
        customer_id=said.recipient.customer_id,
        status=Conversation.Status.RESOLVED,
        resolved_at=at,
        language=said.inbox.language,
        last_message_at=at,
        is_unread=False,
        created_at=at,
    )
