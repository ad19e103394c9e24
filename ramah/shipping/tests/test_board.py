"""The delivery board: who sees what, narrowing and going on, doing something with many, and taking it back."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.models import Order
from ramah.commerce.testing import make_order
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry
from ramah.shipping.models import CarrierAccount, Claim, Flight, Lane, Shipment
from ramah.shipping.queries import board_parts
from ramah.shipping.queries.board import Wanted, _flights
from ramah.shipping.testing import make_carrier, make_flight, make_shipment

pytestmark = pytest.mark.django_db
BOARD, ACT, UNDO = "/desk/delivery/", "/desk/delivery/act/", "/desk/delivery/undo/"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


@pytest.fixture
def chris():
    return client_of(make_agent(name="Chris", role="contractor"))


def parcel(at, *, number="", level=Flight.Level.LATE, customer=None, carrier="jne", place="ID-JK", **told):
    """A parcel under way with its flight."""
    order = make_order(customer, number=number, state="shipped", placed_at=at - timedelta(days=4))
    shipment = make_shipment(order, at=at - timedelta(days=3), carried_by=make_carrier(carrier, at=at), **told)
    lane = Lane.objects.get_or_create(origin="ID", destination=place, carrier=carrier, service="")[0]
    promised = (
        int((at - timedelta(hours=5)).timestamp()) if level == Flight.Level.LATE else int(at.timestamp()) + 90_000
    )
    soon = int((at + timedelta(days=1)).timestamp())
    outlook = {
        "q10": soon,
        "q50": soon,
        "q80": soon + 86400,
        "q90": soon + 2 * 86400,
        "p_late": 0.834,
        "forecast_at": soon,
    }
    make_flight(
        order, at=at - timedelta(days=3), shipment=shipment, lane=lane, level=level, promised=promised, **outlook
    )
    return shipment


def page(browser, url=BOARD, **asked):
    response = browser.get(url, asked)
    assert response.status_code == 200
    return response.content.decode()


def shown(browser, **asked):
    """Numbers of the orders in the rows, in their order."""
    return [row.item.order.number for row in browser.get(BOARD, asked).context["rows"]]


def act(browser, do, *keys, words="", **further):
    return browser.post(ACT, {"do": do, "item": list(keys), "words": words, **further}, follow=True)


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def test_a_row_says_where_it_stands_what_was_promised_and_what_is_expected(ben, at):
    dana = make_customer("Dana Putri", email="dana@mail.example")
    parcel(at, number="TL-1", customer=dana, level=Flight.Level.AT_RISK, tracking_number="JN0123456789", reason="away",
           state="delivery_attempted")  # fmt: skip

    text = page(ben)

    for words in ("TL-1", "Dana Putri", "JN0123456789", "JNE", "Delivery attempted", "Nobody was there", "At risk",
                  "Promised for", "Expected ", "Late: very likely, 83 %", "Nothing yet"):  # fmt: skip
        assert words in text


def test_what_has_not_left_stands_there_too(ben, at):
    order = make_order(number="TL-2", placed_at=at)
    make_flight(order, at=at)

    text = page(ben)

    assert "Has not left" in text
    assert f"rest-{order.public_id}" in text


def test_a_contractor_sees_numbers_and_addresses_masked(chris, at):
    parcel(at, customer=make_customer("dana@mail.example", email="dana@mail.example"), tracking_number="JN0123456789",
           tracking_url="https://carrier.example/JN0123456789")  # fmt: skip

    text = page(chris)

    assert "JN0123456789" not in text
    assert "•••89" in text
    assert "dana@mail.example" not in text
    assert "d•••@mail.example" in text


def test_views_show_their_level_and_all_views_their_counts(ben, at):
    for number, level in (("TL-1", 1), ("TL-2", 2), ("TL-3", 3), ("TL-4", 5), ("TL-5", 4), ("TL-6", 0)):
        parcel(at, number=number, level=level)
    doubted = parcel(at, number="TL-7", level=0)
    Shipment.objects.filter(pk=doubted.pk).update(doubts=[{"word": "not_ready", "digest": ""}])

    found = {view: shown(ben, view=view) for view in ("at_risk", "late", "stalled", "lost", "failed", "contradiction")}

    assert found == {"at_risk": ["TL-1"], "late": ["TL-2"], "stalled": ["TL-3"], "lost": ["TL-4"], "failed": ["TL-5"],
                     "contradiction": ["TL-7"]}  # fmt: skip
    assert len(shown(ben)) == 7
    counts = {key: count for key, _name, count, _url in ben.get(BOARD).context["views"]}
    assert counts == {**dict.fromkeys(found, "1"), "all": "7"}
    assert "is not paid, is cancelled" in page(ben, view="contradiction")


def test_it_is_narrowed_to_a_carrier_and_a_place(ben, at):
    parcel(at, number="TL-1", carrier="jne", place="ID-jawa_barat-16")
    parcel(at, number="TL-2", carrier="sicepat", place="ID-jawa_barat-16")
    parcel(at, number="TL-3", carrier="sicepat", place="ID-bali-80")

    assert shown(ben, carrier="sicepat", place="ID-bali-80") == ["TL-3"]
    assert sorted(shown(ben, carrier="sicepat")) == ["TL-2", "TL-3"]
    assert "Jawa Barat 16, ID" in page(ben)
    assert "No delivery of this carrier and place" in page(ben, carrier="jne", place="ID-bali-80")


def test_a_list_goes_on_where_the_page_ended_and_htmx_gets_its_rows_alone(ben, at, monkeypatch):
    monkeypatch.setattr("ramah.shipping.queries.board.PAGE", 2)
    for number in range(5):
        parcel(at + timedelta(minutes=number), number=f"TL-{number}", level=1)
    first = ben.get(BOARD, {"view": "at_risk"})

    part = ben.get(first.context["more"], headers={"HX-Request": "true"})

    assert [row.item.order.number for row in first.context["rows"]] == ["TL-0", "TL-1"]
    assert re.findall(r"<b>(TL-\d)</b>", part.content.decode()) == ["TL-2", "TL-3"]
    assert b"<h1" not in part.content
    assert ben.get(BOARD, {"cursor": "made-up"}).status_code == 400


@pytest.mark.parametrize("view", ["at_risk", "late", "stalled", "lost", "failed", "contradiction", "all", "nonsense"])
def test_an_empty_view_says_what_that_means(ben, view):
    assert "Nothing here" in page(ben, view=view)


def test_a_page_takes_eight_queries_however_many_there_are(ben, at, django_assert_max_num_queries):
    for _number in range(12):
        parcel(at)
    ben.get(BOARD)
    cache.clear()

    with django_assert_max_num_queries(8):
        ben.get(BOARD, {"view": "late"})


@pytest.mark.parametrize(("view", "index"), [("late", "flight_level"), ("all", "flight_promised")])
def test_the_list_walks_an_index(view, index):
    if connection.vendor == "postgresql":  # which scans and sorts what is as good as empty
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )

    plan = _flights(Wanted(view)).order_by("promised", "id")[:50].explain()

    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_something_is_done_with_fifty_of_which_some_are_gone(ben, at):
    rows = [parcel(at) for _number in range(50)]
    keys = [row.public_id for row in rows]
    for row in rows[:4]:
        Flight.objects.filter(shipment=row).delete()
        Shipment.objects.filter(pk=row.pk).update(state="delivered", delivered_at=at)
    Shipment.objects.filter(pk=rows[4].pk).delete()
    order = Order.objects.get(pk=rows[5].order_id)
    Order.objects.filter(pk=order.pk).update(merchant_note="Call first")

    answer = act(ben, "note", *keys, words=" Carrier  says Monday ")

    assert "Done with 45 of 50." in said(answer)
    assert "5 are not on the board any more." in said(answer)
    order.refresh_from_db()
    assert order.merchant_note == "Call first\nCarrier says Monday"
    assert Order.objects.filter(merchant_note="").count() == 5


def test_a_note_is_taken_back_but_not_what_was_written_since(ben, at):
    first, second = parcel(at, number="TL-1"), parcel(at, number="TL-2")
    answer = act(ben, "note", first.public_id, second.public_id, words="Wrong ones")
    assert b"Undo" in answer.content
    Order.objects.filter(number="TL-2").update(merchant_note="Wrong ones\nAsked the customer")

    answer = ben.post(UNDO, {}, follow=True)

    assert "Taken back for 1." in said(answer)
    notes = dict(Order.objects.values_list("number", "merchant_note"))
    assert notes == {"TL-1": "", "TL-2": "Wrong ones\nAsked the customer"}
    assert "nothing left to take back" in said(ben.post(UNDO, {}, follow=True))


def test_undo_is_offered_once(ben, at):
    first = parcel(at)
    act(ben, "note", first.public_id, words="x")

    assert b"Undo" not in ben.get(BOARD).content


def test_claims_are_opened_once_and_can_be_taken_back(ben, at):
    first, rest = parcel(at), make_order(number="TL-9", placed_at=at)
    make_flight(rest, at=at)
    keys = [first.public_id, f"rest-{rest.public_id}"]

    answer = act(ben, "claim", *keys)

    assert "Done with 1 of 2." in said(answer)
    assert "TL-9: It has not left yet." in said(answer)
    assert list(Claim.objects.values_list("shipment_id", "kind")) == [(first.pk, "late")]
    assert "It is claimed already." in said(act(ben, "claim", keys[0]))
    assert Claim.objects.count() == 1
    act(ben, "check", keys[0])  # what was done last, not the claim, is what could be taken back now
    assert "nothing left to take back" in said(ben.post(UNDO, {}, follow=True))
    assert Claim.objects.count() == 1


def test_a_claim_just_opened_is_taken_back(ben, at):
    first = parcel(at, level=Flight.Level.STALLED)
    act(ben, "claim", first.public_id)
    assert Claim.objects.get().kind == "lost"

    ben.post(UNDO, {})

    assert not Claim.objects.exists()


def test_a_parcel_is_marked_lost(ben, at):
    first = parcel(at, number="TL-1")

    answer = act(ben, "lost", first.public_id)

    first.refresh_from_db()
    assert (first.state, said(answer)) == ("lost", "Done with 1 of 1.")


def test_only_carriers_that_can_be_asked_are(ben, at):
    asked, silent = parcel(at, number="TL-1"), parcel(at, number="TL-2")
    account = CarrierAccount.objects.create(key="np", name="np", provider="novaposhta", created_at=at)
    Shipment.objects.filter(pk=asked.pk).update(account=account)

    answer = act(ben, "check", asked.public_id, silent.public_id)

    assert "Done with 1 of 2. TL-2: Its carrier tells by itself" in said(answer)
    assert Flight.objects.get(shipment=asked).poll_at > 0
    assert Flight.objects.get(shipment=silent).poll_at == 0


@pytest.mark.parametrize("do", ["claim", "lost", "note"])
def test_who_may_not_leaves_no_trace(chris, at, do):
    first = parcel(at)

    answer = chris.post(ACT, {"do": do, "item": first.public_id, "words": "x"})

    assert answer.status_code == 403
    first.refresh_from_db()
    assert first.state == "in_transit"
    assert not Claim.objects.exists()
    assert not AuditEntry.objects.filter(subject=f"order:{first.order_id}").exists()
    assert Order.objects.get(pk=first.order_id).merchant_note == ""
    assert f'value="{do}"' not in page(chris)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"do": "note", "words": "x"}, "Tick what you want"),
        ({"do": "note", "words": "x", "item": [f"k{number}" for number in range(201)]}, "At most 200"),
        ({"do": "note", "words": "", "item": ["K"]}, "Write what colleagues"),
        ({"do": "note", "words": "x", "item": ["'; --", "rest-", "rest-%00", "x" * 9000]}, "Done with 0 of 4."),
    ],
)
def test_what_makes_no_sense_changes_nothing(ben, at, told, words):
    first = parcel(at)
    told = {**told, "item": [first.public_id if key == "K" else key for key in told.get("item", [])]}

    assert words in said(ben.post(ACT, told, follow=True))
    assert Order.objects.get(pk=first.order_id).merchant_note == ""


def test_an_action_nobody_knows_is_refused(ben, at):
    assert ben.post(ACT, {"do": "explode", "item": parcel(at).public_id}).status_code == 400


def test_a_stranger_is_sent_to_the_log_in(client, at):
    for url in (BOARD, ACT, UNDO):
        assert client.get(url).status_code in (302, 405)
    assert client.post(ACT, {"do": "lost", "item": parcel(at).public_id}).status_code == 302
    assert not Shipment.objects.filter(state="lost").exists()


def test_apps_above_say_what_was_told_and_where_it_is_spoken_about(ben, at, monkeypatch):
    first = parcel(at, number="TL-1")
    line = board_parts.BoardLine("Told <b>late</b>", at, further=["More"])
    monkeypatch.setattr(board_parts, "_told", [lambda actor, orders: {first.order_id: [line]}])
    talk = board_parts.BoardLine("C-1", url="/desk/c/1/")
    monkeypatch.setattr(board_parts, "_talks", [lambda actor, orders: {orders[0]: [talk]}])

    text = page(ben)

    assert "Told &lt;b&gt;late&lt;/b&gt;" in text
    assert 'href="/desk/c/1/"' in text


def test_the_bar_leads_to_it(ben):
    assert f'href="{reverse("deliveries")}"' in page(ben)
