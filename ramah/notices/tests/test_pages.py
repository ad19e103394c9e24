"""What was told and what was not, what it is good for, settings, and what notices bring to the pages of others."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.testing import make_order
from ramah.conversations.models import Message
from ramah.conversations.testing import make_conversation, make_message
from ramah.customers.testing import make_customer
from ramah.desk.details import details_of
from ramah.desk.wording import activity_words
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry
from ramah.notices import kinds
from ramah.notices.models import Cause, Contact, Notice, NoticeSettings, Outcome, Suppression
from ramah.notices.queries.wishes import notice_settings
from ramah.notices.testing import make_choice, make_notice, make_rule
from ramah.shipping.models import Flight
from ramah.shipping.testing import make_flight, make_shipment

pytestmark = pytest.mark.django_db
SENT, EFFECT, SETTINGS = "/desk/notices/sent/", "/desk/notices/effect/", "/desk/settings/notices/"
BOARD, ACT, UNDO = "/desk/delivery/", "/desk/delivery/act/", "/desk/delivery/undo/"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def lia():
    return client_of(make_agent(name="Lia", role="lead"))


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


@pytest.fixture
def chris():
    return client_of(make_agent(name="Chris", role="contractor"))


def page(browser, url, **asked):
    response = browser.get(url, asked)
    assert response.status_code == 200
    return response.content.decode()


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_what_was_not_told_says_why(ben, at):
    order = make_order(number="TL-5", placed_at=at)
    make_notice(order, at=at, state="suppressed", reason="muted")
    sent = make_notice(order, at=at, state="sent")
    make_choice(sent, "wait", at=at, state="done", result="It arrives by Friday.")
    make_choice(sent, "talk", at=at)

    text = page(ben, SENT)

    assert "does not want to be told of this" in text
    assert "wait for the new day: Done. It arrives by Friday." in text
    assert "talk to a person" not in text  # once one is taken, the others say nothing any more
    assert text.count("TL-5") == 2
    assert len(ben.get(SENT, {"state": "sent"}).context["rows"]) == 1
    assert len(ben.get(SENT, {"rule": "late"}).context["rows"]) == 2


@pytest.mark.parametrize("reason", ["error: OperationalError", "erased", "unreachable", "quiet", "feed", "dropped"])
def test_a_reason_is_told_in_a_sentence(ben, at, reason):
    make_notice(make_order(placed_at=at), at=at, state="failed", reason=reason)

    (row,) = ben.get(SENT).context["rows"]

    assert row["reason"].endswith(".")
    assert "Operational" not in row["reason"]


def test_a_contractor_sees_names_that_are_addresses_masked(chris, at):
    customer = make_customer("dana@mail.example", email="dana@mail.example")
    make_notice(make_order(customer, placed_at=at), at=at)

    text = page(chris, SENT)

    assert "dana@mail.example" not in text
    assert "d•••@mail.example" in text


@pytest.mark.parametrize("asked", [{}, {"rule": "late"}, {"state": "sent"}])
def test_the_list_goes_on_and_takes_few_queries(ben, at, asked, django_assert_max_num_queries):
    order = make_order(placed_at=at)
    for number in range(60):
        make_choice(make_notice(order, at=at + timedelta(minutes=number), state="sent"), "wait", at=at)
    ben.get(SENT)

    with django_assert_max_num_queries(9):
        first = ben.get(SENT, asked)
    rest = ben.get(first.context["more"], headers={"HX-Request": "true"}).content.decode()

    assert len(first.context["rows"]) == 50
    assert rest.count("TL-") == 10
    assert ben.get(SENT, {"cursor": "x"}).status_code == 400


def test_empty_pages_say_what_will_stand_there(ben):
    assert "What rules plan, send and do not send appears here" in page(ben, SENT)
    text = page(ben, EFFECT)
    assert "No parcel was handed over in the last twelve weeks." in text
    assert "No week after a notice is over yet." in text
    assert "Nobody. Those who do not want to be told" in page(ben, SETTINGS)


def test_the_effect_is_told_in_words_beside_the_chart(ben, at):
    rule, order = make_rule(kinds.LATE, at=at), make_order(placed_at=at)
    make_shipment(order, at=at - timedelta(days=1))
    conversation = make_conversation(customer=order.customer)
    Contact.objects.create(conversation=conversation, order=order, at=at - timedelta(hours=3), is_wismo=True)
    for state, count, asked in (("sent", 100, 5), ("withheld", 100, 40)):
        for number in range(count):
            notice = make_notice(order, rule=rule, at=at, state=state)
            Outcome.objects.create(notice=notice, closed_at=at, asked_at=at if number < asked else None)

    text = page(ben, EFFECT)

    assert 'role="img" aria-label="Questions per 100 parcels, by week:' in text
    assert "−35.0 points" in text
    assert "may be chance" not in text
    assert "35 in 100 fewer write" in page(ben, "/desk/notices/")


def test_everybody_at_the_desk_but_contractors_stops_all_and_leads_start_again(lia, ben, chris):
    assert ben.post(reverse("notices-stop"), {"reason": ""}).status_code == 422
    assert notice_settings().all_off_at is None

    ben.post(reverse("notices-stop"), {"reason": "Wrong day in <b>all</b> of them"})

    held = NoticeSettings.objects.get()
    assert held.all_off_at is not None
    text = page(chris, SETTINGS)
    assert "Wrong day in &lt;b&gt;all&lt;/b&gt; of them" in text
    assert "Ben" in text
    assert "All notices are stopped." in page(chris, "/desk/notices/")
    assert ben.post(reverse("notices-start")).status_code == 403
    assert NoticeSettings.objects.get().all_off_at == held.all_off_at
    lia.post(reverse("notices-start"))
    assert NoticeSettings.objects.get().all_off_at is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("notices-stop", {"reason": "x"}),
        ("notices-start", {}),
        ("notice-settings-change", {"quiet_from": "20:00", "quiet_to": "09:00", "per_week": 1}),
        ("notice-spare", {"address": "dana@mail.example", "scope": "all"}),
    ],
)
def test_a_contractor_looks_but_changes_nothing(chris, name, told):
    make_customer("Dana", email="dana@mail.example")

    assert chris.post(reverse(name), told).status_code == 403

    assert not NoticeSettings.objects.exclude(all_off_at=None).exists()
    assert not Suppression.objects.exists()
    assert not AuditEntry.objects.exists()
    text = page(chris, SETTINGS)
    assert "Stop all notices now" not in text
    assert "Spare somebody" not in text


def test_quiet_hours_and_caps_are_set(lia, ben):
    told = {
        "quiet_from": "20:30",
        "quiet_to": "09:00",
        "per_week": "2",
        "promotions_per_week": "0",
        "credits_per_year": "1",
    }

    assert ben.post(reverse("notice-settings-change"), told).status_code == 403
    lia.post(reverse("notice-settings-change"), told)

    held = notice_settings()
    assert (f"{held.quiet_from:%H:%M}", f"{held.quiet_to:%H:%M}") == ("20:30", "09:00")
    assert (held.per_week, held.promotions_per_week, held.credits_per_year) == (2, 0, 1)
    for changed in ({"per_week": "51"}, {"quiet_to": "25:00"}, {"credits_per_year": "-1"}):
        assert lia.post(reverse("notice-settings-change"), {**told, **changed}).status_code == 422
    assert notice_settings().per_week == 2


@pytest.mark.parametrize(
    ("address", "is_whole", "whom"),
    [
        (" DANA@mail.example ", "on", "Dana"),
        ("dana@mail.example", "", "dana@mail.example"),
        ("0812 3456 7890", "", "+6281234567890"),
    ],
)
def test_somebody_is_spared_by_an_address_and_told_again(ben, address, is_whole, whom):
    make_customer("Dana", email="dana@mail.example", phone="+6281234567890")
    told = {"address": address, "is_whole": is_whole, "scope": "promotions", "until": "2031-01-31", "reason": "Asked"}

    ben.post(reverse("notice-spare"), told)

    row = Suppression.objects.get()
    assert (row.scope, row.reason, row.until.isoformat()) == ("promotions", "Asked", "2031-01-31T16:59:59+00:00")
    assert f"<b>{whom}</b>" in page(ben, SETTINGS)
    ben.post(reverse("notice-spare-lift", args=[row.public_id]))
    assert not Suppression.objects.exists()
    assert ben.post(reverse("notice-spare-lift", args=[row.public_id])).status_code == 302


@pytest.mark.parametrize("address", ["nobody@mail.example", "123", "Dana", "+" + "9" * 250, "' OR 1=1 --"])
def test_whom_nobody_knows_is_not_spared(ben, address):
    make_customer("Dana", email="dana@mail.example", phone="+6281234567890")

    answer = ben.post(reverse("notice-spare"), {"address": address, "scope": "all"})

    assert answer.status_code == 422
    assert "No customer has this address." in answer.content.decode()
    assert not Suppression.objects.exists()


def delivery(at, level=Flight.Level.LATE, **told):
    order = make_order(state="shipped", placed_at=at - timedelta(days=6), **told)
    shipment = make_shipment(order, at=at - timedelta(days=5))
    promised = int((at - timedelta(hours=20)).timestamp())
    make_flight(order, at=at - timedelta(days=5), shipment=shipment, level=level, promised=promised)
    return shipment


def test_the_board_says_what_was_told_and_where_it_is_spoken_about(ben, lia, at):
    shipment = delivery(at, number="TL-8")
    notice = make_notice(shipment.order, at=at, state="sent")
    make_choice(notice, "wait", at=at)
    conversation = make_conversation(customer=shipment.order.customer, about=f"order:{shipment.order_id}")

    text = page(lia, BOARD)

    assert "Late: Sent" in text
    assert reverse("desk_conversation", args=[conversation.public_id]) in text
    assert reverse("desk_conversation", args=[conversation.public_id]) not in page(ben, BOARD)  # not of his team


def test_nothing_is_told_by_hand_where_no_live_rule_speaks(ben, at):
    shipment = delivery(at, number="TL-8")
    make_rule(kinds.LATE, at=at, state="draft")

    answer = ben.post(ACT, {"do": "tell", "item": shipment.public_id}, follow=True)

    assert "TL-8: No live rule speaks of this." in said(answer)
    assert not Notice.objects.exists()


def test_customers_are_told_by_hand_once_and_it_can_be_called_off(ben, at, monkeypatch):
    shipment, fine = delivery(at, number="TL-8"), delivery(at, number="TL-9", level=Flight.Level.FINE)
    rule = make_rule(kinds.LATE, at=at)

    def plan(kind, *, order_id, shipment_id, at):
        if Notice.objects.exclude(state="outdated").exists():
            return None
        notice = make_notice(shipment.order, rule=rule, at=at)
        Cause.objects.create(key="delay:promise:1", notice=notice, made_at=at)
        return notice

    monkeypatch.setattr("ramah.notices.commands.by_hand.plan_now", plan)

    keys = [shipment.public_id, fine.public_id]
    answer = ben.post(ACT, {"do": "tell", "item": keys}, follow=True)
    assert "Done with 1 of 2. TL-9: There is nothing new to tell." in said(answer)
    assert AuditEntry.objects.get(action="notices.tell").subject == f"order:{shipment.order_id}"
    again = ben.post(ACT, {"do": "tell", "item": keys[:1]}, follow=True)
    assert "There is nothing new to tell." in said(again)
    ben.post(ACT, {"do": "tell", "item": keys})

    Notice.objects.all().delete()
    ben.post(ACT, {"do": "tell", "item": keys})
    undone = ben.post(UNDO, {}, follow=True)

    assert "Taken back for 1." in said(undone)
    assert [(row.state, row.reason) for row in Notice.objects.all()] == [("outdated", "called_off")]
    assert not Cause.objects.exists()


def test_a_contractor_tells_nobody(chris, at):
    shipment = delivery(at)
    make_rule(kinds.LATE, at=at)

    assert chris.post(ACT, {"do": "tell", "item": shipment.public_id}).status_code == 403
    assert not Notice.objects.exists()


def test_the_thread_says_what_a_message_was_and_what_became_of_its_choices(at):
    notice = make_notice(make_order(placed_at=at), at=at, state="sent")
    make_choice(notice, "wait", at=at)
    make_choice(notice, "cancel", at=at, state="expired")

    (shown,) = details_of({"notice": {"id": notice.public_id, "kind": "late"}}, sees_contact_data=True)

    assert shown.words == "Notice: Late"
    assert list(shown.lines) == ["wait for the new day: Offered", "cancel, with the money back: Expired"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("x", []),
        ({"id": "nobody", "kind": "<script>"}, ["Notice: <script>"]),  # escaped where it is shown
        ({"id": "../", "kind": "late"}, []),
        ({"id": 7}, []),
        ([1], []),
    ],
)
def test_whatever_stands_in_the_detail_does_no_harm(told, words):
    assert [shown.words for shown in details_of({"notice": told}, sees_contact_data=False)] == words


@pytest.mark.parametrize(
    ("activity", "detail", "words"),
    [
        ("notice_chosen", {"kind": "date"}, "The customer chose in a notice: another day"),
        ("notice_done", {"kind": "credit"}, "Done as the customer chose: wait, for a credit"),
        ("notice_not_done", {"kind": "cancel"}, "Not done, somebody has to answer: cancel, with the money back"),
        ("notice_not_done", {"kind": "beam_up"}, "Not done, somebody has to answer: beam up"),
        ("notice_expired", {"kind": "late"}, "The time to choose is over, nothing was chosen"),
    ],
)
def test_activities_of_notices_become_sentences(activity, detail, words):
    message = make_message(make_conversation(text=""), "")
    Message.objects.filter(pk=message.pk).update(activity=activity, detail=detail)
    message.refresh_from_db()

    assert activity_words(message)[1] == words
