"""A raw mail of the intake becomes a message, or ends with the reason why not; a bad one never stops the next."""

from datetime import UTC, datetime, timedelta

import pytest

from ramah.channels import commands
from ramah.channels.email import reading
from ramah.channels.models import IntakeItem
from ramah.channels.queries import intake_sum
from ramah.conversations.commands.delivering import mark_sent
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Conversation, ConversationInbox, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
State = IntakeItem.State


@pytest.fixture(autouse=True)
def _fresh_book(monkeypatch):
    monkeypatch.setattr(reading, "_book", reading.AddressBook())


@pytest.fixture
def inbox():
    return make_inbox("support", address="support@shop.example")


def mail(number=1, *, sender="Dana <dana@mail.example>", to="support@shop.example", body="Where is it?", **headers):
    fields = {
        "From": sender,
        "To": to,
        "Subject": "Parcel",
        "Date": "Mon, 02 Mar 2026 12:00:00 +0000",
        "Message-ID": f"<{number}@mail.example>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([*lines, "", body]).encode()


def take(inbox, *raws, at=NOON, envelope=None):
    items = commands.take_in(inbox_id=inbox.pk, raws=[(raw, envelope or {}) for raw in raws], at=at, claimed=True)
    for item in items:
        item.inbox = inbox
    commands.process(items, at=at)
    for item in items:
        item.refresh_from_db()
    return items


def take_one(inbox, raw, **more):
    return take(inbox, raw, **more)[0]


def sent_reply(conversation):
    delivery = post_reply(actor=SYSTEM, conversation=conversation, text="Tomorrow", at=NOON).delivery
    mark_sent(delivery, at=NOON)
    return delivery


def bounce_of(delivery, *, status="5.1.1", recipient="dana@mail.example", number=50):
    report = (
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {'failed' if status[0] == '5' else 'delayed'}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 no such user\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {delivery.external_id}\r\n--b--\r\n"
    )
    return mail(
        number,
        sender="MAILER-DAEMON@mx.mail.example",
        body=report,
        Return_Path="<>",
        MIME_Version="1.0",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
    )


def test_a_mail_becomes_a_message_of_its_customer(inbox):
    item = take_one(inbox, mail(Cc="Eli <eli@mail.example>", Reply_To="dana@work.example"))

    assert (item.state, item.external_id, item.claim) == (State.ACCEPTED, "<1@mail.example>", "")
    message = item.message
    assert (message.text, message.author_name, message.cc) == ("Where is it?", "Dana", ["eli@mail.example"])
    assert message.detail == {"reply_to": "dana@work.example"}
    assert item.conversation.customer.name == "Dana"
    assert ContactPoint.objects.get().proof == "claimed"


def test_a_prefix_of_replies_is_not_part_of_the_subject(inbox):
    item = take_one(inbox, mail(Subject="Re: AW: Balas: Paket belum sampai"))

    assert item.conversation.subject == "Paket belum sampai"
    assert item.message.subject == "Paket belum sampai"


def test_redelivered_with_other_transport_headers_it_is_a_duplicate(inbox):
    take_one(inbox, mail())

    again = take_one(inbox, b"Received: from elsewhere\r\n" + mail())

    assert (again.state, Message.objects.count()) == (State.DUPLICATE, 1)
    assert again.conversation.reference in again.reason


def test_a_stolen_message_id_takes_nobody_s_mail_away(inbox):
    first = take_one(inbox, mail())
    other, again = take(
        inbox, mail(sender="eli@mail.example", body="Mine"), mail(sender="eli@mail.example", body="Mine")
    )

    assert [item.state for item in (first, other, again)] == [State.ACCEPTED, State.ACCEPTED, State.DUPLICATE]
    assert (first.external_id, other.external_id == first.external_id) == ("<1@mail.example>", False)
    assert other.conversation != first.conversation
    assert intake_sum().closes


def test_one_mail_to_two_inboxes_is_one_conversation(inbox):
    returns = make_inbox("returns", address="returns@shop.example")
    both = "support@shop.example, returns@shop.example"
    first = take_one(inbox, mail(to=both))

    second = take_one(returns, mail(to=both))

    assert (second.state, second.conversation) == (State.DUPLICATE, first.conversation)
    assert "also sent to this inbox" in second.reason
    assert ConversationInbox.objects.get().inbox == returns


def test_a_mail_without_message_id_date_or_sender_is_still_somebodys(inbox):
    item = take_one(inbox, b"Subject: hello\n\nWho am I?")
    again = take_one(inbox, b"Subject: hello\n\nWho am I?")

    assert (item.state, again.state) == (State.ACCEPTED, State.DUPLICATE)
    assert item.message.contact_point.kind == "visitor"


def test_a_bounce_fails_the_message_it_is_about_and_flags_the_address(inbox):
    conversation = take_one(inbox, mail()).conversation
    delivery = sent_reply(conversation)

    item = take_one(inbox, bounce_of(delivery))

    delivery.refresh_from_db()
    assert (item.state, item.conversation) == (State.IGNORED, conversation)
    assert item.reason.startswith("bounce")
    assert delivery.state == "failed"
    assert "550 no such user" in delivery.error
    assert ContactPoint.objects.get(value="dana@mail.example").bounced_at == NOON
    assert conversation.messages.filter(activity="bounced").count() == 1
    assert Customer.objects.count() == 1


def test_a_soft_bounce_only_leaves_a_line(inbox):
    conversation = take_one(inbox, mail()).conversation
    delivery = sent_reply(conversation)

    take_one(inbox, bounce_of(delivery, status="4.4.1"))

    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert ContactPoint.objects.get().bounced_at is None
    assert conversation.messages.filter(activity="delayed").count() == 1


def test_a_bounce_that_names_somebody_else_flags_nobody(inbox):
    conversation = take_one(inbox, mail()).conversation
    take_one(inbox, mail(2, sender="eli@mail.example"))
    delivery = sent_reply(conversation)

    take_one(inbox, bounce_of(delivery, recipient="eli@mail.example"))

    assert ContactPoint.objects.filter(bounced_at__isnull=False).count() == 0


def test_a_bounce_of_a_message_that_is_not_ours_changes_nothing(inbox):
    conversation = take_one(inbox, mail()).conversation
    delivery = MessageDelivery(external_id="<someone@else.example>")

    item = take_one(inbox, bounce_of(delivery))

    assert (item.state, item.reason) == (State.IGNORED, "bounce of a message that is not ours")
    assert conversation.messages.count() == 1


def test_an_auto_reply_is_noted_in_its_thread_and_neither_reopens_nor_makes_a_customer(inbox):
    conversation = take_one(inbox, mail()).conversation
    delivery = sent_reply(conversation)
    Conversation.objects.update(status="resolved", resolved_at=NOON)

    item = take_one(inbox, mail(9, Auto_Submitted="auto-replied", In_Reply_To=delivery.external_id, body="I am away"))
    stranger = take_one(inbox, mail(10, sender="eli@mail.example", Auto_Submitted="auto-generated"))

    conversation.refresh_from_db()
    assert (item.state, item.conversation, conversation.status) == (State.IGNORED, conversation, "resolved")
    assert conversation.messages.get(activity="auto_reply").detail == {"text": "I am away"}
    assert (stranger.state, stranger.conversation, Customer.objects.count()) == (State.IGNORED, None, 1)


def test_our_own_mail_that_comes_back_is_a_loop_and_another_shops_is_not(inbox):
    own = take_one(inbox, mail(1, X_Ramah_Loop="support@shop.example"))
    own_sender = take_one(inbox, mail(2, sender="support@shop.example"))
    other_shop = take_one(inbox, mail(3, sender="care@other.example", X_Ramah_Loop="care@other.example"))

    assert [item.state for item in (own, own_sender, other_shop)] == [State.IGNORED, State.IGNORED, State.ACCEPTED]


def test_list_mail_is_kept_but_nobody_is_promised_anything(inbox):
    item = take_one(inbox, mail(Precedence="list", List_Id="<news.example>"))

    assert item.state == State.ACCEPTED
    from ramah.kernel.models import OutboxEvent

    assert OutboxEvent.objects.get(name="conversation.message_received").payload["is_personal"] is False


def test_what_a_trusted_server_verified_lifts_the_proof(inbox, settings):
    settings.TRUSTED_AUTHSERV_IDS = ["mx.shop.example"]
    results = "mx.shop.example; dmarc=pass header.from=mail.example"

    item = take_one(inbox, mail(Authentication_Results=results))
    forged = take_one(
        inbox, mail(2, sender="eli@mail.example", Authentication_Results=results.replace("mx.shop", "mx.evil"))
    )

    assert item.message.contact_point.proof == "channel_verified"
    assert item.message.detail == {"proof": "verified"}
    assert forged.message.contact_point.proof == "claimed"


def test_a_bad_mail_is_quarantined_alone_and_can_be_replayed(inbox, monkeypatch):
    read = reading.parse_mail

    def fail_on_two(raw):
        if b"<2@" in raw:
            raise ValueError("cannot read this")
        return read(raw)

    monkeypatch.setattr(reading, "parse_mail", fail_on_two)
    items = take(inbox, mail(1), mail(2), mail(3))

    assert [item.state for item in items] == [State.ACCEPTED, State.QUARANTINED, State.ACCEPTED]
    assert "cannot read this" in items[1].error
    assert (Message.objects.count(), intake_sum().closes) == (2, True)

    monkeypatch.setattr(reading, "parse_mail", read)
    commands.replay(actor=SYSTEM, item=items[1], at=NOON)
    items[1].refresh_from_db()
    assert (items[1].state, Message.objects.count()) == (State.ACCEPTED, 3)
    with pytest.raises(commands.NotReplayable):
        commands.replay(actor=SYSTEM, item=items[1], at=NOON)


def test_a_mail_of_which_only_the_head_was_fetched_is_quarantined(inbox):
    item = take_one(inbox, mail(), envelope={"left_out_bytes": 90_000_000})

    assert (item.state, item.reason) == (State.QUARANTINED, "MailTooLarge")


def test_a_worker_whose_claim_ran_out_undoes_its_reading(inbox):
    item = commands.take_in(inbox_id=inbox.pk, raws=[(mail(), {})], at=NOON, claimed=True)[0]
    item.inbox = inbox
    IntakeItem.objects.update(claim="somebody-else")

    commands.process([item], at=NOON)

    item.refresh_from_db()
    assert (item.state, Message.objects.count()) == (State.WAITING, 0)


def test_waiting_items_are_claimed_once_and_again_when_the_lease_is_over(inbox):
    commands.take_in(inbox_id=inbox.pk, raws=[(mail(1), {})], at=NOON)
    commands.take_in(inbox_id=inbox.pk, raws=[(mail(2), {})], at=NOON, claimed=True)

    assert commands.process_waiting(at=NOON) == 1
    assert commands.process_waiting(at=NOON) == 0
    assert commands.process_waiting(at=NOON + timedelta(minutes=2)) == 1
    assert intake_sum().accepted == 2


def test_spam_goes_where_it_can_be_seen(inbox):
    assert take_one(inbox, mail(X_Spam_Flag="YES")).conversation.status == "spam"
