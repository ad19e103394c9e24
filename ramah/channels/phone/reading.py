"""Reading what a provider of telephony posted: what happened is written on the call and in its conversation.

The time of an item is when it reached us, not when it is read: a worker that was away changes neither promises nor the length of
calls. Items come twice and in any order; each step only adds what was not known (`tracking`).
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from ramah.channels.commands import Outcome
from ramah.channels.commands.awaiting import Awaited, await_files
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.phone import flow, legs, queries
from ramah.channels.phone.answering import LEG
from ramah.channels.phone.models import Call
from ramah.channels.phone.providers import ANSWERED, BUSY, COMPLETED, OVER, Told, provider_of
from ramah.channels.phone.tracking import change_call, withdraw_replies
from ramah.conversations.commands import organizing
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.commands.rows import locked, locked_by_key
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint, Proof
from ramah.desk.commands import promising
from ramah.desk.commands.queueing import enter_queue, leave_queue
from ramah.kernel.actors import SYSTEM
from ramah.kernel.ids import new_public_id
from ramah.promises import commands as promises
from ramah.promises.models import Promise

S = IntakeItem.State


def read_items(items: Sequence[IntakeItem], at: datetime) -> list[Outcome]:
    """Read items in their order."""
    names = [(item.inbox_id, external_id_of(item)) for item in items]
    inboxes, ids = {inbox for inbox, _id in names}, {external_id for _inbox, external_id in names}
    rows = IntakeItem.objects.filter(inbox__in=inboxes, external_id__in=ids, state=S.ACCEPTED)
    read = {(row.inbox_id, row.external_id): _again(row) for row in rows.select_related("conversation", "message")}
    accounts = {
        row.inbox_id: row for row in ChannelAccount.objects.select_related("inbox__calendar").filter(inbox__in=inboxes)
    }
    told = [_told(item, accounts[item.inbox_id]) for item in items]
    calls = _locked_calls(items, told)
    outcomes, changed = list[Outcome](), set[int]()
    for item, name, one in zip(items, names, told, strict=True):
        call = calls.get((item.inbox_id, one.call_id))
        if call is not None and call.conversation_id in changed:
            call = None  # an earlier item has changed it: it is looked at again
        outcome = read.get(name) or _read(item, name[1], one, accounts[item.inbox_id].inbox, call)
        if outcome.conversation is not None:
            changed.add(outcome.conversation.pk)
        if outcome.state == S.ACCEPTED:
            read[name] = _again(outcome)
        outcomes.append(outcome)
    return outcomes


def _told(item: IntakeItem, account: ChannelAccount) -> Told:
    query = item.envelope.get("query")
    return provider_of(account).read(_step_of(item), query if isinstance(query, dict) else {}, bytes(item.raw))


def _step_of(item: IntakeItem) -> str:
    return str(item.envelope.get("step") or "")


def _locked_calls(items: Sequence[IntakeItem], told: Sequence[Told]) -> dict[tuple[int, str], Call]:
    """The calls that customers' legs speak of, by inbox and the provider's id, and nobody else changes them meanwhile."""
    names = {
        (item.inbox_id, one.call_id) for item, one in zip(items, told, strict=True) if not one.heard.state.get(LEG)
    }
    rows = Call.objects.filter(
        inbox__in={inbox for inbox, _id in names}, provider_id__in={call for _inbox, call in names}
    )
    conversations = dict(rows.values_list("pk", "conversation_id"))
    if not conversations:
        return {}
    locked_by_key(set(conversations.values()))
    calls = Call.objects.select_related("conversation__inbox", "message").filter(pk__in=conversations)
    return {(call.inbox_id, str(call.provider_id)): call for call in calls}


def _again(earlier: Outcome | IntakeItem) -> Outcome:
    return Outcome(S.DUPLICATE, earlier.external_id, "", earlier.conversation, earlier.message)


def _read(item: IntakeItem, external_id: str, told: Told, inbox: Inbox, call: Call | None) -> Outcome:
    step = _step_of(item)
    if step not in _READS:
        return Outcome(S.IGNORED, external_id, reason=f"step {step[:40]!r} is not read")
    if call is None:
        call = _call_of(told, inbox, at=item.created_at)
        if call is None:
            return Outcome(S.IGNORED, external_id, reason="about a call that is not known")
        call = _locked(call)
    if call.is_erased and step not in ("recording", "voicemail", "status"):
        return Outcome(S.IGNORED, external_id, reason="the customer was forgotten")
    _READS[step](call, told, inbox, item.created_at)
    if call.message is None:
        return Outcome(S.IGNORED, external_id, reason="the line of the call is gone", conversation=call.conversation)
    return Outcome(S.ACCEPTED, external_id, "", call.conversation, call.message)


def external_id_of(item: IntakeItem) -> str:
    """The name of a request: the same again has the same one."""
    told = hashlib.sha256(bytes(item.raw))
    told.update(json.dumps([item.envelope.get("step"), item.envelope.get("query")], sort_keys=True).encode())
    return f"phone:{told.hexdigest()[:40]}"


def _call_of(told: Told, inbox: Inbox, *, at: datetime) -> Call | None:
    """The call that a request is about; one that nobody knows yet is begun by its customer's leg alone."""
    if leg := told.heard.state.get(LEG):
        found = queries.leg_of(inbox.pk, leg)
        return Call.objects.select_related("conversation", "message").get(pk=found.call_id) if found else None
    return _known(told, inbox) or _begin(told, inbox, at=at)


def _known(told: Told, inbox: Inbox) -> Call | None:
    rows = Call.objects.select_related("conversation", "message")
    return rows.filter(inbox=inbox, provider_id=told.call_id).first()


def _locked(call: Call) -> Call:
    """The call as it stands now, and nobody else changes it until this item is read: what is not done twice is looked at here."""
    locked(call.conversation)
    return Call.objects.select_related("conversation__inbox", "message").get(pk=call.pk)


def _begin(told: Told, inbox: Inbox, *, at: datetime) -> Call:
    """A customer calls: the conversation it belongs to, with the promise of an answer, from the first ring on."""
    number = told.heard.caller
    sender = customers.meet_customer(
        kind=ContactPoint.Kind.PHONE,
        # The number that is shown was never proved; a withheld one is a person of its own.
        value=number or f"withheld:{told.call_id}",
        proof=Proof.CLAIMED if number else Proof.ANONYMOUS,
        at=at,
    )
    # Two workers may hear of the call at once: the second waits here, and finds it begun.
    ContactPoint.objects.select_for_update(of=("self",)).get(pk=sender.pk)
    if (begun := _known(told, inbox)) is not None:
        return begun
    with translation.override(inbox.language):
        text = _("Incoming call")
    public_id = new_public_id()
    received = receive_message(
        InboundMessage(
            inbox=inbox,
            sender=sender,
            external_id=f"phone:{told.call_id}",
            digest=hashlib.sha256(told.call_id.encode()).hexdigest()[:16],
            text=text,
            author_name=sender.customer.name,
            continues=True,
            detail={"call": public_id},
        ),
        at=at,
    )
    return Call.objects.create(
        public_id=public_id,
        inbox=inbox,
        conversation=received.conversation,
        message=received.message,
        direction=Call.Direction.INCOMING,
        provider_id=told.call_id,
        customer_number=number,
        shop_number=told.shop_number,
        started_at=at,
        created_at=at,
    )


def _note(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    """The call is known; more is not to be said."""


def _wait(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    if (
        call.queued_at is not None
        or call.ended_at is not None
        or call.answered_at is not None
        or call.promise_id is not None
    ):
        return
    chosen = queries.settings_of(inbox)
    setup = queries.setup_of(inbox, chosen)
    line = flow.menu_line(setup, told.heard.state.get("k", ""))
    language = flow.language_of(told.heard, setup)
    conversation = call.conversation
    if line is not None:
        _sort(conversation, line, language, at=at)
    change_call(call.pk, at=at, queued_at=at, language=language)
    enter_queue(
        conversation=conversation,
        language=language if line is not None else "",
        skill=(line.skill if line else "") or chosen.skill,
        offer_seconds=chosen.offer_seconds,
        wait_seconds=chosen.wait_seconds,
        at=at,
    )


def _sort(conversation: Conversation, line: flow.MenuLine, language: str, *, at: datetime) -> None:
    if not conversation.language:
        Conversation.objects.filter(pk=conversation.pk, language="").update(language=language)
    team = conversation.inbox.teams.filter(public_id=line.team).first() if line.team else None
    if team is not None:
        organizing.give_to_team(actor=SYSTEM, conversation=conversation, team=team, at=at)


def _left(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    if told.heard.result in flow.CONNECTED:  # and may wait for another agent by now
        return
    leave_queue(conversation=call.conversation, at=at)
    if told.heard.result == "hangup":
        change_call(call.pk, at=at, ended_at=at)


def _time(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    slot = flow.chosen_slot(told.heard)
    if slot is None or call.promise_id is not None:
        return
    leave_queue(conversation=call.conversation, at=at)
    subject = promising.subject_of(call.conversation_id)
    (promise,) = promises.make_promises(
        actor=SYSTEM,
        customer_id=call.conversation.customer_id,
        subject=subject,
        terms=[promises.Terms(kind=Promise.Kind.CALLBACK, due_at=max(slot, at))],
        calendar=inbox.calendar,
        owner_id=call.conversation.assignee_id,
        team_id=call.conversation.team_id,
        at=at,
    )
    withdraw_replies(call.conversation_id, at=at)
    number = told.heard.state.get("p", "")[:40] or call.customer_number
    change_call(call.pk, at=at, promise=promise, callback_number=number)
    add_activity(call.conversation, "call_callback", at=at, call=call.public_id, until=slot.isoformat())
    tell_pages(call.conversation)


def _voicemail(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    _keep_audio(call, told, inbox, "voicemail_ref", "voicemail.mp3", at=at)


def _recording(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    _keep_audio(call, told, inbox, "recording_ref", "call.mp3", at=at)


def _keep_audio(call: Call, told: Told, inbox: Inbox, field: str, filename: str, *, at: datetime) -> None:
    if not told.audio or getattr(call, field):
        return
    change_call(call.pk, at=at, **{field: told.audio})
    if call.message is not None and not call.is_erased:
        awaited = Awaited(call.message, inbox.pk, told.audio, filename, "audio/mpeg")
        await_files([awaited], at=at)


def _transcript(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    if not told.transcript or call.transcript:
        return
    change_call(call.pk, at=at, transcript=told.transcript)
    message = call.message
    if message is not None:
        Message.objects.filter(pk=message.pk).update(text=told.transcript)
        Conversation.objects.filter(pk=call.conversation_id, preview=message.text).update(preview=told.transcript[:160])
        tell_pages(call.conversation, message.pk)


def _status(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    if told.status in OVER:
        change_call(call.pk, at=at, ended_at=at)


def _out_status(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    if told.status == ANSWERED:
        # The leg of the customer: by it the call can be handed over.
        change_call(call.pk, at=at, answered_at=at, provider_id=call.provider_id or told.call_id)
    elif told.status in OVER and not call.is_dialed_out:
        change_call(call.pk, at=at, ended_at=at)


def _out_done(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    if not call.is_dialed_out:  # handed over: the customer is connected to another phone
        return
    if told.status in (COMPLETED, ANSWERED):
        change_call(call.pk, at=at, answered_at=at, ended_at=at)
    else:
        reason = "busy" if told.status == BUSY else "not_reached"
        change_call(call.pk, at=at, ended_at=at, failed_reason="" if told.status != "failed" else reason)


Read = Callable[[Call, Told, Inbox, datetime], None]
_READS: dict[str, Read] = {
    "incoming": _note,
    "menu": _note,
    "wait": _wait,
    "wait-key": _note,
    "left": _left,
    "handed": _note,
    "number": _note,
    "time": _time,
    "voicemail-done": _voicemail,
    "voicemail": _voicemail,
    "recording": _recording,
    "transcript": _transcript,
    "status": _status,
    "agent": legs.agent_answered,
    "agent-key": legs.agent_pressed,
    "agent-done": legs.agent_done,
    "leg-status": legs.leg_over,
    "out": _note,
    "announce": _note,
    "out-status": _out_status,
    "out-done": _out_done,
}
