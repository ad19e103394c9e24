"""Conversations that the shop begins: the mails on an order, an alert, a notice. They are answered like any other.

One conversation holds all that is said to a customer about one thing (`about`) by one inbox, so an answer to any of these lands
beside the order. It is resolved from the start: nobody waits in it until the customer speaks.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from ramah.conversations.commands.outlets import TEXT, outlet_of
from ramah.conversations.commands.rows import locked, preview_of
from ramah.conversations.commands.sealing import seal
from ramah.conversations.commands.writing import Written, save_written, thread_ids, written_message
from ramah.conversations.events import AutomaticMessagePosted
from ramah.conversations.holding import held_until
from ramah.conversations.models import Conversation, Inbox, Message, MessageDelivery, Participant
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel.events import publish

Status = Conversation.Status
# RFC 3834: not an answer to anything. Bounces are wanted, absence notes are not.
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
MOST_SUBJECT = 250
LONGEST_PURPOSE = 64
_HEADER = re.compile(r"[!-9;-~]+")


class BadHeader(ValueError):
    """A further header is named twice, or could begin another one. Carries its name."""


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
    prepared: Mapping[str, object] | None = None,
    detail: Mapping[str, object] | None = None,
    hold: Mapping[str, str] | None = None,
) -> Message:
    """Write to a customer as the shop about a thing (`order:12`), by an inbox of any channel; a worker sends it.

    It joins a conversation of the customer with this inbox: one about the same thing, best one that is going on; where the
    channel has no threads, whatever is going on there. Without any it begins one, resolved. The same `purpose` (at most 64
    characters) about the same thing is said once by an inbox: a second time the first message is returned. `customer_id` says
    whose conversation it is where the address is (also) somebody else's.

    `html` and `headers` (`List-Unsubscribe`) are for mail. `sealed` holds what stands in the text for everybody who reads the
    conversation, and what the addressee reads in its place: a link that proves the mailbox, an address in full. `prepared` is
    what the channel sends in place of free words, as `prepare_announcement` gave it. `detail` goes into `Message.detail`. `hold`
    are the quiet hours, see `holding`: what falls into them is handed over at their end. What is for an address from which mail
    came back for good is kept as not sent, to be seen. Raises `BadHeader`, `BadHold`.
    """
    told = dict(prepared or {})
    text = str(told.pop(TEXT, text))
    with transaction.atomic():
        # Whoever writes to this customer now waits here, so that two do not begin the same conversation.
        customer = Customer.objects.select_for_update(of=("self",), no_key=True).get(
            pk=customer_id or contact_point.customer_id
        )
        subject = _one_line(subject)
        earlier = _said_before(customer, inbox, about, purpose)
        if earlier:
            return earlier
        conversation = _standing(customer, inbox, contact_point, about)
        if conversation is None:
            conversation = _begin(customer, inbox, subject, about=about, language=language, at=at)
        elif conversation.status == Status.RESOLVED:
            conversation.last_message_at, conversation.preview = at, preview_of(text)
            conversation.save(update_fields=["last_message_at", "preview"])
        Participant.objects.get_or_create(
            conversation=conversation, address=contact_point.value, defaults={"contact_point": contact_point}
        )
        is_home = (conversation.about, conversation.inbox_id) == (about, inbox.pk)
        written = written_message(
            conversation,
            inbox=inbox,
            text=text,
            to=[contact_point.value],
            cc=[],
            client_id=purpose if is_home else _name_elsewhere(inbox, about, purpose),
            author=Message.Author.SYSTEM,
            answers=[],
            headers=told,
            language=language,
            at=at,
        )
        message = written.message
        message.subject = subject
        message.detail = {**(detail or {}), **told, **seal(sealed or {}, address=contact_point.value)}
        if outlet_of(inbox.channel).has_threads:
            message.html = html
            written.delivery.headers |= _mail_headers(conversation, headers or {})
        _hold_back(written.delivery, hold, at=at)
        _hold_back_bounced(written, contact_point, at=at)
        save_written([written])
        publish(AutomaticMessagePosted(conversation.pk, message.pk, purpose), subject=f"conversation:{conversation.pk}")
        return message


def _said_before(customer: Customer, inbox: Inbox, about: str, purpose: str) -> Message | None:
    elsewhere = _name_elsewhere(inbox, about, purpose)
    here = Q(conversation__inbox=inbox, conversation__about=about, client_id=purpose) | Q(client_id=elsewhere)
    rows = Message.objects.filter(here, client_id__in=[purpose, elsewhere], conversation__customer=customer)
    return rows.order_by("id").first()


def _name_elsewhere(inbox: Inbox, about: str, purpose: str) -> str:
    """The purpose as it is kept in a conversation about something else, where others may have said the like of their thing."""
    name = f"{inbox.pk}:{about}:{purpose}"
    return name if len(name) <= LONGEST_PURPOSE else sha256(name.encode()).hexdigest()


def _standing(customer: Customer, inbox: Inbox, contact_point: ContactPoint, about: str) -> Conversation | None:
    """The conversation to join, or what it was merged into."""
    rows = Conversation.objects.filter(customer=customer, inbox=inbox).exclude(status=Status.SPAM)
    same = rows.filter(about=about).select_related("merged_into").order_by("id") if about else []
    about_it = [row.merged_into or row for row in same]
    if outlet_of(inbox.channel).has_threads:
        going_on = [row for row in about_it if row.status != Status.RESOLVED]
    else:
        # The customer's next words go on in the newest one, whatever it is about: an agent who waits for them is there.
        spoke = Exists(Message.objects.filter(conversation=OuterRef("pk"), contact_point=contact_point))
        unresolved = rows.filter(merged_into=None).exclude(status=Status.RESOLVED).annotate(spoke=spoke)
        going_on = list(unresolved.order_by("spoke", "last_message_at", "id"))
    found = going_on[-1:] or about_it[:1]
    return locked(found[0]) if found else None


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


def _mail_headers(conversation: Conversation, further: Mapping[str, str]) -> dict[str, str]:
    """What a mail that nobody asked for says beside what it has to say."""
    headers = dict(AUTOMATIC)
    # Mail programs put it with the others, but it answers none of them: no In-Reply-To, and its own subject.
    if references := thread_ids(conversation):
        headers["References"] = " ".join(references)
    own = {name.lower(): name for name in headers}
    given: set[str] = set()
    for name, value in further.items():
        if name.lower() in given or not _HEADER.fullmatch(name) or not value.isprintable():
            raise BadHeader(name[:80])
        given.add(name.lower())
        headers.pop(own.get(name.lower(), ""), None)
        headers[name] = value
    return headers


def _hold_back(delivery: MessageDelivery, hold: Mapping[str, str] | None, *, at: datetime) -> None:
    end = held_until(hold, at)
    delivery.hold = dict(hold) if hold is not None else None
    if end is not None and delivery.next_attempt_at is not None:
        delivery.next_attempt_at = end


def _hold_back_bounced(written: Written, contact_point: ContactPoint, *, at: datetime) -> None:
    if contact_point.bounced_at is None:
        return
    delivery = written.delivery
    delivery.state, delivery.error = MessageDelivery.State.FAILED, contact_point.bounce_reason or "bounced"
    delivery.ended_at, delivery.next_attempt_at = at, None


def _one_line(subject: str) -> str:
    return " ".join(subject.split())[:MOST_SUBJECT]
