"""Merging two customers moves what every app keeps of them, and undoing moves exactly that back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import transaction

from ramah.accounts.testing import actor_of_agent, client_of, make_agent, make_team
from ramah.commerce.models import Order
from ramah.commerce.queries import orders_of_customer
from ramah.commerce.testing import make_order
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.models import Conversation
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers.commands import gather_stragglers, meet_customer, merge_customers, undo_merge
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.ownership import owned_by_customers
from ramah.kernel.panels import customer_panels
from ramah.kernel.timeline import timeline_page
from ramah.promises.models import Promise
from ramah.promises.queries import promises_of_customer
from ramah.promises.testing import make_promise

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
# They say who was merged into whom and move with nobody.
EXEMPT = {
    "customers.CustomerMerge.kept_id",
    "customers.CustomerMerge.merged_id",
    "customers.CustomersApart.one_id",
    "customers.CustomersApart.other_id",
}


@pytest.fixture
def two(db):
    """Dana, met twice, and everything that belongs to either."""
    dana, other = make_customer("Dana", email="dana@mail.example"), make_customer("", email="dana@work.example")
    inbox = make_inbox("support")
    for customer in (dana, other):
        make_conversation(inbox, customer=customer, at=AT)
        make_order(customer)
        make_promise(customer)
    return dana, other


def holdings():
    """Which row belongs to whom, all apps together."""
    return {
        (key, pk): owner
        for key, owned in owned_by_customers().items()
        for pk, owner in apps.get_model(owned.model).objects.values_list("pk", owned.field)
    }


def belongs_to(holding, customer):
    return {row for row, owner in holding.items() if owner == customer.pk}


def test_every_foreign_key_to_a_customer_is_registered_or_exempt():
    found = {
        f"{model._meta.label}.{field.attname}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is Customer
    }

    assert found - EXEMPT == set(owned_by_customers())
    assert found >= EXEMPT


def test_everything_moves_and_undoing_moves_exactly_that_back(two):
    dana, other = two
    before = holdings()
    assert len(belongs_to(before, other)) == 4

    merge = merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)

    after = holdings()
    assert belongs_to(after, dana) == belongs_to(before, dana) | belongs_to(before, other) | {
        ("customers.Customer.merged_into_id", other.pk)
    }
    assert belongs_to(after, other) == set()

    undo_merge(actor=SYSTEM, merge=merge, at=AT)
    assert holdings() == before


def test_what_came_after_the_merge_stays_with_the_kept_customer(two):
    dana, other = two
    merge = merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)
    order, conversation = make_order(dana), make_conversation(customer=dana)
    promise = make_promise(dana)

    undo_merge(actor=SYSTEM, merge=merge, at=AT)

    for row in (order, conversation, promise):
        row.refresh_from_db()
        assert row.customer_id == dana.pk
    assert Order.objects.filter(customer=other).count() == 1
    assert Conversation.objects.filter(customer=other).count() == 1
    assert Promise.objects.filter(customer=other).count() == 1


def test_a_message_to_the_merged_customers_address_arrives_with_the_kept_one(two):
    dana, other = two
    merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)

    sender = meet_customer(kind="email", value="dana@work.example", name="Dana P.", at=AT)
    received = receive_message(
        InboundMessage(make_inbox("returns"), sender, external_id="<1@work.example>", digest="a", text="Hello"), at=AT
    )

    assert sender.customer == dana
    assert received.conversation.customer_id == dana.pk
    assert Customer.objects.count() == 2


def test_a_message_that_was_on_its_way_during_the_merge_is_gathered_and_undone_with_it(two):
    dana, other = two
    sender = ContactPoint.objects.get(value="dana@work.example")  # read before the merge
    merge = merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)
    inbound = InboundMessage(make_inbox("returns"), sender, external_id="<1@work.example>", digest="a", text="Hello")
    late = receive_message(inbound, at=AT).conversation
    assert late.customer_id == other.pk

    assert gather_stragglers(at=AT + timedelta(minutes=1)) == 1

    late.refresh_from_db()
    assert late.customer_id == dana.pk
    assert gather_stragglers(at=AT + timedelta(minutes=2)) == 0
    merge.refresh_from_db()
    undo_merge(actor=SYSTEM, merge=merge, at=AT)
    late.refresh_from_db()
    assert late.customer_id == other.pk
    assert gather_stragglers(at=AT + timedelta(minutes=3)) == 0


def test_queries_by_an_old_link_show_what_the_kept_customer_has(two):
    dana, other = two
    merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)

    assert len(promises_of_customer(SYSTEM, other.public_id)) == 2
    assert len(orders_of_customer(SYSTEM, dana, size=10).rows) == 2


def test_thousands_of_rows_move_in_few_statements(two, django_assert_max_num_queries):
    dana, other = two
    inbox = make_inbox("returns")
    rows = [
        Conversation(inbox=inbox, customer=other, last_message_at=AT, created_at=AT, public_id=f"c{number}")
        for number in range(3000)
    ]
    Conversation.objects.bulk_create(rows)

    most = 18 + len(owned_by_customers())  # one for each kind of rows, however many rows there are
    with django_assert_max_num_queries(most):
        merge = merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)

    assert Conversation.objects.filter(customer=dana).count() == 3002
    assert len(merge.moved["conversations.Conversation.customer_id"]) < 30
    with django_assert_max_num_queries(most):
        undo_merge(actor=SYSTEM, merge=merge, at=AT)
    assert Conversation.objects.filter(customer=other).count() == 3001


def test_a_merge_that_fails_half_way_leaves_no_trace(two, monkeypatch):
    dana, other = two
    before = holdings()
    monkeypatch.setattr("ramah.customers.commands.merging.publish", lambda *_args, **_more: 1 / 0)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)

    assert holdings() == before


def test_the_time_line_joins_all_apps_and_hides_what_the_agent_may_not_see(two):
    dana, _other = two
    care, returns = make_team("Care"), make_team("Returns")
    seen, hidden = make_inbox("care", teams=[care]), make_inbox("hidden", teams=[returns])
    make_conversation(seen, customer=dana, subject="Where is my parcel?", at=AT + timedelta(hours=2))
    make_conversation(hidden, customer=dana, subject="A complaint about Ben", at=AT + timedelta(hours=3))
    ben = actor_of_agent(make_agent(name="Ben", teams=[care]))

    titles = [entry.title for entry in timeline_page(ben, dana.pk)[0]]

    assert titles[0] == "Where is my parcel?"
    assert "A complaint about Ben" not in titles
    assert {"First met", "Address known"} < set(titles)
    assert [title for title in titles if title.startswith("Order TL-")]
    assert [title for title in titles if title.startswith("First reply")]


def test_the_time_line_shows_everything_once_page_by_page(two):
    dana, _other = two
    for number in range(30):
        make_order(dana, placed_at=AT + timedelta(minutes=number // 3))
    whole, none = timeline_page(SYSTEM, dana.pk, limit=200)
    assert none is None

    pages, before = [], None
    for _ in range(100):
        page, before = timeline_page(SYSTEM, dana.pk, before=before, limit=7)
        pages.extend(page)
        if before is None:
            break

    assert pages == whole
    assert len([entry for entry in whole if entry.icon == "cart"]) == 31


def test_the_customers_page_costs_the_same_whatever_there_is(two, django_assert_num_queries):
    dana, _other = two
    ben = client_of(make_agent(name="Ben"))
    ben.get(f"/desk/customers/{dana.public_id}/")

    with django_assert_num_queries(13):
        ben.get(f"/desk/customers/{dana.public_id}/")
    for number in range(30):
        make_order(dana, placed_at=AT + timedelta(days=number))
        make_promise(dana)
    with django_assert_num_queries(13):
        ben.get(f"/desk/customers/{dana.public_id}/")


def test_one_customer_panel_stands_beside_the_conversation():
    assert [panel.order for panel in customer_panels() if panel.key == "customer"] == [10]
