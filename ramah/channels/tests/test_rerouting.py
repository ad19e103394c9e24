"""A message that failed goes another way: one that the customer agreed to, once, and as the same message."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, client_of, make_agent, make_team
from ramah.channels import kinds
from ramah.channels.commands.rerouting import NotAWay, NotFailed, other_ways, send_another_way
from ramah.channels.email.composing import compose
from ramah.channels.kinds import Kind
from ramah.conversations.commands import outlets
from ramah.conversations.commands.outlets import NotPossible, Outlet
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Message, MessageDelivery
from ramah.conversations.testing import make_conversation, make_inbox, make_message
from ramah.customers.commands import decide_consent
from ramah.customers.models import ContactPoint, Proof
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db
S = MessageDelivery.State
CAROL = "telegram"  # its contact points; the channel itself is the test's own


class Window:
    """Whether the channel may be written to now."""

    words = ""

    def check(self, conversation, at):
        if self.words:
            raise NotPossible(self.words)


@pytest.fixture
def window(monkeypatch):
    window = Window()
    outlet = Outlet("pigeon", CAROL, longest=50, check=window.check)
    kind = Kind("pigeon", "Pigeons", outlet, lambda *_: [], lambda *_: [], send=lambda *_: "p")
    monkeypatch.setitem(kinds._kinds, "pigeon", kind)
    monkeypatch.setitem(outlets._outlets, "pigeon", outlet)
    return window


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def ben(team):
    return make_agent(name="Ben", teams=[team])


@pytest.fixture
def loft(window, team):
    return make_inbox("loft", channel="pigeon", address="Loft 7", teams=[team])


@pytest.fixture
def dana(loft):
    return make_customer("Dana", email="dana@mail.example")


@pytest.fixture
def failed(dana, team, ben):
    """A mail to Dana that came back."""
    thread = make_conversation(make_inbox("support", teams=[team]), customer=dana)
    message = post_reply(actor=actor_of_agent(ben), conversation=thread, text="On Monday", at=clock.now())
    MessageDelivery.objects.update(state=S.FAILED, error="no such mailbox", next_attempt_at=None)
    message.delivery.refresh_from_db()
    return message.delivery


def give(customer, kind=CAROL, value="4711", proof=Proof.CHANNEL_VERIFIED, **fields):
    fields = {"created_at": clock.now(), **fields}
    return ContactPoint.objects.create(customer=customer, kind=kind, value=value, proof=proof, **fields)


def write_from(point, inbox, text="Hello"):
    """A word of the customer from there."""
    thread = make_conversation(inbox, customer=point.customer, text="")
    message = make_message(thread, text)
    Message.objects.filter(pk=message.pk).update(contact_point=point)
    return thread


def ways(delivery):
    return [(way.contact_point, way.inbox, way.trouble) for way in other_ways(delivery.message, at=clock.now())]


def send(delivery, point, actor=SYSTEM):
    send_another_way(actor=actor, delivery=delivery, contact_point=point, at=clock.now())


def test_an_address_that_nobody_agreed_to_is_no_way(failed, dana):
    point = give(dana)

    assert ways(failed) == []
    with pytest.raises(NotAWay):
        send(failed, point)
    failed.refresh_from_db()
    assert (failed.state, failed.recipients) == (S.FAILED, ["dana@mail.example"])
    assert not AuditEntry.objects.filter(action="delivery.reroute").exists()


def test_where_they_wrote_from_is_a_way(failed, dana, loft):
    point = give(dana, proof=Proof.CLAIMED)
    write_from(point, loft)

    assert ways(failed) == [(point, loft, "")]


def test_what_they_agreed_to_is_a_way_while_they_do_and_where_it_is_verified(failed, dana, loft):
    sure, claimed = give(dana), give(dana, value="4712", proof=Proof.CLAIMED)
    decide = {"actor": SYSTEM, "customer": dana, "purpose": "service", "source": "test", "at": clock.now()}
    decide_consent(granted=True, **decide)
    assert ways(failed) == [(sure, loft, "")]
    assert claimed not in [way[0] for way in ways(failed)]

    decide_consent(granted=False, **decide)

    assert ways(failed) == []


@pytest.mark.parametrize("fault", ["bounced_at", "opted_out_at"])
def test_an_address_that_bounced_or_said_stop_is_no_way(failed, dana, loft, fault):
    write_from(give(dana, **{fault: clock.now()}), loft)

    assert ways(failed) == []


def test_nobody_else_s_address_is_a_way(failed, dana, loft):
    eli = make_customer("Eli")
    point = give(eli)
    write_from(point, loft)

    assert ways(failed) == []
    with pytest.raises(NotAWay):
        send(failed, point)


def test_it_goes_there_as_the_same_message(failed, dana, loft, ben):
    point = give(dana)
    write_from(point, loft)

    send(failed, point, actor_of_agent(ben))

    failed.refresh_from_db()
    assert (failed.state, failed.inbox, failed.recipients, failed.error) == (S.QUEUED, loft, ["4711"], "")
    assert failed.next_attempt_at is not None
    message = Message.objects.get(pk=failed.message_id)
    assert (message.inbox, message.to, message.text) == (loft, ["4711"], "On Monday")
    activity = Message.objects.get(activity="sent_another_way")
    assert (activity.conversation, activity.agent, activity.detail) == (
        message.conversation,
        ben,
        {"channel": "pigeon"},
    )
    entry = AuditEntry.objects.get(action="delivery.reroute")
    assert entry.detail["contact_point"] == point.pk
    assert "4711" not in str(entry.detail["channel"])


def test_twice_is_once(failed, dana, loft):
    point = give(dana)
    write_from(point, loft)
    send(failed, point)

    with pytest.raises(NotFailed):
        send(failed, point)

    assert ways(failed) == []
    assert Message.objects.filter(activity="sent_another_way").count() == 1


@pytest.mark.parametrize("state", [S.QUEUED, S.SENDING, S.SENT, S.DELIVERED, S.READ])
def test_what_has_not_failed_stays(failed, dana, loft, state):
    point = give(dana)
    write_from(point, loft)
    MessageDelivery.objects.update(state=state)

    assert ways(failed) == []
    with pytest.raises(NotFailed):
        send(failed, point)


def test_a_channel_that_cannot_take_it_now_says_why(failed, dana, loft, window):
    point = give(dana)
    write_from(point, loft)
    window.words = "Only within 24 hours."
    assert ways(failed) == [(point, loft, "Only within 24 hours.")]
    with pytest.raises(NotAWay, match="24 hours"):
        send(failed, point)

    window.words = ""
    Message.objects.filter(pk=failed.message_id).update(text="x" * 51)
    failed.message.refresh_from_db()

    assert [way[2] for way in ways(failed)] == ["The message is longer than this channel takes."]


def test_an_inbox_that_is_not_in_use_or_cannot_send_is_no_way(failed, dana, loft):
    write_from(give(dana), loft)
    write_from(give(dana, kind="visitor", value="v1"), make_inbox("chat", channel="chat", address="chat:chat"))
    loft.is_active = False
    loft.save()

    assert ways(failed) == []


def test_from_another_channel_to_mail_it_gets_an_id_that_mails_may_have(dana, loft, ben):
    mail = make_inbox("support", language="en")
    point = give(dana)
    thread = write_from(point, loft)
    make_conversation(mail, customer=dana)
    message = post_reply(actor=SYSTEM, conversation=thread, text="On Monday", at=clock.now())
    MessageDelivery.objects.update(
        state=S.FAILED, external_id="pigeon:1", headers={"template": {"name": "x"}, "parts": {}}
    )
    message.delivery.refresh_from_db()
    address = ContactPoint.objects.get(kind="email")

    send(message.delivery, address)

    delivery = MessageDelivery.objects.select_related("message__conversation", "inbox").get()
    composed = compose(delivery)
    assert (delivery.inbox, delivery.headers) == (mail, {})
    assert composed["To"] == "dana@mail.example"
    assert composed["Message-ID"] == delivery.external_id
    assert delivery.message.external_ids.filter(value=delivery.external_id).exists()


def test_another_address_of_the_same_channel_is_a_way_and_the_failed_one_is_not(failed, dana):
    second = give(dana, kind="email", value="dana@work.example")
    write_from(second, failed.inbox)

    assert [way[0] for way in ways(failed)] == [second]


def test_where_they_wrote_last_comes_first(failed, dana, loft):
    first, second = give(dana), give(dana, value="4712")
    write_from(second, loft)
    write_from(first, loft)

    assert [way[0] for way in ways(failed)] == [first, second]


def test_who_may_not_answer_sends_nothing(failed, dana, loft):
    point = give(dana)
    write_from(point, loft)

    class Nobody:
        ref = label = "nobody"

        def may(self, permission):
            return False

    with pytest.raises(PermissionDenied):
        send(failed, point, Nobody())


def test_the_fragment_offers_and_sends(failed, dana, loft, ben):
    point = give(dana)
    write_from(point, loft)
    browser, url = client_of(ben), f"/desk/deliveries/{failed.public_id}/ways/"
    page = browser.get(url).content.decode()
    assert "Pigeons: 4711" in page

    for key in ("", "0", "x", str(ContactPoint.objects.get(kind="email").pk)):
        assert browser.post(f"{url}send/", {"to": key}, headers={"HX-Request": "true"}).status_code == 422
    done = browser.post(f"{url}send/", {"to": point.pk}, headers={"HX-Request": "true"})

    assert done.status_code == 200
    assert "It goes by Pigeons now." in done.content.decode()
    failed.refresh_from_db()
    assert failed.state == S.QUEUED
    assert "<form" not in browser.get(url).content.decode()


def test_without_javascript_it_leads_back_to_the_thread(failed, dana, loft, ben):
    point = give(dana)
    write_from(point, loft)

    done = client_of(ben).post(f"/desk/deliveries/{failed.public_id}/ways/send/", {"to": point.pk})

    assert done["Location"] == f"/desk/c/{failed.message.conversation.public_id}/"


def test_a_contractor_sees_only_enough_of_the_address(failed, dana, loft, team):
    write_from(give(dana, value="471147"), loft)
    chris = client_of(make_agent(name="Chris", role="contractor", teams=[team]))

    page = chris.get(f"/desk/deliveries/{failed.public_id}/ways/").content.decode()

    assert "•••47" in page
    assert "471147" not in page


def test_another_team_sees_nothing(failed, dana, loft):
    write_from(give(dana), loft)
    cleo = client_of(make_agent(name="Cleo", teams=[make_team()]))

    assert cleo.get(f"/desk/deliveries/{failed.public_id}/ways/").status_code == 404
    assert cleo.post(f"/desk/deliveries/{failed.public_id}/ways/send/").status_code == 404


def test_many_addresses_cost_no_more(failed, dana, loft, django_assert_max_num_queries):
    for number in range(10):
        write_from(give(dana, value=str(number)), loft)

    with django_assert_max_num_queries(8):
        assert len(other_ways(failed.message, at=clock.now() + timedelta(seconds=1))) == 10
