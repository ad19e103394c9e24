"""What is said about choices, in the conversation that the notice stands in: to the customer, and to the agent who takes over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ramah.commerce.models import Order
from ramah.commerce.queries.sights import sight_of
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.opening import open_conversation
from ramah.conversations.commands.outlets import (
    Announcement,
    NotPossible,
    outlet_of,
    prepare_announcement,
)
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.conversations.queries import inbox_speaking
from ramah.customers.commands import meet_customer
from ramah.customers.models import ContactPoint
from ramah.notices import kinds, telling
from ramah.notices.models import Notice
from ramah.shipping.models import CarrierTask

_LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


class NobodyToTell(Exception):
    """There is no inbox, or no address of the customer: nothing could be said, nor handed to anybody. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where things about an order are said to its customer: by which inbox, to which address, in which language; the conversation
    is None until somebody has said something there."""

    order: Order
    notice: Notice | None
    inbox: Inbox
    contact_point: ContactPoint
    language: str
    conversation: Conversation | None

    @property
    def about(self) -> str:
        """The thing that the conversation is about."""
        return f"order:{self.order.pk}"


def place_of(order: Order, *, notice: Notice | None, at: datetime) -> Place:
    """Where the notice was said; without one, or once that is gone, where mails on the order go. Raises `NobodyToTell`."""
    language = _language_of(order, notice)
    said = _message_of(notice)
    if said is not None:
        conversation = said.conversation.merged_into or said.conversation
        points = ContactPoint.objects.filter(value__in=said.to, kind=outlet_of(said.conversation.inbox.channel).kind)
        own = points.filter(customer=order.customer_id).first() or points.first()
        if own is not None:
            return Place(order, notice, said.conversation.inbox, own, language, conversation)
    inbox = inbox_speaking(language)
    if inbox is None or not order.email:
        raise NobodyToTell
    point = meet_customer(kind=ContactPoint.Kind.EMAIL, value=order.email.strip().lower(), language=language, at=at)
    rows = Conversation.objects.filter(customer=order.customer_id, inbox=inbox, about=f"order:{order.pk}")
    return Place(order, notice, inbox, point, language, rows.filter(merged_into=None).order_by("-id").first())


def note_chosen(place: Place, kind: str, *, at: datetime) -> None:
    """The line in the thread that says what the customer chose."""
    if place.conversation is not None:
        add_activity(place.conversation, "notice_chosen", at=at, kind=kind)


def note_expired(notice: Notice, *, at: datetime) -> None:
    """The line in the thread that says that nothing was chosen."""
    if notice.message is not None:
        add_activity(notice.message.conversation, "notice_expired", at=at, kind=notice.kind)


def tell(place: Place, *, purpose: str, words: str, kind: str, is_done: bool, at: datetime) -> None:
    """Say what came of a choice, in the active language; once for a purpose. Where the channel lets nothing through now, the
    thread and the page say it alone."""
    subject = _("Your choice for order %(number)s") % {"number": place.order.number}
    told = telling.compose_result(place.order, place.notice, subject=subject, text=words)
    has_threads = outlet_of(place.inbox.channel).has_threads
    announcement = Announcement("choice", place.language, {"text": words}, is_promotion=False, text=told.plain)
    try:
        prepared = prepare_announcement(
            inbox=place.inbox, contact_point=place.contact_point, announcement=announcement, at=at
        )
    except NotPossible:
        message = None
    else:
        message = open_conversation(
            inbox=place.inbox,
            contact_point=place.contact_point,
            customer_id=place.order.customer_id,
            subject=subject,
            text=told.text if has_threads else told.plain,
            html=told.html,
            language=place.language,
            about=place.about,
            purpose=purpose,
            sealed=told.sealed,
            prepared=prepared,
            at=at,
        )
    conversation = place.conversation or (message.conversation if message else None)
    if conversation is not None:
        add_activity(conversation, "notice_done" if is_done else "notice_not_done", at=at, kind=kind)


def hand_over(place: Place, *, key: str, kind: str, said: Mapping[str, str], why: str, at: datetime) -> str:
    """Have a wish answered by an agent: it is written into the conversation in the customer's name, and so promised an answer.

    Once for a `key`. Returns what the customer is told, in the active language.
    """
    lines = [_("I chose: %(choice)s") % {"choice": _choice_name(kind)}, *_said_lines(place.order, kind, said, at=at)]
    # Translators: below what the customer chose, for the agent: why it was not done by itself.
    lines.append(_("It was not done by itself: %(why)s") % {"why": why})
    inbound = InboundMessage(
        inbox=place.inbox,
        sender=place.contact_point,
        external_id=f"<choice.{key}@{place.inbox.address.rpartition('@')[2] or 'ramah'}>",
        digest=key[:16],
        subject=_("Your choice for order %(number)s") % {"number": place.order.number},
        text="\n".join(lines),
        language=place.language,
        author_name=place.order.customer.name,
        to=[place.inbox.address],
        about=place.about,
        thread=place.conversation.pk if place.conversation else None,
        continues=not outlet_of(place.inbox.channel).has_threads,
        detail={"proof": "verified", "choice": kind},
    )
    words = _("%(why)s A person of our team sees to it and writes to you.") % {"why": why}
    received = receive_message(inbound, at=at)
    if not received.duplicate:
        there = Place(
            place.order, place.notice, place.inbox, place.contact_point, place.language, received.conversation
        )
        tell(there, purpose=f"handed:{key}", words=words, kind=kind, is_done=False, at=at)
    return words


def carrier_done(kind: str, detail: Mapping[str, str]) -> str:
    """What the carrier agreed to, in the active language."""
    Kind = CarrierTask.Kind
    if kind == Kind.DATE:
        return _("The carrier brings it on %(day)s.") % {
            "day": date_format(date.fromisoformat(str(detail.get("day"))), "j E")
        }
    return {
        Kind.ADDRESS: _("The carrier brings it to the other address."),
        Kind.PICKUP_POINT: _("The carrier brings it to the pick-up point."),
        Kind.NEIGHBOR: _("The carrier brings it to your neighbor."),
        Kind.LEAVE: _("The carrier leaves it where you said."),
        Kind.RETURN: _("The carrier brings it back to us. You get your money back once it is here."),
    }[Kind(kind)]


def carrier_not_done(task: CarrierTask) -> str:
    """Why the carrier has not done it, in the active language."""
    if task.state == CarrierTask.State.REFUSED:
        return _("The carrier does not do this for your parcel.")
    if task.state == CarrierTask.State.UNCERTAIN:
        return _("The carrier has not confirmed it.")
    return _("The carrier has not answered yet.")


def _choice_name(kind: str) -> str:
    return telling.choice_words(kind if kind in kinds.CHOICES else kinds.CANCEL, {"how": "carrier"}).label


def _said_lines(order: Order, kind: str, said: Mapping[str, str], *, at: datetime) -> list[str]:
    if kind == kinds.ADDRESS:
        return sight_of(order, at=at, addresses={"shipping": dict(said)}).shipping_lines
    return [str(text) for text in said.values()]


def _language_of(order: Order, notice: Notice | None) -> str:
    for told in (notice.language if notice else "", order.language, order.customer.language):
        if (base := told.split("-")[0].lower()) in _LANGUAGES:
            return base
    return "en"


def _message_of(notice: Notice | None) -> Message | None:
    source = notice.into if notice is not None and notice.into is not None else notice
    if source is None or source.message_id is None:
        return None
    rows = Message.objects.select_related("conversation__inbox", "conversation__merged_into__inbox")
    return rows.filter(pk=source.message_id).first()
