"""What agents do on the phone: call a customer, write a call down, note what came of it, tick what the caller could answer."""

from collections.abc import Collection
from datetime import datetime

from babel.core import get_global
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from ramah.accounts.models import Agent, Team
from ramah.accounts.queries import AgentActor
from ramah.channels.models import ChannelAccount
from ramah.channels.permissions import CALL
from ramah.channels.phone import queries
from ramah.channels.phone.models import Call
from ramah.channels.phone.numbers import number_of, region_of_number
from ramah.channels.phone.questions import KEYS, ORDER, proven
from ramah.channels.phone.ringing import add_leg
from ramah.channels.phone.tracking import change_call, keep_promises
from ramah.conversations.commands import organizing
from ramah.conversations.commands.activities import activity_line, add_activity
from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.commands.replying import add_note
from ramah.conversations.commands.rows import locked
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint
from ramah.customers.queries import ORDER_VERIFIED
from ramah.kernel import audit
from ramah.kernel.actors import require
from ramah.kernel.events import published
from ramah.kernel.ids import new_public_id

D, S = Call.Direction, Call.State
LONGEST_NOTE = 10_000


class NoNumber(Exception):
    """It is not known at which number the customer can be called."""


class NoPhone(Exception):
    """There is nowhere to ring the agent, or no provider to ring by."""


class AlreadyCalling(Exception):
    """The agent is in a call, or being rung for one."""


def call_out(*, actor: AgentActor, conversation: Conversation, number: str = "", at: datetime) -> Call:
    """Ring the agent, and then the customer: at `number`, else where they called from last, else at the number they gave.

    Raises `NoNumber`, `NoPhone`, `AlreadyCalling`, `PermissionDenied`.
    """
    require(actor, CALL)
    with transaction.atomic():
        conversation = locked(conversation)
        agent = Agent.objects.select_for_update(of=("self",)).get(pk=actor.agent_id)
        inbox = _inbox_of(conversation, actor)
        to = queries.endpoint_of(queries.settings_of(inbox), agent) if inbox else ""
        if inbox is None or not to:
            raise NoPhone
        if Call.objects.filter(agent=agent, state__in=(S.RINGING, S.IN_PROGRESS)).exists():
            raise AlreadyCalling
        wanted = number_of(number, region=region_of_number(inbox.address)) if number else number_to_call(conversation)
        if not wanted:
            raise NoNumber
        call = _new_call(conversation, inbox, D.OUTGOING, wanted, agent_id=agent.pk, at=at)
        call.shop_number = inbox.address
        call.save()
        add_leg(call, agent, to, at=at)
        call.message = _line(call, actor, "call_out", at=at)
        call.save(update_fields=["message"])
        audit.record(actor, "call.out", f"conversation:{conversation.pk}", at=at, call=call.public_id)
        transaction.on_commit(published.set)
        return call


def number_to_call(conversation: Conversation) -> str:
    """Where the customer of a conversation is called back; empty where no number is known."""
    calls = Call.objects.filter(conversation__customer=conversation.customer_id).order_by("-id")
    asked = calls.exclude(callback_number="").filter(conversation=conversation).first()
    if asked is not None:
        return asked.callback_number
    shown = calls.exclude(customer_number="").filter(conversation=conversation).first()
    if shown is not None:
        return shown.customer_number
    points = ContactPoint.objects.filter(customer=conversation.customer_id, value__startswith="+")
    kinds = (ContactPoint.Kind.PHONE, ContactPoint.Kind.WHATSAPP)
    found = points.filter(kind__in=kinds).order_by("kind", "-id").first()
    return found.value if found else ""


def log_call(
    *,
    actor: AgentActor,
    number: str,
    direction: str,
    outcome: str,
    note: str = "",
    name: str = "",
    conversation: Conversation | None = None,
    at: datetime,
) -> Call:
    """Write down a call that was made on any phone: into `conversation`, else into the caller's own, found by the number.

    What is still to be done leaves it open, with the promise of the inbox; else it is resolved. Raises `NoNumber`,
    `PermissionDenied`.
    """
    require(actor, CALL)
    known = number_of(number, region=_region())
    if not known and conversation is None:
        raise NoNumber
    is_open = outcome == Call.Outcome.FOLLOW_UP
    with transaction.atomic():
        inbox = queries.phone_inbox(actor) or _first_inbox(at=at)
        message: Message | None = None
        is_new = conversation is None
        if conversation is None:
            conversation, message = _received(inbox, known, name, is_owed=is_open, at=at)
        conversation = locked(conversation)
        call = _new_call(conversation, inbox, direction, known, agent_id=actor.agent_id, at=at)
        call.message, call.outcome, call.notes = message, outcome, note[:LONGEST_NOTE].strip()
        was_reached = outcome != Call.Outcome.NOT_REACHED
        call.answered_at, call.ended_at = (at if was_reached else None), at
        call.state = S.ENDED if was_reached else S.MISSED
        call.save()
        line = _line(call, actor, "call_logged", at=at)
        if message is None:
            call.message = line
            call.save(update_fields=["message"])
        if call.notes:
            add_note(actor=actor, conversation=conversation, text=call.notes, client_id=f"call:{call.public_id}", at=at)
        if was_reached:
            keep_promises(call, replies=not is_open)
        if is_new and not is_open:
            organizing.set_status(actor=actor, conversation=conversation, status=Conversation.Status.RESOLVED, at=at)
        audit.record(actor, "call.log", f"conversation:{conversation.pk}", at=at, call=call.public_id, outcome=outcome)
        tell_pages(conversation)
        return call


def note_call(*, actor: AgentActor, call: Call, outcome: str, notes: str, at: datetime) -> None:
    """What came of a call: its outcome, and notes, which stand as a private note in the thread. Raises `PermissionDenied`."""
    require(actor, CALL)
    notes = notes[:LONGEST_NOTE].strip()
    with transaction.atomic():
        conversation = locked(call.conversation)
        row = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
        if (row.outcome, row.notes) == (outcome, notes):
            return
        is_new_note = bool(notes) and row.notes != notes
        row.outcome, row.notes = outcome, notes
        row.save(update_fields=["outcome", "notes"])
        if is_new_note:
            add_note(actor=actor, conversation=conversation, text=notes, client_id=f"call:{new_public_id()}", at=at)
        audit.record(actor, "call.note", f"conversation:{conversation.pk}", at=at, call=row.public_id, outcome=outcome)
        tell_pages(conversation)


def note_proof(*, actor: AgentActor, call: Call, answered: Collection[str], order: str = "", at: datetime) -> str:
    """The caller has answered these questions rightly. It proves them in this conversation, nothing else of them changes.

    Returns the level. Order proof is of one order, so it needs its number. Raises `PermissionDenied`.
    """
    require(actor, CALL)
    given = sorted(KEYS.intersection(answered) - (set() if order.strip() else {ORDER}))
    level = proven(given, knows_number=bool(call.customer_number))
    with transaction.atomic():
        conversation = locked(call.conversation)
        facts = {"order": order.strip()[:40]} if level == ORDER_VERIFIED else {}
        add_activity(
            conversation, "call_proof", at=at, actor=actor, call=call.public_id, level=level, questions=given, **facts
        )
        audit.record(actor, "call.proof", f"conversation:{conversation.pk}", at=at, level=level, questions=given)
        tell_pages(conversation)
    return level


def hang_up(*, actor: AgentActor, call: Call, at: datetime) -> None:
    """End a call that was begun from the desk and nobody has answered. Raises `PermissionDenied`."""
    require(actor, CALL)
    if call.direction == D.OUTGOING and call.agent_id == actor.agent_id and call.ended_at is None:
        change_call(call.pk, at=at, ended_at=at)


def _new_call(
    conversation: Conversation, inbox: Inbox, direction: str, number: str, *, agent_id: int, at: datetime
) -> Call:
    return Call(
        inbox=inbox,
        conversation=conversation,
        direction=direction,
        customer_number=number,
        language=conversation.language,
        agent_id=agent_id,
        started_at=at,
        created_at=at,
    )


def _line(call: Call, actor: AgentActor, activity: str, *, at: datetime) -> Message:
    facts = {"call": call.public_id, "direction": call.direction, "outcome": call.outcome}
    line = activity_line(call.conversation, activity, at=at, actor=actor, **facts)
    line.save()
    return line


def _received(inbox: Inbox, number: str, name: str, *, is_owed: bool, at: datetime) -> tuple[Conversation, Message]:
    sender = customers.meet_customer(kind=ContactPoint.Kind.PHONE, value=number, name=name[:160].strip(), at=at)
    key = new_public_id()
    with translation.override(inbox.language):
        text = _("Phone call")
    received = receive_message(
        InboundMessage(
            inbox=inbox,
            sender=sender,
            external_id=f"call:{key}",
            digest=key[:16],
            text=text,
            author_name=sender.customer.name,
            continues=True,
            is_personal=is_owed,  # nothing is owed after a call in which everything was said
        ),
        at=at,
    )
    return received.conversation, received.message


def _first_inbox(*, at: datetime) -> Inbox:
    """Calls that are typed need a place of their own, also in a shop without a provider."""
    made, is_new = Inbox.objects.get_or_create(
        key="phone",
        defaults={"channel": queries.CHANNEL, "name": _("Phone"), "address": "phone:typed", "created_at": at},
    )
    if is_new:
        made.teams.set(Team.objects.all())
    return made


def _inbox_of(conversation: Conversation, actor: AgentActor) -> Inbox | None:
    own = conversation.inbox
    if own.channel == queries.CHANNEL and ChannelAccount.objects.filter(inbox=own).exists():
        return own
    return queries.phone_inbox(actor, has_account=True)


def _region() -> str:
    """The country in which a number without country code is read: that of the shop's time zone."""
    return str(get_global("zone_territories").get(settings.SHOP_TIME_ZONE, ""))
