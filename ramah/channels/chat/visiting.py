"""Visitors: who comes back by their token, who is signed in, what they tell of themselves, what they have read.

1. A token that is not known opens nothing: its keeper starts anew.
2. Whoever types an e-mail address has claimed it. It is where answers go once they have left, and it opens nothing.
3. A signed identity links the visitor to a customer. From then on the token alone does not do: whoever sits down at the same
   browser after them does not see what they said.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.queries import Widget
from ramah.channels.chat.tokens import BadIdentity, Identity, digest_of, new_token, read_identity
from ramah.conversations.commands import delivering
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint, Customer, Proof
from ramah.kernel.actors import SYSTEM
from ramah.kernel.nudges import nudge

READABLE = (MessageDelivery.State.SENT, MessageDelivery.State.DELIVERED, MessageDelivery.State.QUEUED)


class Forgotten(Exception):
    """The token is not known (any more), or not without the identity that goes with it: the browser starts anew."""


class NotKept(Exception):
    """This inbox keeps no e-mail addresses."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where the visitor is."""

    url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A visitor who is here. `token` is set for a new one; `is_refused`: the identity was not believed."""

    visitor: ChatVisitor
    token: str = ""
    is_refused: bool = False


def come_back(
    *, widget: Widget, token: str, identity: str, language: str, page: Page, is_connected: bool, at: datetime
) -> Arrival:
    """The visitor who keeps `token`. Raises `Forgotten`."""
    told, is_refused = _told(widget, identity, at=at)
    with transaction.atomic():
        rows = ChatVisitor.objects.select_for_update(of=("self",)).select_related("inbox", "contact_point")
        visitor = rows.filter(token_digest=digest_of(token), inbox=widget.inbox).first()
        if visitor is None:
            raise Forgotten
        if visitor.customer_ref and visitor.customer_ref != (_ref(told) if told else ""):
            raise Forgotten
        _link(visitor, told, at=at)
        _note(visitor, language=language, page=page, is_connected=is_connected, at=at)
        visitor.save()
    return Arrival(visitor, is_refused=is_refused)


def begin(
    *,
    widget: Widget,
    identity: str,
    language: str,
    page: Page,
    address: str,
    is_connected: bool,
    at: datetime,
) -> Arrival:
    """A visitor who was never here, with a token of their own."""
    told, is_refused = _told(widget, identity, at=at)
    token = new_token()
    with transaction.atomic():
        visitor = ChatVisitor(inbox=widget.inbox, token_digest=digest_of(token), created_at=at, seen_at=at)
        visitor.address = None if widget.settings.is_anonymous else address or None
        _link(visitor, told, at=at)
        _note(visitor, language=language, page=page, is_connected=is_connected, at=at)
        visitor.save()
    return Arrival(visitor, token, is_refused)


def _told(widget: Widget, identity: str, *, at: datetime) -> tuple[Identity | None, bool]:
    if not identity or widget.settings.is_anonymous:
        return None, False
    try:
        secret = str(widget.settings.identity_secret or "")
        told = read_identity(identity, inbox_key=widget.inbox.key, secret=secret, now=at.timestamp())
    except BadIdentity:
        return None, True
    return told, False


def _ref(told: Identity) -> str:
    return f"{'own' if told.is_own else 'site'}:{told.ref}"


def _note(visitor: ChatVisitor, *, language: str, page: Page, is_connected: bool, at: datetime) -> None:
    visitor.language = language or visitor.language
    visitor.seen_at, visitor.is_connected = at, is_connected
    _turn_to(visitor, page)


def _turn_to(visitor: ChatVisitor, page: Page) -> None:
    if page.url.startswith(("https://", "http://")):
        visitor.page_url, visitor.page_title = page.url[:500], " ".join(page.title.split())[:200]


def _link(visitor: ChatVisitor, told: Identity | None, *, at: datetime) -> None:
    """Tie the visitor to the customer that a fresh identity names; once, since another identity is another visitor."""
    if told is None or told.is_stale or visitor.customer_ref:
        return
    customer = _customer_of(visitor, told, at=at)
    visitor.name = told.name or visitor.name
    visitor.customer_ref = _ref(told)
    if customer is None:  # not known by anything else: made with the first word
        return
    proof = Proof.SIGNED_IN if told.is_own else Proof.CHANNEL_VERIFIED
    point = visitor.contact_point
    if point is None:
        visitor.contact_point = customers.meet_as(
            customer=customer, kind=ContactPoint.Kind.VISITOR, value=visitor.public_id, proof=proof, at=at
        )
    elif point.customer_id != customer.pk:
        _join(point, customer, at=at)
    visitor.name = visitor.name or customer.name
    visitor.email = visitor.email or _mail_of(customer, told)


def _customer_of(visitor: ChatVisitor, told: Identity, *, at: datetime) -> Customer | None:
    if told.is_own:
        found = Customer.objects.select_related("merged_into").filter(public_id=told.ref).first()
        return (found.merged_into or found) if found else None
    try:
        address = customers.normalized(ContactPoint.Kind.EMAIL, told.email) if told.email else ""
    except customers.NotAnAddress:
        address = ""
    if address:
        proof = Proof.CHANNEL_VERIFIED
        kind = ContactPoint.Kind.EMAIL
        point = customers.meet_customer(kind=kind, value=address, name=told.name, proof=proof, at=at)
        return point.customer
    earlier = ChatVisitor.objects.filter(inbox=visitor.inbox, customer_ref=_ref(told), contact_point__isnull=False)
    known = earlier.select_related("contact_point__customer").order_by("pk").first()
    return known.contact_point.customer if known and known.contact_point else None


def _mail_of(customer: Customer, told: Identity) -> str:
    if told.email and not told.is_own:
        return told.email.lower()
    point = (
        ContactPoint.objects.filter(customer=customer, kind=ContactPoint.Kind.EMAIL, bounced_at=None)
        .order_by("pk")
        .first()
    )
    return point.value if point else ""


def _join(point: ContactPoint, customer: Customer, *, at: datetime) -> None:
    """Whoever chatted before signing in was nobody else: a customer of whom nothing but this chat is known."""
    stranger = Customer.objects.get(pk=point.customer_id)
    if ContactPoint.objects.filter(customer=stranger).exclude(pk=point.pk).exists():
        return
    if stranger.merged_into_id is None and customer.merged_into_id is None:
        customers.merge_customers(actor=SYSTEM, kept=customer, merged=stranger, at=at)
        point.refresh_from_db()


def tell_details(*, visitor: ChatVisitor, name: str, email: str, keeps_email: bool, at: datetime) -> ChatVisitor:
    """The visitor's own name and address; what is empty stays as it was. Raises `NotAnAddress`, `NotKept`."""
    name = " ".join(name.split())[:160]
    address = customers.normalized(ContactPoint.Kind.EMAIL, email) if email.strip() else ""
    if address and not keeps_email:
        raise NotKept
    with transaction.atomic():
        row = ChatVisitor.objects.select_for_update(of=("self",)).get(pk=visitor.pk)
        row.name, row.email = name or row.name, address or row.email
        row.save(update_fields=["name", "email"])
        point = ContactPoint.objects.select_related("customer").filter(pk=row.contact_point_id or 0).first()
        if name and point is not None and not point.customer.name and point.proof == Proof.ANONYMOUS:
            customers.meet_customer(kind=point.kind, value=point.value, name=name, at=at)
    if row.conversation_id:
        nudge(f"chat:{row.conversation_id}", {"kind": "visitor"})
    return row


def turn_to_page(*, visitor_id: int, page: Page) -> None:
    """The visitor looks at another page now."""
    row = ChatVisitor.objects.filter(pk=visitor_id).first()
    if row is not None:
        _turn_to(row, page)
        row.save(update_fields=["page_url", "page_title"])
        if row.conversation_id:
            nudge(f"chat:{row.conversation_id}", {"kind": "visitor"})


def read_up_to(*, visitor_id: int, upto: int, at: datetime) -> bool:
    """What was said to the visitor up to this line was before their eyes. False: that is nothing new."""
    with transaction.atomic():
        row = ChatVisitor.objects.select_for_update(of=("self",)).filter(pk=visitor_id).first()
        if row is None or row.conversation_id is None or upto <= row.read_id:
            return False
        lines = Message.objects.filter(conversation=row.conversation_id, pk__lte=upto)
        newest = lines.order_by("-pk").values_list("pk", flat=True).first() or 0
        if newest <= row.read_id:
            return False
        sent = MessageDelivery.objects.filter(message__in=lines.filter(pk__gt=row.read_id), state__in=READABLE)
        for known_as in list(sent.order_by("pk").values_list("external_id", flat=True)):
            delivering.note_reached(known_as, MessageDelivery.State.READ, at=at)
        row.read_id = newest
        row.save(update_fields=["read_id"])
        nudge(f"chat:{row.conversation_id}", {"kind": "read", "by": "visitor", "upto": newest})
        return True


def note_here(*, visitor_ids: list[int], at: datetime) -> None:
    """Pages of these visitors are open."""
    ChatVisitor.objects.filter(pk__in=visitor_ids).update(seen_at=at, is_connected=True)


def note_gone(*, visitor_id: int, at: datetime) -> None:
    """The last page of the visitor was closed at `at`, as far as this process knows; one that was opened since counts."""
    ChatVisitor.objects.filter(pk=visitor_id, seen_at__lte=at).update(seen_at=at, is_connected=False)
    key = ChatVisitor.objects.filter(pk=visitor_id).values_list("conversation", flat=True).first()
    if key:
        nudge(f"chat:{key}", {"kind": "visitor"})


def public_id_of_customer(customer_id: int) -> str:
    """By which an identity token of the shop's own names the customer."""
    return str(Customer.objects.values_list("public_id", flat=True).get(pk=customer_id))


def follow_merge(*, conversation_id: int) -> None:
    """Visitors of a conversation that was merged into another are in that one now."""
    kept = Conversation.objects.values_list("merged_into", flat=True).filter(pk=conversation_id).first()
    if kept is None:
        return
    for key in list(ChatVisitor.objects.filter(conversation=conversation_id).values_list("pk", flat=True)):
        ChatVisitor.objects.filter(pk=key).update(conversation=kept)
        nudge(f"visitor:{key}", {"conversation": kept})
