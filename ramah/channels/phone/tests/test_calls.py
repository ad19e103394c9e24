"""Calls that come in: answered, missed, taken by whoever is first, given up; and what their conversations hold."""

from datetime import timedelta

from ramah.accounts.testing import make_agent, make_team
from ramah.channels import commands
from ramah.channels.models import IntakeItem
from ramah.channels.phone import ringing
from ramah.channels.phone.models import Call
from ramah.channels.phone.tests.conftest import BEN, CLEO, DANA, errors
from ramah.channels.queries import intake_sum
from ramah.conversations.models import Conversation, Message
from ramah.desk.commands import queueing
from ramah.desk.models import Waiting
from ramah.promises.models import Promise

S = Call.State


def activities(call):
    rows = Message.objects.filter(conversation=call.conversation_id, kind="activity").order_by("id")
    return list(rows.values_list("activity", flat=True))


def promise(call, kind="first_reply"):
    return Promise.objects.get(subject=f"conversation:{call.conversation_id}", kind=kind)


def test_a_caller_is_greeted_waits_and_is_taken_and_the_conversation_has_it(phone):
    phone.present(phone.ben)
    caller = phone.provider.call_in(DANA)
    phone.work()
    (ben,) = phone.provider.ringing(BEN)

    ben.pick_up()
    ben.press("1")

    assert caller.heard[0] == "Welcome to Toko Laut."
    assert ben.heard == ["A call from +6281234567890. Press 1 to take it."]
    assert (ben.state, caller.state, ben.peer) == ("bridged", "bridged", caller)
    phone.work()
    call = phone.call()
    assert (call.state, call.agent, call.conversation.assignee) == (S.IN_PROGRESS, phone.ben, phone.ben)
    assert promise(call).state == "kept"

    caller.hang_up()
    phone.work()

    call.refresh_from_db()
    assert errors() == []
    assert (call.state, call.direction, call.customer_number) == (S.ENDED, "in", DANA)
    assert activities(call) == ["assigned", "call_answered", "call_ended"]
    said = Message.objects.get(conversation=call.conversation_id, kind="message")
    assert (said.text, said.author, said.detail) == ("Incoming call", "customer", {"call": call.public_id})
    assert intake_sum().closes
    assert IntakeItem.objects.exclude(state__in=["accepted", "duplicate"]).count() == 0


def test_a_missed_call_opens_a_conversation_with_a_promise(phone):
    caller = phone.provider.call_in(DANA)

    caller.hang_up()
    phone.work()

    call = phone.call()
    assert errors() == []
    assert call.state == S.MISSED
    assert (call.conversation.status, promise(call).state) == ("open", "open")
    assert Waiting.objects.get(pk=call.conversation_id).state == "left"
    assert activities(call) == ["wait_left", "call_missed"]
    assert Message.objects.filter(author="system", kind="message").count() == 0


def test_the_same_caller_goes_on_in_the_same_conversation(phone):
    for _ in range(2):
        phone.provider.call_in(DANA).hang_up()
        phone.work()

    assert (Call.objects.count(), Conversation.objects.count()) == (2, 1)
    assert Message.objects.filter(kind="message").count() == 2


def test_an_agent_who_does_not_pick_up_passes_the_call_on(phone):
    phone.present(phone.ben, phone.cleo)
    caller = phone.provider.call_in(DANA)
    phone.work()
    (first,) = phone.provider.ringing()

    first.decline()
    phone.work()
    (second,) = phone.provider.ringing()
    second.pick_up()
    second.press("1")

    assert {first.called, second.called} == {BEN, CLEO}
    assert second.peer is caller


def test_of_two_who_press_at_once_the_second_hears_that_the_caller_is_gone(phone):
    phone.present(phone.ben, phone.cleo)
    phone.provider.call_in(DANA)
    phone.work()
    (first,) = phone.provider.ringing()
    first.pick_up()
    wait = Waiting.objects.get()
    other = phone.cleo if wait.agent == phone.ben else phone.ben
    # The offer has run out just now, and the next agent's phone rings too.
    Waiting.objects.update(offer_ends_at=phone.now() - timedelta(seconds=1))
    phone.work()
    second = next(leg for leg in phone.provider.legs.values() if leg.called in (BEN, CLEO) and leg is not first)
    second.pick_up()

    second.press("1")
    first.press("1")

    assert (second.state, second.peer is not None) == ("bridged", True)
    assert (first.state, first.heard[-1]) == ("over", "The caller is no longer waiting. Goodbye.")
    phone.work()
    assert phone.call().agent == other


def test_pressing_again_or_a_replayed_request_changes_nothing(phone):
    phone.present(phone.ben)
    caller = phone.provider.call_in(DANA)
    phone.work()
    (ben,) = phone.provider.ringing()
    ben.pick_up()
    ben.press("1")
    answered_at = phone.call().answered_at

    for url, fields in list(phone.provider.posted):
        assert phone.provider.post_form(url, fields)[0] == 200
    phone.work()

    call = phone.call()
    assert (Call.objects.count(), Conversation.objects.count()) == (1, 1)
    assert (call.answered_at, call.agent, caller.state) == (answered_at, phone.ben, "bridged")
    assert IntakeItem.objects.filter(state="duplicate").count() == IntakeItem.objects.filter(state="accepted").count()
    assert errors() == []


def test_what_is_read_in_the_opposite_order_ends_the_same_way(phone):
    caller = phone.provider.call_in(DANA)
    caller.hang_up()
    last = IntakeItem.objects.latest("id").pk
    for item in IntakeItem.objects.all():
        IntakeItem.objects.filter(pk=item.pk).update(
            next_attempt_at=phone.now() - timedelta(minutes=1, seconds=-(last - item.pk))
        )

    phone.work()

    call = phone.call()
    assert (call.state, errors()) == (S.MISSED, [])
    assert not Waiting.objects.filter(state__in=["waiting", "offered"]).exists()


def test_a_hang_up_while_a_phone_rings_stops_the_ringing(phone):
    phone.present(phone.ben)
    caller = phone.provider.call_in(DANA)
    phone.work()
    (ben,) = phone.provider.ringing()

    caller.hang_up()
    phone.work()

    assert (ben.state, phone.call().state) == ("over", S.MISSED)


def test_nobody_in_time_lets_the_caller_choose_and_a_message_can_be_left(phone):
    phone.set(wait_seconds=1, offers_callback=False)
    caller = phone.provider.call_in(DANA)
    phone.read()
    Waiting.objects.update(gives_up_at=phone.now() - timedelta(seconds=1))
    phone.work()

    caller.stay_silent()
    caller.leave_message(transcript="Where is my parcel?")
    phone.work()

    call = phone.call()
    assert errors() == []
    assert (call.state, call.transcript) == (S.VOICEMAIL, "Where is my parcel?")
    assert (call.message.text, call.message.attachments.get().filename) == ("Where is my parcel?", "voicemail.mp3")
    assert promise(call).state == "open"


def test_a_withheld_number_is_a_person_of_its_own(phone):
    for _ in range(2):
        phone.provider.call_in("anonymous").hang_up()
    phone.work()

    first, second = Call.objects.order_by("id")
    assert first.conversation.customer != second.conversation.customer
    assert (first.customer_number, first.message.contact_point.proof) == ("", "anonymous")


def test_an_agent_who_hangs_up_ends_the_call(phone):
    phone.present(phone.ben)
    caller = phone.provider.call_in(DANA)
    phone.work()
    (ben,) = phone.provider.ringing(BEN)
    ben.pick_up()
    ben.press("1")

    ben.hang_up()
    phone.work()

    assert (phone.call().state, caller.state, errors()) == (S.ENDED, "over", [])


def test_a_worker_that_was_away_finds_the_call_over_and_owes_nothing(phone):
    phone.present(phone.ben)
    phone.provider.call_in(DANA)
    while commands.process_waiting(at=phone.now()):  # read, but nobody was told yet
        pass
    queueing.offer_waiting(at=phone.now())
    ringing.ring_due(at=phone.now())
    (ben,) = phone.provider.ringing(BEN)
    ben.pick_up()
    ben.press("1")
    assert not Promise.objects.exists()

    phone.work()

    assert promise(phone.call()).state == "kept"


def test_a_key_of_the_menu_sends_the_caller_to_a_team_and_its_language(phone):
    returns = make_team("Returns")
    finn = make_agent(name="Finn", teams=[returns])
    phone.inbox.teams.add(returns)
    phone.set(
        endpoints={phone.ben.public_id: BEN, finn.public_id: CLEO},
        menu=[{"key": "2", "language": "id", "skill": "", "team": returns.public_id, "says": "Retur? Tekan 2."}],
    )
    phone.present(phone.ben, finn)
    caller = phone.provider.call_in(DANA)

    caller.press("2")
    phone.work()

    assert [leg.called for leg in phone.provider.ringing()] == [CLEO]
    call = phone.call()
    assert (call.conversation.team, call.language, activities(call)) == (returns, "id", ["team"])
    assert "Retur? Tekan 2." in caller.heard


def test_a_team_that_left_the_inbox_is_no_longer_asked(phone):
    gone = make_team("Returns")
    line = {"key": "2", "language": "en", "skill": "", "team": gone.public_id, "says": ""}
    phone.set(menu=[line])
    phone.present(phone.ben)
    phone.provider.call_in(DANA).press("2")
    phone.work()

    assert [leg.called for leg in phone.provider.ringing()] == [BEN]
    assert (phone.call().conversation.team, errors()) == (None, [])
