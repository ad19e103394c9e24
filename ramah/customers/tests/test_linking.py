"""The same verified address on two customers: suggested, never merged by itself, and not suggested again once denied."""

from datetime import UTC, datetime

import pytest

from ramah.accounts import commands as accounts
from ramah.accounts.testing import actor_of_agent, client_of, make_agent
from ramah.customers.commands import erase_customer, keep_apart, merge_customers, undo_merge
from ramah.customers.models import ContactPoint, Customer, CustomerLogin, CustomersApart, Proof
from ramah.customers.proof import CustomerActor
from ramah.customers.queries import link_suggestions, merge_candidates
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NUMBER = "+628123456789"


def give(customer, kind, value, proof):
    return ContactPoint.objects.create(customer=customer, kind=kind, value=value, proof=proof, created_at=AT)


@pytest.fixture
def ben():
    return make_agent(name="Ben")


@pytest.fixture
def two():
    """One number, by WhatsApp and by phone, verified with both."""
    dana, other = make_customer("Dana"), make_customer("D. Putri")
    give(dana, "whatsapp", NUMBER, Proof.CHANNEL_VERIFIED)
    give(other, "phone", NUMBER, Proof.ORDER_VERIFIED)
    return dana, other


def suggested(agent, customer):
    return [(one.customer, one.reasons) for one in link_suggestions(actor_of_agent(agent), customer)]


def test_the_same_number_verified_on_both_sides_is_suggested_to_both(two, ben):
    dana, other = two

    assert suggested(ben, dana) == [(other, ["verified_number"])]
    assert suggested(ben, other) == [(dana, ["verified_number"])]
    assert Customer.objects.filter(merged_into=None).count() == 2


@pytest.mark.parametrize(
    "proofs", [("claimed", "order_verified"), ("channel_verified", "claimed"), ("anonymous", "claimed")]
)
def test_what_anybody_can_type_is_no_ground(proofs, ben):
    dana, mallory = make_customer("Dana"), make_customer("Mallory")
    give(dana, "whatsapp", NUMBER, proofs[0])
    give(mallory, "phone", NUMBER, proofs[1])

    assert suggested(ben, dana) == suggested(ben, mallory) == []


def test_the_same_value_on_another_kind_of_channel_is_no_ground(ben):
    dana, other = make_customer("Dana"), make_customer("Other")
    give(dana, "telegram", "4711", Proof.CHANNEL_VERIFIED)
    give(other, "messenger", "4711", Proof.CHANNEL_VERIFIED)

    assert suggested(ben, dana) == []


def test_a_log_in_with_the_address_of_another_is_suggested(ben):
    dana, other = make_customer("Dana", email="dana@mail.example"), make_customer("Other")
    ContactPoint.objects.update(proof=Proof.CHANNEL_VERIFIED)
    user = accounts.open_login(email="Dana@mail.example", language="en", at=AT)
    CustomerLogin.objects.create(user=user, customer=other, created_at=AT)

    assert suggested(ben, dana) == [(other, ["verified_email"])]
    assert suggested(ben, other) == [(dana, ["verified_email"])]


def test_one_that_was_merged_is_not_suggested_and_comes_back_with_the_undoing(two, ben):
    dana, other = two
    merge = merge_customers(actor=SYSTEM, kept=dana, merged=other, at=AT)
    assert suggested(ben, dana) == []

    undo_merge(actor=SYSTEM, merge=merge, at=AT)

    assert suggested(ben, dana) == [(other, ["verified_number"])]


def test_kept_apart_they_are_suggested_nowhere(two, ben):
    dana, other = two

    for _ in range(2):
        keep_apart(actor=actor_of_agent(ben), one=other, other=dana, reason="Mother and son share it", at=AT)

    row = CustomersApart.objects.get()
    assert (row.one, row.other, row.reason) == (dana, other, "Mother and son share it")
    assert AuditEntry.objects.filter(action="customer.apart").count() == 1
    assert suggested(ben, dana) == suggested(ben, other) == []
    assert merge_candidates(actor_of_agent(ben), dana) == []


def test_whoever_may_not_merge_sees_nothing_and_denies_nothing(two):
    dana, other = two
    chris = make_agent(name="Chris", role="contractor")

    assert suggested(chris, dana) == []
    assert link_suggestions(CustomerActor(dana.pk, "signed_in"), dana) == []
    with pytest.raises(PermissionDenied):
        keep_apart(actor=actor_of_agent(chris), one=dana, other=other, reason="x", at=AT)
    assert (
        client_of(chris).post(f"/desk/customers/{dana.public_id}/apart/", {"other": other.public_id}).status_code == 403
    )
    assert not CustomersApart.objects.exists()


def test_the_panel_suggests_and_takes_the_denial(two, ben):
    dana, other = two
    browser = client_of(ben)
    panel = f"/desk/customers/{dana.public_id}/panel/"
    assert "Perhaps the same person: D. Putri" in browser.get(panel).content.decode()
    apart = f"/desk/customers/{dana.public_id}/apart/"

    without = browser.post(apart, {"other": other.public_id, "reason": "  "}, headers={"HX-Request": "true"})
    assert without.status_code == 422
    assert "Say in a few words" in without.content.decode()
    assert not CustomersApart.objects.exists()
    long = browser.post(apart, {"other": other.public_id, "reason": "x" * 201})
    assert long.status_code == 302
    assert not CustomersApart.objects.exists()

    answer = browser.post(
        apart, {"other": other.public_id, "reason": "<script>two</script>"}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert "Perhaps" not in answer.content.decode()
    assert "Perhaps" not in browser.get(f"/desk/customers/{dana.public_id}/").content.decode()


def test_a_customer_is_not_apart_from_themselves_and_strangers_are_not_found(two, ben):
    dana, _other = two
    apart = f"/desk/customers/{dana.public_id}/apart/"

    assert client_of(ben).post(apart, {"other": dana.public_id, "reason": "x"}).status_code == 302
    assert client_of(ben).post(apart, {"other": "nobody", "reason": "x"}).status_code == 404
    assert not CustomersApart.objects.exists()


def test_the_reason_goes_with_the_person(two):
    dana, other = two
    keep_apart(actor=SYSTEM, one=dana, other=other, reason="Mother of D.", at=AT)

    erase_customer(customer_id=dana.pk)

    assert not CustomersApart.objects.exists()


def test_the_panel_takes_few_queries(two, ben, django_assert_max_num_queries):
    dana, _other = two
    browser = client_of(ben)
    browser.get(f"/desk/customers/{dana.public_id}/panel/")

    with django_assert_max_num_queries(14):
        browser.get(f"/desk/customers/{dana.public_id}/panel/")
