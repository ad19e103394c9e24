"""Waiting for a variant: asked once, promised, told in order, never twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ramah.commerce.commands import alerts as commands
from ramah.commerce.commands.alerts import (
    NothingToWaitFor,
    TooManyAlerts,
    ask_alert,
    take_alerts,
    withdraw_alert,
    withdraw_orphans,
)
from ramah.commerce.models import Alert, Product, Variant
from ramah.commerce.queries.alerts import (
    PAUSE,
    WAITS,
    alert_for,
    alerts_gone,
    alerts_lapsed,
    alerts_of,
    variants_awaited,
)
from ramah.commerce.testing import make_product
from ramah.commerce.tests.files import bring
from ramah.customers.models import ContactPoint
from ramah.customers.queries import CLAIMED, SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, SYSTEM, NotVisible
from ramah.kernel.models import AuditEntry, OutboxEvent
from ramah.kernel.personal_data import personal_data_holders
from ramah.promises.commands import Terms, make_promises
from ramah.promises.models import Promise

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BACK, PRICE = "back_in_stock", "price_drop"


@pytest.fixture
def variant(db):
    return variant_of(make_product(stock=0))


def variant_of(product):
    return Variant.objects.select_related("product").get(product=product)


def somebody(number=1):
    return make_customer(f"C{number}", email=f"c{number}@mail.example").contact_points.get()


def ask(variant, point=None, kind=BACK, *, currency="IDR", at=AT):
    return ask_alert(
        actor=NOBODY,
        contact_point=point or somebody(),
        variant=variant,
        kind=kind,
        language="id",
        currency=currency,
        at=at,
    )


def stock(variant, pieces):
    Variant.objects.filter(pk=variant.pk).update(stock=pieces)
    return Variant.objects.select_related("product").get(pk=variant.pk)


def take(variant, *, at=AT, **terms):
    with transaction.atomic():
        return [alert.pk for alert in take_alerts(variant=variant, at=at, **terms)]


def test_asked_twice_it_is_one_and_promised_once(variant):
    point = somebody()

    first, again = ask(variant, point), ask(variant, point)

    assert again == first
    promise = Promise.objects.get()
    assert (promise.kind, promise.subject, promise.customer_id, promise.state) == (
        BACK,
        f"alert:{first.pk}",
        point.customer_id,
        "open",
    )
    assert promise.due_at == AT + WAITS + timedelta(hours=1)
    assert AuditEntry.objects.get().action == "alert.ask"


@pytest.mark.parametrize(("kind", "pieces", "currency"), [(BACK, 1, "IDR"), (PRICE, 1, "USD"), ("nonsense", 1, "IDR")])
def test_there_must_be_something_to_wait_for(variant, kind, pieces, currency):
    with pytest.raises(NothingToWaitFor):
        ask(stock(variant, pieces), kind=kind, currency=currency)

    assert not Alert.objects.exists()


def test_nobody_waits_for_more_than_fifty_things(variant, monkeypatch):
    monkeypatch.setattr(commands, "MOST_WAITING", 1)
    point = somebody()
    ask(variant, point)

    with pytest.raises(TooManyAlerts):
        ask(variant_of(make_product(stock=0)), point)

    assert (Alert.objects.count(), Promise.objects.count()) == (1, 1)


def test_withdrawn_it_takes_its_promise_along(variant):
    alert = ask(variant)

    assert withdraw_alert(actor=SYSTEM, alert=alert, reason="asked for", at=AT)
    assert not withdraw_alert(actor=SYSTEM, alert=alert, reason="asked for", at=AT)

    assert (Alert.objects.get().state, Promise.objects.get().state) == ("withdrawn", "withdrawn")
    assert take(stock(variant, 5)) == []
    assert ask(stock(variant, 0), alert.contact_point) != alert


def test_of_n_pieces_the_first_three_n_are_told_and_the_rest_in_waves(variant):
    asked = [ask(variant, somebody(n)).pk for n in range(8)]
    there = stock(variant, 1)

    assert take(there) == asked[:3]
    assert take(there, at=AT + PAUSE - timedelta(seconds=1)) == []
    assert variants_awaited(at=AT + PAUSE - timedelta(seconds=1)) == []
    assert variants_awaited(at=AT + PAUSE) == [variant.pk]
    assert take(there, at=AT + PAUSE) == asked[3:6]
    assert take(stock(variant, 0), at=AT + 3 * PAUSE) == []
    assert variants_awaited(at=AT + 3 * PAUSE) == []
    assert take(stock(variant, 2), at=AT + 3 * PAUSE) == asked[6:]
    assert set(Promise.objects.values_list("state", flat=True)) == {"kept"}


def test_a_wave_larger_than_a_batch_goes_on(variant, monkeypatch):
    asked = [ask(variant, somebody(n)).pk for n in range(5)]
    published = []
    monkeypatch.setattr(commands, "publish", lambda fact, subject: published.append((fact.variant_id, subject)))
    there = stock(variant, 10)

    assert take(there, limit=2) == asked[:2]
    assert take(there, limit=2) == asked[2:4]
    assert published == [(variant.pk, f"product:{variant.product_id}")] * 2
    assert take(there, limit=2) == asked[4:]
    assert len(published) == 2


def test_if_the_message_fails_they_wait_as_before(variant):
    ask(variant)
    there = stock(variant, 1)

    with transaction.atomic():
        assert take_alerts(variant=there, at=AT)
        transaction.set_rollback(True)  # as when the message cannot be written

    assert (Alert.objects.get().state, Promise.objects.get().state) == ("waiting", "open")


def test_a_price_is_told_when_it_is_below_what_it_was_in_that_currency(variant):
    Variant.objects.filter(pk=variant.pk).update(other_prices={"UAH": ["1249.00", None]})
    there = stock(variant, 1)
    rupiah, hryvnia = ask(there, somebody(1), PRICE), ask(there, somebody(2), PRICE, currency="UAH")
    assert take(there) == []

    Variant.objects.filter(pk=variant.pk).update(price_amount=Decimal(388999))
    assert take(stock(variant, 0)) == []
    assert take(stock(variant, 1)) == [rupiah.pk]
    Variant.objects.filter(pk=variant.pk).update(other_prices={"UAH": ["1000.00", None]})
    assert take(stock(variant, 1)) == [hryvnia.pk]
    assert not Promise.objects.exists()


def test_what_is_archived_is_not_told_and_let_go(variant):
    alert = ask(variant)
    assert alerts_gone(variant.product_id) == []

    Product.objects.update(status="archived")

    assert take(stock(variant, 5)) == []
    assert alerts_gone(variant.product_id) == [alert]


@pytest.mark.parametrize(("model", "change"), [(Variant, {"is_active": False}), (Product, {"status": "draft"})])
def test_what_is_only_not_offered_is_not_told_and_waited_for_all_the_same(variant, model, change):
    ask(variant)
    before = model.objects.values(*change).get()

    model.objects.update(**change)
    assert take(stock(variant, 5)) == []
    assert alerts_gone(variant.product_id) == variants_awaited(at=AT) == []
    assert (Alert.objects.get().state, Promise.objects.get().state) == ("waiting", "open")

    model.objects.update(**before)
    assert variants_awaited(at=AT) == [variant.pk]
    assert len(take(stock(variant, 5))) == 1


def test_a_file_that_offers_it_again_has_them_told(db):
    heading = "product_id,title,sku,price,currency,stock,is_active"
    due = OutboxEvent.objects.filter(name="alerts.due")
    for row in ("P1,Shirt,S,5,IDR,1,yes", "P1,Shirt,S,4,IDR,1,no"):
        bring("products", heading, row)
    assert not due.exists()

    bring("products", heading, "P1,Shirt,S,4,IDR,1,yes")

    variant = Variant.objects.get()
    assert due.get().payload == {"variant_id": variant.pk, "product_id": variant.product_id}


@pytest.mark.parametrize("gone", [Variant, Product, ContactPoint])
def test_what_is_deleted_takes_the_promise_along_whoever_deletes_it(variant, gone):
    ask(variant, somebody(1))
    other = ask(variant_of(make_product(stock=0)), somebody(2))
    kept_subject = f"alert:{other.pk}"
    make_promises(
        actor=SYSTEM,
        customer_id=other.contact_point.customer_id,
        subject="conversation:7",
        terms=[Terms(kind=BACK, due_at=AT + WAITS)],
        at=AT,
    )
    assert withdraw_orphans(at=AT) == 0

    gone.objects.order_by("id").first().delete()

    assert withdraw_orphans(at=AT) == 1
    assert withdraw_orphans(at=AT) == 0
    ended = Promise.objects.get(state="withdrawn")
    assert (ended.reason, ended.ended_at) == ("no longer there", AT)
    assert set(Promise.objects.running().values_list("subject", flat=True)) == {kept_subject, "conversation:7"}


def test_a_bounced_address_is_let_go(variant):
    alert = ask(variant)
    alert.contact_point.bounced_at = AT
    alert.contact_point.save()

    assert take(stock(variant, 5)) == []
    assert (Alert.objects.get().state, Promise.objects.get().state) == ("withdrawn", "withdrawn")


def test_the_watch_ends_after_sixty_days_before_the_promise_breaks(variant):
    alert = ask(variant)

    assert alerts_lapsed(at=AT + WAITS - timedelta(seconds=1)) == []
    assert alerts_lapsed(at=AT + WAITS) == [alert]
    assert Promise.objects.get().due_at > AT + WAITS


def test_a_customer_sees_their_own_only(variant):
    own, other = ask(variant, somebody(1)), ask(variant, somebody(2))
    dana = CustomerActor(own.contact_point.customer_id, SIGNED_IN)

    assert alerts_of(dana) == [own]
    assert alert_for(dana, public_id=own.public_id) == own
    assert alerts_of(NOBODY) == alerts_of(SYSTEM) == []
    claimed = CustomerActor(dana.customer_id, CLAIMED)
    assert alerts_of(claimed) == []
    for actor, alert in ((dana, other), (NOBODY, own), (SYSTEM, own), (claimed, own)):
        with pytest.raises(NotVisible):
            alert_for(actor, public_id=alert.public_id)


def test_a_customer_gets_a_copy_of_their_own_alerts_alone(variant):
    dana, eli = somebody(1), somebody(2)
    ask(variant, dana)
    ask(variant, eli)

    told = next(one for one in personal_data_holders() if one.key == "commerce.kept").export(dana.customer_id)

    asked_at = AT.isoformat()
    assert told["alerts"] == [{"kind": BACK, "sku": variant.sku, "state": "waiting", "asked_at": asked_at}]


def test_who_is_not_ready_goes_on_waiting_and_holds_nobody_up(variant):
    asked = [ask(variant, somebody(n)) for n in range(6)]
    asleep = {alert.contact_point_id for alert in asked[:4]}
    there = stock(variant, 1)

    assert take(there, limit=2, is_ready=lambda point: point.pk not in asleep) == [asked[4].pk, asked[5].pk]

    waiting = Alert.objects.filter(state="waiting")
    assert set(waiting.values_list("contact_point_id", flat=True)) == asleep
    assert Promise.objects.running().count() == 4
    # Of three at a time for one piece one is left, and then the wave is over.
    assert take(there) == [asked[0].pk]
    assert take(there) == []


def test_while_nobody_is_ready_nobody_is_told_and_nothing_is_asked_for_again(variant, monkeypatch):
    monkeypatch.setattr(commands, "publish", lambda fact, subject: pytest.fail("there is nothing to be told"))
    for number in range(5):
        ask(variant, somebody(number))
    there = stock(variant, 5)
    ask(there, somebody(9), PRICE)
    Variant.objects.update(price_amount=Decimal(1))

    assert take(stock(variant, 5), limit=2, is_ready=lambda point: False) == []

    assert set(Alert.objects.values_list("state", flat=True)) == {"waiting"}
    assert set(Promise.objects.values_list("state", flat=True)) == {"open"}


def test_a_lower_price_waits_for_who_is_not_ready_as_well(variant):
    asleep, awake = (ask(stock(variant, 1), somebody(number), PRICE) for number in range(2))
    Variant.objects.update(price_amount=Decimal(1))

    assert take(stock(variant, 1), is_ready=lambda point: point.pk != asleep.contact_point_id) == [awake.pk]
    assert take(stock(variant, 1)) == [asleep.pk]


def test_whether_they_are_ready_costs_no_query_however_many_wait(variant):
    there = stock(variant, 1)
    zones = []

    def is_ready(point):
        zones.append(point.customer.time_zone)
        return False

    needed = []
    for number in (3, 40):
        for _ in range(number):
            Variant.objects.update(stock=0)
            ask(stock(variant, 0), somebody(len(zones) * 100 + Alert.objects.count()))
        there = stock(variant, 1)
        with CaptureQueriesContext(connection) as queries:
            assert take(there, limit=2, is_ready=is_ready) == []
        needed.append(len(queries))

    assert needed[0] == needed[1]
    assert len(zones) == 3 + 43


def test_if_it_cannot_be_said_who_is_ready_they_wait_as_before(variant):
    ask(variant)
    there = stock(variant, 1)

    def fails(point):
        raise LookupError("no such time zone")

    with pytest.raises(LookupError):
        take(there, is_ready=fails)

    assert (Alert.objects.get().state, Promise.objects.get().state) == ("waiting", "open")
    assert len(take(there)) == 1
