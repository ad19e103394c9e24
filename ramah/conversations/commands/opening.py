"""Conversations that the shop begins: the mails on an order, an alert. They are answered like any other.

One conversation holds all that is said to a customer about one thing (`about`) by one inbox, so an answer to any of these mails
lands beside the order. It is resolved from the start: nobody waits in it until the customer speaks.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ramah.conversations.commands.rows import locked, preview_of
from ramah.conversations.commands.writing import Written, save_written, thread_ids, written_message
from ramah.conversations.events import AutomaticMessagePosted
from ramah.conversations.models import Conversation, Inbox, Message, MessageDelivery, Participant
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel.events import publish

Status = Conversation.Status
# RFC 3834: not an answer to anything. Bounces are wanted, absence notes are not.
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
MOST_SUBJECT = 250


def open_conversation(
    *,
    inbox: Inbox,
    contact_point: ContactPoint,
    subject: str,
    text: str,
    html: str,
    language: str,
    about: str,
    purpose: str,
    at: datetime,
    customer_id: int | None = None,
    headers: Mapping[str, str] | None = None,
    sealed: Mapping[str, str] | None = None,
) -> Message:
    """Write to a customer as the shop, in text and HTML, about a thing (`order:12`); a worker sends it.

    It joins the customer's conversation of this inbox about the same thing, or begins one, resolved. The same `purpose` (at most
    64 characters) is said once in it: a second time the first message is returned. `customer_id` says whose conversation it is
    where the address is (also) somebody else's. `sealed` holds what stands in the text for everybody who reads the conversation,
    and what the mail says in its place: a link that proves the mailbox, an address in full. Mail to an address that has bounced
    for good is kept as not sent, to be seen.
    """
    with transaction.atomic():
        # Whoever writes to this customer now waits here, so that two do not begin the same conversation.
        customer = Customer.objects.select_for_update(of=("self",), no_key=True).get(
            pk=customer_id or contact_point.customer_id
        )
        subject = _one_line(subject)
        conversation = _standing(customer, inbox, about)
        earlier = conversation and Message.objects.filter(conversation=conversation, client_id=purpose).first()
        if earlier:
            return earlier
        if conversation is None:
            conversation = _begin(customer, inbox, subject, about=about, language=language, at=at)
        elif conversation.status == Status.RESOLVED:
            conversation.last_message_at, conversation.preview = at, preview_of(text)
            conversation.save(update_fields=["last_message_at", "preview"])
        Participant.objects.get_or_create(
            conversation=conversation, address=contact_point.value, defaults={"contact_point": contact_point}
        )
        written = _written(
            conversation, contact_point, subject=subject, text=text, language=language, purpose=purpose, at=at
        )
        written.message.html = html
        written.message.detail = {"sealed": dict(sealed)} if sealed else {}
        written.delivery.headers |= dict(headers or {})
        _hold_back_bounced(written, contact_point, at=at)
        save_written([written])
        message = written.message
        publish(AutomaticMessagePosted(conversation.pk, message.pk, purpose), subject=f"conversation:{conversation.pk}")
        return message


def _standing(customer: Customer, inbox: Inbox, about: str) -> Conversation | None:
    """The first conversation about the thing, or what it was merged into."""
    if not about:
        return None
    rows = Conversation.objects.filter(about=about, customer=customer, inbox=inbox).exclude(status=Status.SPAM)
    found = rows.select_related("merged_into").order_by("id").first()
    return locked(found.merged_into or found) if found is not None else None


def _begin(customer: Customer, inbox: Inbox, subject: str, *, about: str, language: str, at: datetime) -> Conversation:
    return Conversation.objects.create(
        inbox=inbox,
        customer=customer,
        subject=subject,
        about=about,
        status=Status.RESOLVED,
        resolved_at=at,
        language=language,
        last_message_at=at,
        preview=preview_of(subject),
        is_unread=False,
        created_at=at,
    )


def _written(
    conversation: Conversation,
    contact_point: ContactPoint,
    *,
    subject: str,
    text: str,
    language: str,
    purpose: str,
    at: datetime,
) -> Written:
    written = written_message(
        conversation,
        text=text,
        to=[contact_point.value],
        cc=[],
        client_id=purpose,
        author=Message.Author.SYSTEM,
        answers=[],
        headers=dict(AUTOMATIC),
        language=language,
        at=at,
    )
    written.message.subject = subject
    # Mail programs put it with the others, but it answers none of them: no In-Reply-To, and its own subject.
    if references := thread_ids(conversation):
        written.delivery.headers["References"] = " ".join(references)
    return written


def _hold_back_bounced(written: Written, contact_point: ContactPoint, *, at: datetime) -> None:
    if contact_point.bounced_at is None:
        return
    delivery = written.delivery
    delivery.state, delivery.error = MessageDelivery.State.FAILED, contact_point.bounce_reason or "bounced"
    delivery.ended_at, delivery.next_attempt_at = at, None


def _one_line(subject: str) -> str:
    return " ".join(subject.split())[:MOST_SUBJECT]
