"""Putting right what is known of a customer: fields, addresses, bounces, proof by hand, and forgetting it all."""

from datetime import UTC, datetime

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.customers import commands
from ramah.customers.addresses import NotAnAddress, local_part, normalized, region_of
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM, NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.personal_data import personal_data_holders

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def dana(db):
    return make_customer("Dana", email="dana@mail.example")


@pytest.fixture
def point(dana):
    return dana.contact_points.get()


@pytest.fixture
def chris(db):
    return actor_of_agent(make_agent(role="contractor", name="Chris"))


def add(customer, value, kind="email", actor=SYSTEM):
    return commands.add_contact_point(actor=actor, customer=customer, kind=kind, value=value, at=AT)


def lines():
    return list(AuditEntry.objects.order_by("id").values_list("action", "subject", "detail"))


def holder():
    return next(one for one in personal_data_holders() if one.key == "customers")


@pytest.mark.parametrize(
    ("kind", "text", "region", "expected"),
    [
        ("email", " Dana@Mail.Example ", "", "dana@mail.example"),
        ("phone", "0812 3456 7890", "ID", "+6281234567890"),
        ("phone", "067 123 45 67", "UA", "+380671234567"),
        ("phone", "+62 812-3456-7890", "", "+6281234567890"),
        ("whatsapp", "+62 812 3456 7890", "UA", "+6281234567890"),
    ],
)
def test_addresses_are_written_down_in_one_form(kind, text, region, expected):
    assert normalized(kind, text, region=region) == expected


@pytest.mark.parametrize(
    ("kind", "text", "region"),
    [
        ("email", "dana", ""),
        ("email", "", ""),
        ("email", "x" * 250 + "@mail.example", ""),
        ("phone", "0812 3456 7890", ""),
        ("phone", "12", "ID"),
        ("phone", "no number", "ID"),
        ("phone", "9" * 300, "ID"),
        ("visitor", "v1", ""),
    ],
)
def test_what_is_no_address_is_refused(kind, text, region):
    with pytest.raises(NotAnAddress):
        normalized(kind, text, region=region)


def test_a_country_follows_from_a_time_zone():
    assert region_of("", "Asia/Jakarta") == "ID"
    assert region_of("Europe/Kyiv", "Asia/Jakarta") == "UA"
    assert region_of("UTC") in ("", "001")
    assert local_part("dana+shop@mail.example") == "dana"


def test_only_what_changed_is_written_and_named_in_the_audit_log(dana):
    commands.edit_customer(actor=SYSTEM, customer=dana, name="Dana", language="id", note="Calls back", at=AT)
    commands.edit_customer(actor=SYSTEM, customer=dana, language="id", at=AT)

    dana.refresh_from_db()
    assert (dana.name, dana.language, dana.note) == ("Dana", "id", "Calls back")
    assert lines() == [("customer.edit", f"customer:{dana.pk}", {"fields": ["language", "note"]})]


def test_a_further_address_is_claimed_and_added_once(dana, settings):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"
    number = add(dana, "0812 3456 7890", kind="phone")

    assert (number.value, number.proof, number.customer) == ("+6281234567890", "claimed", dana)
    assert add(dana, "+6281234567890", kind="phone") == number
    detail = {"contact_point": number.pk, "kind": "phone"}
    assert lines() == [("customer.add_contact", f"customer:{dana.pk}", detail)]


def test_an_address_of_somebody_else_names_its_owner_and_changes_nothing(dana):
    eli = make_customer("Eli", email="eli@mail.example")

    with pytest.raises(commands.AddressTaken) as refused:
        add(dana, "ELI@mail.example")

    assert refused.value.owner == eli
    assert list(dana.contact_points.values_list("value", flat=True)) == ["dana@mail.example"]
    assert lines() == []


def test_a_removed_address_meets_a_new_customer(dana, point):
    commands.remove_contact_point(actor=SYSTEM, point=point, at=AT)

    assert not dana.contact_points.exists()
    assert commands.meet_customer(kind="email", value="dana@mail.example", at=AT).customer != dana
    assert lines() == [("customer.remove_contact", f"customer:{dana.pk}", {"contact_point": point.pk, "kind": "email"})]


def test_an_address_is_right_again(dana, point):
    commands.flag_bounced(kind="email", value="dana@mail.example", reason="550 no such user", at=AT)
    point.refresh_from_db()
    assert point.bounced_at == AT

    commands.clear_bounce(actor=SYSTEM, point=point, at=AT)
    commands.clear_bounce(actor=SYSTEM, point=point, at=AT)

    point.refresh_from_db()
    assert (point.bounced_at, point.bounce_reason) == (None, "")
    assert [action for action, *_ in lines()] == ["customer.clear_bounce"]


def test_proof_is_given_and_taken_back_by_hand(dana, point):
    commands.set_proof(actor=SYSTEM, point=point, proof="channel_verified", at=AT)
    point.refresh_from_db()
    assert (point.proof, point.verified_at) == ("channel_verified", AT)

    commands.set_proof(actor=SYSTEM, point=point, proof="claimed", at=AT)
    point.refresh_from_db()
    assert (point.proof, point.verified_at) == ("claimed", None)
    assert [(action, detail["before"], detail["after"]) for action, _, detail in lines()] == [
        ("customer.set_proof", "claimed", "channel_verified"),
        ("customer.set_proof", "channel_verified", "claimed"),
    ]


@pytest.mark.parametrize("proof", ["signed_in", "order_verified", "anonymous", "", "nonsense"])
def test_what_only_the_customer_can_prove_is_not_given_by_hand(point, proof):
    with pytest.raises(commands.ProofNotByHand):
        commands.set_proof(actor=SYSTEM, point=point, proof=proof, at=AT)

    point.refresh_from_db()
    assert point.proof == "claimed"
    assert lines() == []


def test_a_merged_customer_is_not_edited(dana):
    other = make_customer("Dana")
    commands.merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)

    for change in (
        lambda: commands.edit_customer(actor=SYSTEM, customer=other, name="X", at=AT),
        lambda: add(other, "x@mail.example"),
    ):
        with pytest.raises(commands.CustomerIsMerged):
            change()

    assert not Customer.objects.filter(name="X").exists()
    assert not ContactPoint.objects.filter(value="x@mail.example").exists()


def test_an_address_that_is_gone_cannot_be_changed(point):
    ContactPoint.objects.all().delete()

    for change in (commands.remove_contact_point, commands.clear_bounce):
        with pytest.raises(NotVisible):
            change(actor=SYSTEM, point=point, at=AT)
    assert lines() == []


def test_a_contractor_changes_nothing(dana, point, chris):
    commands.flag_bounced(kind="email", value="dana@mail.example", reason="gone", at=AT)
    for change in (
        lambda: commands.edit_customer(actor=chris, customer=dana, name="X", at=AT),
        lambda: add(dana, "x@mail.example", actor=chris),
        lambda: commands.remove_contact_point(actor=chris, point=point, at=AT),
        lambda: commands.clear_bounce(actor=chris, point=point, at=AT),
        lambda: commands.set_proof(actor=chris, point=point, proof="channel_verified", at=AT),
    ):
        with pytest.raises(PermissionDenied):
            change()

    dana.refresh_from_db()
    left = ContactPoint.objects.get()
    assert (dana.name, left.value, left.proof, left.bounced_at) == ("Dana", "dana@mail.example", "claimed", AT)
    assert lines() == []


def test_a_copy_of_ones_data_holds_all_of_it(dana):
    other = make_customer("Dana P.", phone="+6281234567890")
    commands.merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)

    told = holder().export(dana.pk)

    assert [person["name"] for person in told["customers"]] == ["Dana", "Dana P."]
    assert [point["address"] for point in told["contact_points"]] == ["dana@mail.example", "+6281234567890"]


def test_erasing_leaves_no_person_and_can_be_repeated(dana):
    other, eli = make_customer("Dana P.", phone="+6281234567890"), make_customer("Eli", email="eli@mail.example")
    commands.merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)
    Customer.objects.filter(pk=dana.pk).update(note="Calls back", external_id="c1", time_zone="Asia/Jakarta")

    for _ in range(2):
        holder().erase(dana.pk)

    for row in (dana, other):
        row.refresh_from_db()
        assert (row.name, row.note, row.language, row.time_zone, row.external_id) == ("", "", "", "", None)
    assert ContactPoint.objects.get().customer == eli
    eli.refresh_from_db()
    assert eli.name == "Eli"
