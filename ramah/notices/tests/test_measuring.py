"""Who asked where their parcel is, what came of notices after a week, and what difference telling makes."""

from datetime import UTC, datetime, timedelta

import pytest

from ramah.commerce.commands import change_order_state
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.models import Conversation
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.kernel import outbox
from ramah.kernel.actors import SYSTEM
from ramah.notices import kinds
from ramah.notices.commands.measuring import close_outcomes, note_chosen
from ramah.notices.commands.sending import send_due
from ramah.notices.intervals import newcombe
from ramah.notices.models import Choice, Contact, Notice, Outcome, Rule
from ramah.notices.queries.effect import effect_of, wismo_by_week, wismo_of_carriers
from ramah.notices.queries.health import notices_told
from ramah.notices.testing import make_choice, make_notice
from ramah.notices.tests.scenes import AT, DAY, expected, live, ordered, planned, sent_off
from ramah.notices.wismo import asks_where
from ramah.shipping.models import Flight, Shipment
from ramah.shipping.testing import make_carrier, make_shipment

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    [
        "Where is my parcel?",
        "where's my order",
        "When will it arrive",
        "I still haven't received anything",
        "My package is late",
        "tracking says nothing",
        "Paket saya di mana ya kak?",
        "kapan sampai?",
        "barangnya belum datang",
        "Cek resi dong",
        "Де моя посилка?",
        "Коли прибуде замовлення",
        "Досі не отримала",
        "ＷＨＥＲＥ ｉｓ it",
    ],
)
def test_asks_where_it_is(text):
    assert asks_where(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you, all fine.",
        "Does the shirt shrink?",
        "Terima kasih banyak",
        "Ukurannya terlalu kecil, bisa tukar?",
        "Дякую!",
        "Чи є розмір M?",
        "x" * 100_000,
    ],
)
def test_asks_something_else(text):
    assert not asks_where(text)


@pytest.mark.parametrize(
    ("hits", "count", "other", "other_count", "expected_"),
    [
        # Newcombe 1998, table II, method 10.
        (56, 70, 48, 80, (0.2, 0.0524, 0.3339)),
        (9, 10, 3, 10, (0.6, 0.1705, 0.8090)),
        (0, 10, 0, 20, (0.0, -0.1611, 0.2775)),
        (10, 10, 0, 10, (1.0, 0.6075, 1.0)),
    ],
)
def test_the_difference_of_two_shares(hits, count, other, other_count, expected_):
    found = newcombe(hits, count, other, other_count)

    assert (found.value, found.low, found.high) == pytest.approx(expected_, abs=5e-4)
    assert newcombe(other, other_count, hits, count).low == pytest.approx(-found.high)


def test_without_cases_nothing_is_said():
    assert newcombe(1, 1, 0, 0) is None
    assert newcombe(0, 0, 1, 1) is None


@pytest.fixture
def inbox(db):
    return make_inbox("support", name="Toko Laut", language="en")


_numbers = iter(range(1000))


def writes(inbox, order, text, *, at, about=True, detail=None):
    number = next(_numbers)
    point = order.customer.contact_points.get()
    message = InboundMessage(
        inbox,
        point,
        external_id=f"<{number}@mail.example>",
        digest=str(number),
        text=text,
        about=f"order:{order.pk}" if about else "",
        detail=detail or {},
    )
    received = receive_message(message, at=at)
    outbox.drain()
    return received.conversation


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(AT, tick=False)


def test_a_question_about_a_parcel_under_way_is_a_contact(inbox):
    order = ordered()
    parcel = sent_off(order)

    writes(inbox, order, "Where is it?", at=AT)

    contact = Contact.objects.get()
    assert (contact.order, contact.shipment, contact.at, contact.is_wismo) == (order, parcel, AT, True)


@pytest.mark.parametrize(
    ("text", "about", "detail", "is_wismo"),
    [
        ("Where is it?", False, {}, True),
        ("Can I have it in blue?", True, {}, False),
        ("Hello", True, {"reason": "where"}, True),
    ],
)
def test_what_it_is_about_and_whether_it_asks_where(inbox, text, about, detail, is_wismo):
    order = ordered()
    sent_off(order)

    writes(inbox, order, text, at=AT, about=about, detail=detail)

    assert Contact.objects.get().is_wismo is is_wismo


def test_before_it_left_and_long_after_it_came_it_is_no_question_of_where(inbox):
    order = ordered()
    writes(inbox, order, "Where is it?", at=AT)
    assert [contact.is_wismo for contact in Contact.objects.all()] == [False]

    other = ordered(email="eli@mail.example", number="E-1")
    sent_off(other, state="delivered", delivered_at=AT - HOUR)
    writes(inbox, other, "Where is it?", at=AT + 4 * DAY)
    assert Contact.objects.filter(is_wismo=True).count() == 0


def test_who_has_two_parcels_on_the_way_and_names_none_is_not_guessed(inbox):
    order = ordered()
    sent_off(order)
    sent_off(ordered(order.customer, number="T-2"))

    writes(inbox, order, "Where is it?", at=AT, about=False)

    assert not Contact.objects.exists()


def test_asked_after_the_notice_all_the_same(inbox):
    live(kinds.AT_RISK)
    order = ordered()
    expected(order, Flight.Level.AT_RISK, shipment=sent_off(order))
    planned(kinds.AT_RISK, order)
    writes(inbox, order, "Where is it?", at=AT)
    send_due(at=AT + HOUR)
    assert Outcome.objects.get().asked_at is None

    writes(inbox, order, "And now?", at=AT + 2 * HOUR)
    writes(inbox, order, "Hello?", at=AT + 3 * HOUR)

    assert Outcome.objects.get().asked_at == AT + 2 * HOUR


def test_what_an_agent_is_handed_in_the_customers_name_is_no_question(inbox):
    order = ordered()
    sent_off(order)

    writes(inbox, order, "Where: leave it at the door", at=AT, detail={"choice": "leave"})

    assert not Contact.objects.exists()


def test_the_week_is_closed_with_what_came_of_it(inbox):
    live(kinds.AT_RISK)
    order = ordered()
    expected(order, Flight.Level.AT_RISK)
    notice = planned(kinds.AT_RISK, order)
    send_due(at=AT + HOUR)
    note_chosen(notice.pk, at=AT + 2 * HOUR)
    note_chosen(notice.pk, at=AT + 9 * HOUR)
    change_order_state(actor=SYSTEM, order=order, state="cancelled", at=AT + 3 * HOUR)
    add_activity(Conversation.objects.get(), "chat_rated", at=AT + DAY, score=4, text="")

    week = AT + HOUR + 7 * DAY
    assert [close_outcomes(at=week - HOUR), close_outcomes(at=week), close_outcomes(at=week + DAY)] == [0, 1, 0]

    outcome = Outcome.objects.get()
    assert (outcome.chose_at, outcome.canceled_at, outcome.rating, outcome.closed_at) == (
        AT + 2 * HOUR,
        AT + 3 * HOUR,
        4,
        week,
    )


@pytest.mark.parametrize("score", [0, 9, "<b>", None])
def test_a_rating_out_of_its_scale_is_none(inbox, score):
    conversation = make_conversation(inbox, at=AT)
    order = ordered()
    notice = make_notice(order, at=AT, state="sent", message=conversation.messages.get())
    Outcome.objects.create(notice=notice, next_attempt_at=AT)
    add_activity(conversation, "chat_rated", at=AT + DAY, score=score, text="")

    close_outcomes(at=AT + 8 * DAY)

    assert Outcome.objects.get().rating is None


def test_told_against_left_out(db):
    order = ordered()
    for number in range(20):
        state = "sent" if number < 12 else "withheld"
        notice = make_notice(order, at=AT, state=state, public_id=f"n{number}")
        asked = number in (0, 12, 13, 14, 15)
        Outcome.objects.create(notice=notice, asked_at=AT if asked else None, closed_at=AT if number != 19 else None)
    make_choice(Notice.objects.first(), "wait", at=AT)

    effect = effect_of(Rule.objects.get())

    assert (effect.told.count, effect.told.asked, effect.withheld.count, effect.withheld.asked) == (12, 1, 7, 4)
    assert effect.asked.value == pytest.approx(1 / 12 - 4 / 7)
    assert effect.asked.low < effect.asked.value < effect.asked.high < 0.05
    assert Choice.objects.count() == 1


def test_questions_by_week_and_by_carrier(inbox):
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    order = ordered()
    carrier = make_carrier(at=AT)
    for number in range(4):
        make_shipment(order, at=monday + number * 2 * DAY, carried_by=carrier)
    for number in range(3):
        conversation = make_conversation(inbox, at=AT)
        Contact.objects.create(
            conversation=conversation,
            order=order,
            shipment=Shipment.objects.first(),
            at=monday + number * HOUR,
            is_wismo=number < 2,
        )

    weeks = wismo_by_week(since=monday, until=monday + 14 * DAY)

    assert [(week.begins, week.shipments, week.asked, week.per_hundred) for week in weeks] == [(monday, 4, 2, 50.0)]
    assert wismo_of_carriers(since=monday, until=monday + DAY) == {carrier.pk: 2}


def test_the_doctor_is_told_what_stands_still(inbox):
    rule = live(kinds.AT_RISK)
    order = ordered()
    expected(order, Flight.Level.AT_RISK)
    planned(kinds.AT_RISK, order, at=AT - DAY)
    make_notice(order, at=AT, state="failed", rule=rule)

    told = notices_told(at=AT)

    assert (told["overdue"], told["failed_today"], told["braked"], told["has_inbox"]) == (1, 1, [], True)
    assert told["oldest_due"] == (AT - DAY + timedelta(minutes=10)).isoformat()
