"""Meeting customers in channels and bringing them in from another shop."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from ramah.customers.commands import Saved, meet_customer, meet_people, save_imported_customers
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.queries import CustomerActor, customer_for
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, SYSTEM, NotVisible
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FAILED_ELSEWHERE = Saved("failed", "it belongs to another customer; customers are merged by people only", "phone")


@dataclass(frozen=True)
class Told:
    external_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    time_zone: str = ""
    note: str = ""


def bring(*people, **options):
    return save_imported_customers(actor=SYSTEM, people=people, at=AT, **options)


def test_a_new_address_makes_a_customer():
    point = meet_customer(kind="email", value="dana@example.com", name="Dana", language="en", at=AT)

    assert (point.customer.name, point.customer.language, point.proof) == ("Dana", "en", "claimed")
    assert Customer.objects.count() == 1


def test_a_known_address_finds_the_customer_fills_gaps_and_keeps_the_better_proof():
    first = meet_customer(kind="email", value="dana@example.com", proof="channel_verified", at=AT)

    again = meet_customer(kind="email", value="dana@example.com", name="Dana", proof="claimed", at=AT)

    again.refresh_from_db()
    assert again.pk == first.pk
    assert (again.customer.name, again.proof) == ("Dana", "channel_verified")
    assert meet_customer(kind="email", value="dana@example.com", name="Other", at=AT).customer.name == "Dana"


def test_a_better_proof_replaces_the_stored_one():
    meet_customer(kind="email", value="dana@example.com", at=AT)

    meet_customer(kind="email", value="dana@example.com", proof="channel_verified", at=AT)

    point = ContactPoint.objects.get()
    assert (point.proof, point.verified_at) == ("channel_verified", AT)


def test_meeting_a_known_customer_is_one_query(django_assert_num_queries):
    meet_customer(kind="email", value="dana@example.com", name="Dana", language="en", at=AT)

    with django_assert_num_queries(1):
        meet_customer(kind="email", value="dana@example.com", name="Dana", language="en", at=AT)


def test_an_import_creates_updates_and_leaves():
    dana = Told("c1", "Dana", "dana@example.com", "+6281234567890", "en")

    assert bring(dana) == [Saved("created")]
    assert bring(dana) == [Saved("unchanged")]
    assert bring(Told("c1", "Dana Putri")) == [Saved("updated")]

    customer = Customer.objects.get()
    assert (customer.name, customer.language, customer.external_id) == ("Dana Putri", "en", "c1")
    assert set(customer.contact_points.values_list("kind", "value")) == {
        ("email", "dana@example.com"),
        ("phone", "+6281234567890"),
    }
    assert AuditEntry.objects.filter(action="customer.import").count() == 2


def test_a_customer_met_in_a_channel_gets_the_shops_id():
    customer = meet_customer(kind="email", value="dana@example.com", at=AT).customer

    assert bring(Told("c1", "Dana", "dana@example.com")) == [Saved("updated")]

    customer.refresh_from_db()
    assert (customer.external_id, customer.name) == ("c1", "Dana")


def test_nobody_is_merged_by_name():
    assert (
        bring(Told("c1", "Sari", "sari@example.com"), Told("c2", "Sari", "sari@example.org")) == [Saved("created")] * 2
    )
    assert Customer.objects.count() == 2


def test_an_address_of_somebody_else_is_refused():
    make_customer("Dana", email="dana@example.com", phone="+6281234567890")
    make_customer("Eli", email="eli@example.com")

    assert bring(Told("", "Eli", "eli@example.com", "+6281234567890")) == [FAILED_ELSEWHERE]

    assert ContactPoint.objects.get(kind="phone").customer.name == "Dana"


def test_an_id_cannot_take_a_customer_who_has_another():
    bring(Told("c1", "Dana", "dana@example.com"))

    saved = bring(Told("c9", "Mallory", "dana@example.com"))

    assert saved == [Saved("failed", "the address belongs to customer c1", "email or phone")]
    assert Customer.objects.get().name == "Dana"


def test_a_dry_run_leaves_no_trace():
    assert bring(Told("c1", "Dana", "dana@example.com"), dry_run=True) == [Saved("created")]

    assert not Customer.objects.exists()
    assert not AuditEntry.objects.exists()


def test_people_of_orders_are_met_without_overwriting_what_is_known():
    dana = make_customer("Dana", email="dana@example.com")

    found = meet_people(people=[Told("", "DANA P.", "dana@example.com"), Told("", "Eli", "eli@example.com")], at=AT)

    assert found[0] == dana
    assert [customer.name for customer in found] == ["Dana", "Eli"]


def test_a_batch_takes_a_handful_of_queries(django_assert_max_num_queries):
    people = [Told(f"c{n}", f"Customer {n}", f"c{n}@example.com", f"+62812{n:08}") for n in range(200)]

    with django_assert_max_num_queries(14):
        assert bring(*people) == [Saved("created")] * 200
    with django_assert_max_num_queries(6):
        assert bring(*people) == [Saved("unchanged")] * 200


def test_the_door_shows_a_customer_to_agents_and_to_themselves():
    dana, eli = make_customer("Dana"), make_customer("Eli")

    assert customer_for(SYSTEM, public_id=dana.public_id) == dana
    assert customer_for(CustomerActor(dana.pk, "claimed"), public_id=dana.public_id) == dana
    for actor in (NOBODY, CustomerActor(eli.pk, "signed_in")):
        with pytest.raises(NotVisible):
            customer_for(actor, public_id=dana.public_id)
    with pytest.raises(NotVisible):
        customer_for(SYSTEM, public_id="nobody")
