"""Letting a message that failed reach its customer another way: one that they agreed to, chosen by an agent.

1. A way is agreed to where the customer has written from there before, or has allowed it (`Consent.Purpose.SERVICE`) and has
   verified the address. Addresses from which mail came back, or whose holder said STOP, are no way.
2. It stays one message and one delivery: what has reached the customer meanwhile is not sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ramah.channels.kinds import kind_of
from ramah.conversations import permissions
from ramah.conversations.commands import delivering
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.delivering import NotFailed
from ramah.conversations.commands.outlets import NotPossible, outlet_of
from ramah.conversations.commands.writing import is_message_id
from ramah.conversations.models import Conversation, ExternalId, Inbox, Message, MessageDelivery
from ramah.customers.models import Consent, ContactPoint
from ramah.customers.queries import CHANNEL_VERIFIED, consent_to, is_proved
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.ids import new_public_id

EMAIL = "email"
_THREADING = ("In-Reply-To", "References")

__all__ = ["NotAWay", "NotFailed", "OtherWay", "other_ways", "send_another_way"]


class NotAWay(Exception):
    """The customer has no such address, has not agreed to it, or it cannot take this message now; says why, for people."""


@dataclass(frozen=True, slots=True)
class OtherWay:
    """Where else the message can go, and by which inbox. `trouble`: why it cannot go there now."""

    contact_point: ContactPoint
    inbox: Inbox
    has_written: bool
    trouble: str = ""


def other_ways(message: Message, *, at: datetime) -> list[OtherWay]:
    """The customer's other channels for a message that did not reach them, those first from which they wrote last.

    No door: the caller has opened the conversation. A handful of queries, however many addresses there are.
    """
    delivery = MessageDelivery.objects.select_related("inbox").filter(message=message).first()
    if delivery is None or delivery.state != MessageDelivery.State.FAILED or message.kind != Message.Kind.MESSAGE:
        return []
    conversation = Conversation.objects.select_related("inbox").get(pk=message.conversation_id)
    inboxes = _inboxes_by_kind()
    rows = ContactPoint.objects.filter(
        customer=conversation.customer_id, bounced_at=None, opted_out_at=None, kind__in=inboxes
    ).order_by("pk")
    tried = {str(address).lower() for address in delivery.recipients}
    is_tried = outlet_of(delivery.inbox.channel).kind
    points = [one for one in rows if not (one.kind == is_tried and one.value.lower() in tried)]
    last = _last_words(points)
    decision = consent_to(conversation.customer_id, Consent.Purpose.SERVICE)
    allowed = decision is not None and decision.granted
    ways = []
    for point in points:
        spoken = last.get(point.pk)
        if spoken is None and not (allowed and is_proved(point, CHANNEL_VERIFIED)):
            continue
        inbox = _inbox_for(conversation, spoken, inboxes[point.kind])
        trouble = _trouble(message, spoken.conversation if spoken else conversation, inbox, at=at)
        ways.append((spoken.pk if spoken else 0, OtherWay(point, inbox, spoken is not None, trouble)))
    return [way for _newest, way in sorted(ways, key=lambda pair: -pair[0])]


def send_another_way(*, actor: Actor, delivery: MessageDelivery, contact_point: ContactPoint, at: datetime) -> None:
    """Let a failed message go to another address of its customer. Raises `NotFailed`, `NotAWay`, `PermissionDenied`."""
    require(actor, permissions.REPLY)
    with transaction.atomic():
        rows = MessageDelivery.objects.select_for_update(of=("self",)).select_related("message__conversation", "inbox")
        row = rows.get(pk=delivery.pk)
        if row.state != MessageDelivery.State.FAILED:
            raise NotFailed
        way = next((one for one in other_ways(row.message, at=at) if one.contact_point.pk == contact_point.pk), None)
        if way is None:
            raise NotAWay(_("The customer has not agreed to be written to there."))
        if way.trouble:
            raise NotAWay(way.trouble)
        _turn(row, way, at=at)
        channel = way.inbox.channel
        add_activity(row.message.conversation, "sent_another_way", at=at, actor=actor, channel=channel)
        told = {"message": row.message_id, "channel": channel, "contact_point": contact_point.pk}
        audit.record(actor, "delivery.reroute", f"delivery:{row.pk}", at=at, **told)


def _turn(row: MessageDelivery, way: OtherWay, *, at: datetime) -> None:
    message, address = row.message, way.contact_point.value
    is_mail = way.inbox.channel == EMAIL
    threading = {name: row.headers[name] for name in _THREADING if name in row.headers} if is_mail else {}
    if is_mail and not is_message_id(row.external_id):  # it was known by another channel's id, which no mail may have
        row.external_id = f"<{new_public_id()}.r{message.conversation_id}@{way.inbox.address.rpartition('@')[2]}>"
        row.save(update_fields=["external_id"])
        ExternalId.objects.get_or_create(value=row.external_id, defaults={"message_id": message.pk})
    if not delivering.send_by(row, inbox=way.inbox, address=address, headers=threading, at=at):
        raise NotFailed
    message.inbox = way.inbox if way.inbox.pk != message.conversation.inbox_id else None
    message.to, message.cc = [address], []
    message.save(update_fields=["inbox", "to", "cc"])


def _inboxes_by_kind() -> dict[str, list[Inbox]]:
    """Active inboxes by the kind of contact point that they write to: those that send, and not only while somebody looks."""
    found: dict[str, list[Inbox]] = {}
    for inbox in Inbox.objects.filter(is_active=True).order_by("pk"):
        kind = kind_of(inbox.channel)
        if inbox.channel == EMAIL or (kind is not None and kind.send is not None):
            found.setdefault(outlet_of(inbox.channel).kind, []).append(inbox)
    return found


def _last_words(points: Sequence[ContactPoint]) -> dict[int, Message]:
    """What the customer said last from each of the addresses."""
    said = Message.objects.filter(contact_point__in=points, author=Message.Author.CUSTOMER).order_by()
    newest = said.values("contact_point").annotate(newest=Max("pk")).values_list("newest", flat=True)
    rows = Message.objects.select_related("conversation__inbox", "inbox").filter(pk__in=list(newest))
    return {row.contact_point_id: row for row in rows if row.contact_point_id is not None}


def _inbox_for(conversation: Conversation, spoken: Message | None, inboxes: Sequence[Inbox]) -> Inbox:
    """That to which they wrote from there, else one of their language, else the first."""
    known = (spoken.inbox_id or spoken.conversation.inbox_id) if spoken else None
    language = conversation.language.split("-")[0].lower()
    speaking = [one for one in inboxes if one.language.split("-")[0].lower() == language]
    return next((one for one in inboxes if one.pk == known), (speaking or list(inboxes))[0])


def _trouble(message: Message, conversation: Conversation, inbox: Inbox, *, at: datetime) -> str:
    outlet = outlet_of(inbox.channel)
    if outlet.longest and len(message.text) > outlet.longest:
        return _("The message is longer than this channel takes.")
    try:
        outlet.check(conversation, at)
    except NotPossible as why:
        return str(why.words)
    return ""
