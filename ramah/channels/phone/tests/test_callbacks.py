"""Being called back, calling out, recordings, and being forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from ramah.channels.models import AwaitedFile
from ramah.channels.phone import calling, erasing, ringing
from ramah.channels.phone.models import Call, CallLeg
from ramah.channels.phone.tests.conftest import BEN, DANA, ELI, errors
from ramah.channels.simulators.server import Fault, Reply
from ramah.conversations.models import Message
from ramah.desk.models import Waiting
from ramah.kernel.models import AuditEntry
from ramah.kernel.personal_data import personal_data_holders
from ramah.promises.models import Promise
from ramah.promises.testing import make_calendar

S = Call.State


def promises_of(call):
    rows = Promise.objects.filter(subject=f"conversation:{call.conversation_id}")
    return dict(rows.values_list("kind", "state"))


@pytest.fixture
def closed(phone, monkeypatch):
    """Monday night in Jakarta; open from 08:00."""
    phone.inbox.calendar = make_calendar()
    phone.inbox.save()
    phone.at = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    monkeypatch.setattr("ramah.kernel.clock.now", lambda: phone.at)
    return phone


def test_out_of_hours_a_call_back_is_promised_at_the_chosen_time(closed):
    caller = closed.provider.call_in(DANA)
    caller.press("1")
    caller.press("2")
    closed.work()

    call = closed.call()
    assert errors() == []
    assert "open again from" in caller.heard[1]
    assert (call.state, call.callback_number) == (S.ENDED, DANA)
    assert call.promise.due_at == datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # Wednesday 09:00 WIB
    assert promises_of(call) == {"first_reply": "withdrawn", "callback": "open"}
    call.conversation.refresh_from_db()
    assert call.conversation.due_at == call.promise.due_at
    assert not Waiting.objects.exists()


def test_another_number_can_be_typed(closed):
    caller = closed.provider.call_in(DANA)
    caller.press("081298765432")
    caller.press("1")
    closed.work()

    assert closed.call().callback_number == "+6281298765432"


def test_a_second_item_of_the_same_choice_promises_once(closed):
    caller = closed.provider.call_in(DANA)
    caller.press("1")
    caller.press("2")
    for url, fields in list(closed.provider.posted):
        closed.provider.post_form(url, {**fields, "Again": "yes"})
    closed.work()

    assert Promise.objects.filter(kind="callback").count() == 1


def test_in_the_queue_1_leads_to_a_call_back_and_out_of_the_queue(phone):
    phone.present(phone.ben)
    caller = phone.provider.call_in(DANA)
    phone.read()

    caller.press("1")
    caller.press("1")
    caller.press("1")
    phone.work()

    call = phone.call()
    assert (call.state, errors()) == (S.ENDED, [])
    assert Waiting.objects.get(pk=call.conversation_id).state == "left"
    assert call.promise.state == "open"


def test_the_desk_rings_the_agent_and_then_the_customer_and_the_promise_is_kept(closed):
    caller = closed.provider.call_in(DANA)
    caller.press("1")
    caller.press("2")
    closed.work()
    closed.at = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)

    call = calling.call_out(actor=closed.actor(closed.ben), conversation=closed.call().conversation, at=closed.at)
    ringing.ring_due(at=closed.at)
    (ben,) = closed.provider.ringing(BEN)
    ben.pick_up()
    assert ben.dialed[0].text == DANA
    ben.customer_answers()
    closed.read()
    assert closed.call().state == S.IN_PROGRESS
    closed.at += timedelta(minutes=3)
    ben.customer_done()
    closed.work()

    call.refresh_from_db()
    assert (call.state, call.direction, errors()) == (S.ENDED, "out", [])
    assert (call.ended_at - call.answered_at) == timedelta(minutes=3)
    assert promises_of(call)["callback"] == "kept"
    assert AuditEntry.objects.filter(action="call.out").count() == 1


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_whoever_is_not_reached_is_still_owed_the_call(closed, status):
    caller = closed.provider.call_in(DANA)
    caller.press("1")
    caller.press("2")
    closed.work()
    calling.call_out(actor=closed.actor(closed.ben), conversation=closed.call().conversation, at=closed.at)
    ringing.ring_due(at=closed.at)
    (ben,) = closed.provider.ringing(BEN)
    ben.pick_up()

    ben.customer_done(status)
    closed.work()

    call = closed.call()
    assert call.state == (S.FAILED if status == "failed" else S.MISSED)
    assert promises_of(call)["callback"] == "open"
    assert ben.heard[-1].startswith("The customer was not reached")


def test_an_agent_who_does_not_answer_has_called_nobody(phone):
    phone.provider.call_in(DANA).hang_up()
    phone.work()
    calling.call_out(actor=phone.actor(phone.ben), conversation=phone.call().conversation, at=phone.now())
    ringing.ring_due(at=phone.now())
    (ben,) = phone.provider.ringing(BEN)

    ben.decline("busy")
    phone.work()

    assert (phone.call().state, phone.call().failed_reason) == (S.FAILED, "agent_not_reached")


def test_the_provider_away_is_said_and_nothing_is_tried_twice(phone):
    phone.provider.call_in(DANA).hang_up()
    phone.work()
    phone.provider.faults.append(Fault(reply=Reply(500, b"oops"), path="/Calls.json"))

    calling.call_out(actor=phone.actor(phone.ben), conversation=phone.call().conversation, at=phone.now())
    phone.work()

    call = phone.call()
    assert (call.state, "500" in call.failed_reason) == (S.FAILED, True)
    assert [leg.state for leg in CallLeg.objects.all()] == ["over"]
    assert phone.provider.ringing() == []


def test_one_calls_one_at_a_time_and_only_where_it_is_possible(phone):
    phone.provider.call_in(DANA).hang_up()
    phone.work()
    actor, conversation = phone.actor(phone.ben), phone.call().conversation
    calling.call_out(actor=actor, conversation=conversation, at=phone.now())

    with pytest.raises(calling.AlreadyCalling):
        calling.call_out(actor=actor, conversation=conversation, at=phone.now())
    phone.set(endpoints={})
    with pytest.raises(calling.NoPhone):
        calling.call_out(actor=phone.actor(phone.cleo), conversation=conversation, at=phone.now())
    assert Call.objects.filter(direction="out").count() == 1


def test_a_recorded_call_is_told_and_filed(phone):
    phone.set(is_recorded=True)
    phone.present(phone.ben)
    caller = phone.provider.call_in(DANA)
    phone.work()
    (ben,) = phone.provider.ringing(BEN)
    ben.pick_up()
    ben.press("1")

    sid = ben.recorded()
    caller.hang_up()
    phone.work()

    call = phone.call()
    assert "recorded" in caller.heard[1]
    assert (call.recording_ref, call.message.attachments.get().filename, errors()) == (sid, "call.mp3", [])
    assert AwaitedFile.objects.get().state == "stored"


def test_who_is_forgotten_is_forgotten_at_the_provider_too(phone):
    phone.set(when_closed="voicemail", offers_callback=False, wait_seconds=1)
    caller = phone.provider.call_in(DANA)
    phone.read()
    Waiting.objects.update(gives_up_at=phone.now() - timedelta(seconds=1))
    phone.work()
    caller.stay_silent()
    caller.leave_message("My address is secret")
    phone.work()
    other = phone.provider.call_in(ELI)
    other.hang_up()
    phone.work()
    call = Call.objects.get(customer_number=DANA)
    customer = call.conversation.customer_id
    assert "secret" in str({holder.key: holder.export(customer) for holder in personal_data_holders()}["phone"])

    for holder in personal_data_holders():
        holder.erase(customer)
    erasing.erase_calls(customer)
    phone.work()

    call.refresh_from_db()
    assert (call.customer_number, call.transcript, call.voicemail_ref, call.notes) == ("", "", "", "")
    assert phone.provider.recordings == {}
    assert Call.objects.get(customer_number=ELI).is_erased is False
    assert not Message.objects.filter(conversation=call.conversation_id).exclude(text="").exists()


def test_an_agent_without_a_phone_is_passed_over(phone):
    phone.set(endpoints={phone.cleo.public_id: "client:cleo"})
    phone.present(phone.ben, phone.cleo)
    phone.provider.call_in(DANA)
    phone.work()

    assert [leg.called for leg in phone.provider.ringing()] == ["client:cleo"]


def test_who_takes_a_caller_at_the_desk_is_rung_and_connected_without_a_key(phone):
    phone.present(phone.ben)
    caller = phone.provider.call_in(DANA)
    phone.read()
    row = phone.call().conversation
    browser = phone.browser(phone.ben)

    assert browser.post(f"/desk/c/{row.public_id}/offer/take/").status_code == 302
    phone.work()
    (ben,) = phone.provider.ringing(BEN)
    ben.pick_up()

    assert ben.peer is caller
    phone.work()
    assert (phone.call().state, phone.call().agent) == (S.IN_PROGRESS, phone.ben)


def test_calls_of_which_nothing_is_heard_any_more_end(phone):
    phone.provider.call_in(DANA)
    phone.read()
    Call.objects.update(started_at=phone.now() - timedelta(hours=7))

    phone.work()

    assert phone.call().state == S.MISSED
