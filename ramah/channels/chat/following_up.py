"""What becomes of chats when the visitor has left: answers go by mail, places are given up, the anonymous are forgotten."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from ramah.channels.chat.models import ChatSettings, ChatVisitor
from ramah.channels.chat.queries import CHANNEL, HERE
from ramah.channels.commands import erase_raw
from ramah.channels.models import IntakeItem
from ramah.conversations.commands import delivering
from ramah.conversations.commands.erasing import erase_threads
from ramah.conversations.models import Message, MessageDelivery
from ramah.conversations.queries import inbox_speaking
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint
from ramah.desk.commands.queueing import leave_queue
from ramah.desk.models import Waiting

UNREAD_FOR = timedelta(minutes=2)
MAILED_WITHIN = timedelta(days=7)
LEFT_FOR = timedelta(seconds=60)
SILENT_VISITORS_KEPT = timedelta(days=30)
_WAITS = (Waiting.State.WAITING, Waiting.State.OFFERED)


def mail_unread(*, at: datetime, limit: int = 50) -> int:
    """Send by mail what agents have said to visitors who left without reading it, where an address is known. Returns how many.

    The same message and delivery, another way: read later in the chat, it is the same line. The answer by mail finds the thread
    by the token in its address.
    """
    unread = _unread(at=at).filter(message__conversation=OuterRef("conversation"), message__pk__gt=OuterRef("read_id"))
    gone = ChatVisitor.objects.filter(seen_at__lte=at - UNREAD_FOR, seen_at__gt=at - MAILED_WITHIN)
    waiting = gone.filter(~Q(email=""), conversation__isnull=False).filter(Exists(unread)).select_related("inbox")
    sent = 0
    for visitor in waiting.order_by("seen_at")[:limit]:
        sent += _mail_to(visitor, at=at)
    return sent


def _unread(*, at: datetime) -> QuerySet[MessageDelivery]:
    return MessageDelivery.objects.filter(
        inbox__channel=CHANNEL,
        state=MessageDelivery.State.SENT,
        message__author=Message.Author.AGENT,
        message__created_at__lte=at - UNREAD_FOR,
        message__created_at__gt=at - MAILED_WITHIN,
    )


def _mail_to(visitor: ChatVisitor, *, at: datetime) -> int:
    inbox = inbox_speaking(visitor.language or visitor.inbox.language)
    bounced = ContactPoint.objects.filter(kind=ContactPoint.Kind.EMAIL, value=visitor.email, bounced_at__isnull=False)
    if inbox is None or bounced.exists():
        return 0
    rows = _unread(at=at).filter(message__conversation=visitor.conversation_id, message__pk__gt=visitor.read_id)
    deliveries = rows.select_related("message").order_by("pk")[:20]
    return sum(
        delivering.send_by(delivery, inbox=inbox, address=visitor.email, headers={}, at=at) for delivery in deliveries
    )


def free_places(*, at: datetime, limit: int = 50) -> int:
    """Whoever has closed the page and stays away for a minute waits no more: their chat is a message. Returns how many."""
    waits = Waiting.objects.filter(state__in=_WAITS, since__lte=at - LEFT_FOR, conversation__inbox__channel=CHANNEL)
    visitors = ChatVisitor.objects.filter(conversation=OuterRef("conversation"))
    gone = Exists(visitors.filter(Q(seen_at__lte=at - LEFT_FOR, is_connected=False) | Q(seen_at__lte=at - HERE)))
    there = Exists(visitors.filter(seen_at__gt=at - HERE, is_connected=True))
    rows = waits.filter(gone).exclude(there).select_related("conversation__inbox")
    return sum(bool(leave_queue(conversation=wait.conversation, at=at)) for wait in rows[:limit])


def forget_visitors(*, at: datetime, limit: int = 50) -> int:
    """Forget visitors of anonymous inboxes, with what was said, and everybody who never said anything. Returns how many."""
    done = 0
    for settings in ChatSettings.objects.filter(is_anonymous=True):
        since = at - timedelta(days=settings.forget_days)
        rows = ChatVisitor.objects.filter(inbox=settings.inbox_id, seen_at__lte=since)
        quiet = rows.filter(Q(conversation=None) | Q(conversation__last_message_at__lte=since))
        for visitor in quiet.select_related("contact_point").order_by("seen_at")[:limit]:
            forget_visitor(visitor)
            done += 1
    silent = ChatVisitor.objects.filter(contact_point=None, conversation=None, seen_at__lte=at - SILENT_VISITORS_KEPT)
    keys = list(silent.values_list("pk", flat=True)[:limit])
    if keys:
        ChatVisitor.objects.filter(pk__in=keys, conversation=None).delete()
    return done + len(keys)


def forget_visitor(visitor: ChatVisitor) -> None:
    """Forget the visitor and what was said. The thread of one to whom an agent has given other addresses stays."""
    point = visitor.contact_point
    with transaction.atomic():
        if point is not None:
            others = ContactPoint.objects.filter(customer=point.customer_id).exclude(kind=ContactPoint.Kind.VISITOR)
            if not others.exists():
                erase_threads(point.customer_id)
                erase_raw(point.customer_id)
                customers.erase_customer(customer_id=point.customer_id)
        unread = IntakeItem.objects.filter(inbox=visitor.inbox_id, envelope__visitor=visitor.public_id)
        unread.exclude(state=IntakeItem.State.ACCEPTED).update(raw=b"", error="")
        visitor.delete()


def erase_visitors(customer_id: int) -> None:
    """Forget the browsers of a customer; the tokens that they keep open nothing any more."""
    ChatVisitor.objects.filter(contact_point__customer=customer_id).delete()
