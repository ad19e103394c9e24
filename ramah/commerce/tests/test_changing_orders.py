"""Customers cancel their orders and have them sent elsewhere: who may, what follows, and what refuses changes nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands import change_order_state, record_refund
from ramah.commerce.commands.changing import ChangeRefused, OtherTerms, cancel_order, change_address
from ramah.commerce.events import OrderAddressChanged
from ramah.commerce.models import DeliveryOption, DeliveryRate, Order, Refund, ShopProfile, StockChange, Variant
from ramah.commerce.order_changes import Answer, NewPlace
from ramah.commerce.testing import ADDRESS, AT, make_order, make_product
from ramah.customers.queries import CHANNEL_VERIFIED, ORDER_VERIFIED, SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel import events
from ramah.kernel.actors import NOBODY, SYSTEM, NotVisible
from ramah.kernel.models import AuditEntry, OutboxEvent
from ramah.promises.commands import Terms, make_promises
from ramah.promises.models import Promise

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
JAKARTA = {
    **ADDRESS,
    "region": "DKI Jakarta",
    "city": "Jakarta Selatan",
    "postal_code": "12190",
    "line1": "Jl. Senopati 8",
}


@pytest.fixture
def heard(monkeypatch):
    monkeypatch.setattr(
        events, "_handlers", {name: {"test": print} for name in ("order.address_changed", "order.state_changed")}
    )
    return lambda: list(OutboxEvent.objects.order_by("id").values_list("name", "payload"))


@pytest.fixture
def dana():
    return make_customer("Dana", email="dana@mail.example")


def owner_of(order):
    return CustomerActor(order.customer_id, SIGNED_IN)


def guest_of(order):
    return CustomerActor(order.customer_id, ORDER_VERIFIED, order_id=order.pk)


def cancel(order, actor=None, reason=""):
    return cancel_order(actor=actor or owner_of(order), order=order, reason=reason, at=LATER)


def move(order, address, actor=None):
    return change_address(actor=actor or owner_of(order), order=order, address=address, at=LATER)


def untouched(order, state="paid"):
    order.refresh_from_db()
    assert (order.state, order.shipping_address) == (state, ADDRESS)
    assert order.history.count() == 1
    assert not Refund.objects.exists()
    assert not AuditEntry.objects.exists()


def strangers(order):
    other = make_order(make_customer("Eli"))
    return [
        NOBODY,
        owner_of(other),
        guest_of(other),
        CustomerActor(order.customer_id, ORDER_VERIFIED, order_id=other.pk),
        CustomerActor(order.customer_id, CHANNEL_VERIFIED),
    ]


@pytest.mark.parametrize("place", range(5))
def test_who_has_not_proved_this_order_changes_nothing_of_it(dana, place):
    order = make_order(dana)
    stranger = strangers(order)[place]

    with pytest.raises(NotVisible):
        cancel(order, stranger)
    with pytest.raises(NotVisible):
        move(order, JAKARTA, stranger)

    untouched(order)


def test_an_agent_goes_another_way(dana):
    order = make_order(dana)

    with pytest.raises(ChangeRefused) as refused:
        cancel(order, actor_of_agent(make_agent()))

    assert refused.value.why is Answer.NOT_PROVED
    untouched(order)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("packed", Answer.TOO_LATE),
        ("shipped", Answer.ON_ITS_WAY),
        ("delivered", Answer.OVER),
        ("cancelled", Answer.OVER),
    ],
)
def test_too_late_is_too_late(dana, state, why):
    order = make_order(dana, state=state)

    with pytest.raises(ChangeRefused) as refused:
        cancel(order)
    with pytest.raises(ChangeRefused) as refused_too:
        move(order, JAKARTA)

    assert (refused.value.why, refused_too.value.why) == (why, why)
    untouched(order, state)


def test_the_shop_says_until_when(dana):
    ShopProfile.objects.update_or_create(key="shop", defaults={"cancel_until": "paid"})
    order, early = make_order(dana), make_order(dana, state="placed", paid=False)

    with pytest.raises(ChangeRefused):
        cancel(order)
    cancel(early)

    untouched_state = Order.objects.get(pk=order.pk).state
    assert (untouched_state, Order.objects.get(pk=early.pk).state) == ("paid", "cancelled")


@pytest.mark.parametrize("actor_of", [owner_of, guest_of])
def test_a_paid_order_that_is_cancelled_asks_for_its_money_back(dana, heard, actor_of):
    order = make_order(dana, total=389000)

    cancel(order, actor_of(order), reason="  I changed\nmy mind ")

    order.refresh_from_db()
    assert order.state == "cancelled"
    step = order.history.last()
    assert (step.from_state, step.to_state, step.actor) == ("paid", "cancelled", f"customer:{dana.pk}")
    assert step.reason == "I changed my mind"
    refund = order.refunds.get()
    assert (refund.amount, refund.state, refund.created_at) == (Decimal(389000), "requested", LATER)
    trail = set(AuditEntry.objects.values_list("actor", "action"))
    assert trail == {(f"customer:{dana.pk}", "order.change_state"), ("system", "refund.record")}
    assert [name for name, _payload in heard()] == ["order.state_changed"]


def test_what_went_back_already_is_not_asked_for_twice(dana):
    order = make_order(dana, total=300000)
    record_refund(actor=SYSTEM, order=order, amount=order.money(Decimal(100000)), at=AT)

    cancel(order)

    assert [refund.amount for refund in order.refunds.order_by("id")] == [Decimal(100000), Decimal(200000)]


def test_an_unpaid_order_gives_its_pieces_and_its_promise_back(dana):
    order = make_order(dana, state="placed", paid=False)
    variant = make_product(stock=2).variants.get()
    order.lines.update(variant=variant)
    make_promises(
        actor=SYSTEM,
        customer_id=dana.pk,
        subject=f"order:{order.pk}",
        terms=[Terms("delivery", due_at=AT + timedelta(days=5))],
        at=AT,
    )

    cancel(order)

    assert Variant.objects.get().stock == 3
    assert StockChange.objects.get().actor == f"customer:{dana.pk}"
    assert Promise.objects.get().state == "withdrawn"
    assert not Refund.objects.exists()


def test_cancelling_twice_pays_back_once(dana):
    order = make_order(dana)
    cancel(order)

    with pytest.raises(ChangeRefused):
        cancel(order)

    assert order.refunds.count() == 1


def test_the_same_place_takes_another_street_and_name(dana, heard):
    order = make_order(dana)
    new = {**ADDRESS, "line1": "Jl. Margonda Raya 99", "name": "Budi"}

    move(order, new, guest_of(order))

    order.refresh_from_db()
    assert order.shipping_address == new
    step = order.history.last()
    assert (step.from_state, step.to_state, step.actor) == ("paid", "paid", f"customer:{dana.pk}")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("order.change_address", {})
    assert heard() == [("order.address_changed", {"order_id": order.pk, "customer_id": dana.pk})]
    assert OrderAddressChanged(**heard()[0][1])


def test_who_is_billed_moves_along_only_where_it_was_the_same(dana):
    same, other = make_order(dana), make_order(dana)
    Order.objects.filter(pk=same.pk).update(billing_address=ADDRESS)
    Order.objects.filter(pk=other.pk).update(billing_address={"name": "PT Maju"})
    new = {**ADDRESS, "line1": "Jl. Baru 1"}

    move(same, new)
    move(other, new)

    assert Order.objects.get(pk=same.pk).billing_address == new
    assert Order.objects.get(pk=other.pk).billing_address == {"name": "PT Maju"}


def test_the_same_address_again_leaves_no_trace(dana):
    order = make_order(dana)

    move(order, {**ADDRESS, "company": " "})

    untouched(order)


def delivered_by(order, **rates_by_region):
    option = DeliveryOption.objects.create(names={"en": "Regular"}, created_at=AT)
    for region, (amount, days) in rates_by_region.items():
        DeliveryRate.objects.create(
            option=option,
            country="ID",
            regions=[] if region == "elsewhere" else [region.replace("_", " ")],
            currency="IDR",
            amount=Decimal(amount),
            min_days=1,
            max_days=days,
            position=1 if region == "elsewhere" else 0,
        )
    order.delivery_option = option
    order.shipping_address = {**ADDRESS, "region": "Jawa Barat"}
    order.save()
    return order


@pytest.mark.parametrize(
    ("rates", "why"),
    [
        ({"Jawa_Barat": (12000, 3), "DKI_Jakarta": (15000, 3)}, NewPlace.OTHER_COST),
        ({"Jawa_Barat": (12000, 2), "DKI_Jakarta": (12000, 4)}, NewPlace.LATER),
        ({"Jawa_Barat": (12000, 3)}, NewPlace.NOT_DELIVERED),
    ],
)
def test_other_terms_are_for_support(dana, heard, rates, why):
    order = delivered_by(make_order(dana), **rates)

    with pytest.raises(OtherTerms) as other:
        move(order, JAKARTA)

    assert other.value.why is why
    order.refresh_from_db()
    assert order.shipping_address["city"] == "Depok"
    assert heard() == []
    assert not AuditEntry.objects.exists()


def test_another_town_on_the_same_terms_is_fine(dana):
    order = delivered_by(make_order(dana), elsewhere=(12000, 3))

    move(order, JAKARTA)

    assert Order.objects.get(pk=order.pk).shipping_address["city"] == "Jakarta Selatan"


def test_another_country_is_for_support(dana):
    order = delivered_by(make_order(dana), elsewhere=(12000, 3))

    with pytest.raises(OtherTerms) as other:
        move(order, {"name": "Oksana", "city": "Київ", "country": "UA"})

    assert other.value.why is NewPlace.OTHER_COUNTRY


def test_without_a_known_delivery_only_the_same_place_will_do(dana):
    order = make_order(dana)

    with pytest.raises(OtherTerms) as other:
        move(order, JAKARTA)

    assert other.value.why is NewPlace.NOT_DELIVERED
    untouched(order)


def test_what_is_no_part_of_an_address_is_refused(dana):
    order = make_order(dana)

    with pytest.raises(KeyError):
        move(order, {**ADDRESS, "state": "shipped"})

    untouched(order)


def test_packing_after_a_change_uses_the_new_address(dana):
    order = make_order(dana)
    new = {**ADDRESS, "line1": "Jl. Baru 1"}
    move(order, new)

    change_order_state(actor=SYSTEM, order=order, state="packed", at=LATER)

    with pytest.raises(ChangeRefused):
        move(order, ADDRESS)
    assert Order.objects.get(pk=order.pk).shipping_address == new
