"""Two customers become one and two again: what is filled in, where links lead, what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.customers import events
from ramah.customers.commands import (
    AlreadyMerged,
    AlreadyUndone,
    MergedFurther,
    SameCustomer,
    edit_customer,
    meet_customer,
    merge_customers,
    save_imported_customers,
    undo_merge,
)
from ramah.customers.key_runs import pack, unpack
from ramah.customers.models import ContactPoint, Customer, CustomerMerge
from ramah.customers.queries import CustomerActor, customer_for, merges_of
from ramah.customers.testing import make_customer
from ramah.customers.tests.test_meeting_customers import Told
from ramah.kernel.actors import SYSTEM, NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def published(monkeypatch):
    seen = []
    monkeypatch.setattr("ramah.customers.commands.merging.publish", lambda fact, subject: seen.append((fact, subject)))
    return seen


def merge(kept, merged, actor=SYSTEM):
    return merge_customers(actor=actor, kept=kept, merged=merged, at=AT)


def undo(done, actor=SYSTEM):
    undo_merge(actor=actor, merge=done, at=AT + timedelta(days=1))


def test_merging_is_audited_and_published(published):
    dana, other = make_customer("Dana", email="dana@mail.example"), make_customer("Dana P.", email="d@work.example")
    ben = actor_of_agent(make_agent(name="Ben"))

    done = merge(dana, other, ben)
    undo(done, ben)

    assert published == [
        (events.CustomersMerged(done.pk, dana.pk, other.pk), f"customer:{dana.pk}"),
        (events.CustomersUnmerged(done.pk, dana.pk, other.pk), f"customer:{dana.pk}"),
    ]
    lines = [(line.actor, line.action, line.subject, line.detail) for line in AuditEntry.objects.order_by("id")]
    detail = {"merged": other.pk, "moved": {"customers.ContactPoint.customer_id": 1}}
    assert lines == [
        (ben.ref, "customer.merge", f"customer:{dana.pk}", detail),
        (ben.ref, "customer.unmerge", f"customer:{dana.pk}", detail),
    ]


def test_empty_fields_are_filled_and_emptied_again():
    dana = make_customer("", language="")
    other = Customer.objects.create(name="Dana", language="id", time_zone="Asia/Jakarta", note="Regular", created_at=AT)

    done = merge(dana, other)

    dana.refresh_from_db()
    assert (dana.name, dana.language, dana.time_zone, dana.note) == ("Dana", "id", "Asia/Jakarta", "Regular")
    edit_customer(actor=SYSTEM, customer=dana, name="Dana Putri", at=AT)
    undo(done)
    dana.refresh_from_db()
    other.refresh_from_db()
    assert (dana.name, dana.language, dana.time_zone, dana.note) == ("Dana Putri", "", "", "")
    assert (other.name, other.language) == ("Dana", "id")


def test_what_is_known_is_not_overwritten():
    dana, other = make_customer("Dana", language="id"), make_customer("Eli", language="uk")

    merge(dana, other)

    dana.refresh_from_db()
    assert (dana.name, dana.language) == ("Dana", "id")


def test_the_id_in_the_shop_moves_and_the_next_import_finds_the_kept_customer():
    other = make_customer("Dana", email="dana@mail.example")
    Customer.objects.filter(pk=other.pk).update(external_id="c1")
    dana = make_customer("Dana")

    done = merge(dana, other)

    saved = save_imported_customers(actor=SYSTEM, people=[Told("c1", "Dana Putri")], at=AT)
    dana.refresh_from_db()
    assert [one.result for one in saved] == ["updated"]
    assert (dana.external_id, dana.name) == ("c1", "Dana Putri")
    undo(done)
    dana.refresh_from_db()
    other.refresh_from_db()
    assert (dana.external_id, other.external_id) == (None, "c1")


def test_old_links_lead_to_the_kept_customer_also_for_the_customer(django_assert_num_queries):
    dana, other, eli = make_customer("Dana"), make_customer("Dana"), make_customer("Eli")
    merge(dana, other)

    with django_assert_num_queries(1):
        assert customer_for(SYSTEM, public_id=other.public_id) == dana
    assert customer_for(CustomerActor(other.pk, "signed_in"), public_id=other.public_id) == dana
    assert customer_for(CustomerActor(dana.pk, "signed_in"), public_id=other.public_id) == dana
    for stranger in (CustomerActor(eli.pk, "signed_in"), CustomerActor(other.pk, "signed_in")):
        with pytest.raises(NotVisible):
            customer_for(stranger, public_id=dana.public_id if stranger.customer_id == eli.pk else eli.public_id)


def test_a_known_address_meets_the_kept_customer_after_the_merge():
    dana, other = make_customer("Dana"), make_customer("Dana", email="d@work.example")
    merge(dana, other)

    assert meet_customer(kind="email", value="d@work.example", at=AT).customer == dana


def test_customers_merged_before_come_along_and_go_back_step_by_step():
    a, b, c = (make_customer(name, email=f"{name}@mail.example") for name in "abc")
    first = merge(b, a)
    second = merge(c, b)

    assert {customer_for(SYSTEM, public_id=one.public_id) for one in (a, b, c)} == {c}
    assert [(one.pk, one.kept_id == c.pk) for one in merges_of(SYSTEM, c)] == [(second.pk, True), (first.pk, False)]
    with pytest.raises(MergedFurther):
        undo(first)
    assert c.contact_points.count() == 3

    undo(second)
    assert customer_for(SYSTEM, public_id=a.public_id) == b
    undo(first)
    assert [one.contact_points.get().value for one in (a, b, c)] == [f"{name}@mail.example" for name in "abc"]


def test_what_cannot_be_merged_is_refused_and_nothing_changes():
    dana, other, eli = make_customer("Dana"), make_customer("Dana"), make_customer("Eli", email="eli@mail.example")
    merge(dana, other)

    with pytest.raises(SameCustomer):
        merge(eli, eli)
    for kept, merged in ((eli, other), (other, eli)):
        with pytest.raises(AlreadyMerged):
            merge(kept, merged)

    assert CustomerMerge.objects.count() == 1
    assert ContactPoint.objects.get().customer == eli
    assert AuditEntry.objects.count() == 1


def test_a_merge_is_undone_once():
    done = merge(make_customer("Dana"), make_customer("Dana"))
    undo(done)

    with pytest.raises(AlreadyUndone):
        undo(done)

    assert AuditEntry.objects.filter(action="customer.unmerge").count() == 1


def test_two_can_be_merged_again_after_undoing():
    dana, other = make_customer("Dana"), make_customer("Dana", email="d@work.example")
    undo(merge(dana, other))

    merge(other, dana)

    assert customer_for(SYSTEM, public_id=dana.public_id) == other


def test_a_contractor_merges_nobody():
    dana, other = make_customer("Dana"), make_customer("Dana", email="d@work.example")
    chris = actor_of_agent(make_agent(role="contractor", name="Chris"))

    with pytest.raises(PermissionDenied):
        merge(dana, other, chris)
    assert ContactPoint.objects.get().customer == other
    assert not CustomerMerge.objects.exists()

    done = merge(dana, other)
    with pytest.raises(PermissionDenied):
        undo(done, chris)
    assert merges_of(chris, dana) == []
    assert ContactPoint.objects.get().customer == dana


@given(st.sets(st.integers(min_value=1, max_value=10**12)))
def test_keys_survive_packing(keys):
    assert list(unpack(pack(keys))) == sorted(keys)


def test_neighbors_are_packed_as_runs():
    assert pack([3, 1, 2, 60, 9, 61]) == "1-3 9 60-61"
    assert pack([]) == ""
