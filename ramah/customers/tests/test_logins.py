"""Log-ins of customers: whose history an address opens, once, for ever, and what a change of address does to that."""

from datetime import UTC, datetime

import pytest

from ramah.accounts import commands as accounts
from ramah.accounts.models import User
from ramah.accounts.testing import make_agent
from ramah.customers.commands import AddressInUse, change_email, link_login, merge_customers
from ramah.customers.models import ContactPoint, Customer, CustomerLogin, Proof
from ramah.customers.queries import SIGNED_IN, CustomerActor, signed_in_as
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.testing import at_once

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def log_in(email="dana@mail.example"):
    user = accounts.open_login(email=email, language="id", at=AT)
    return user, link_login(user=user, email=email, at=AT)


@pytest.mark.django_db
def test_a_proved_address_opens_the_customer_it_belongs_to():
    dana = make_customer("Dana", email="dana@mail.example")

    user, customer = log_in("Dana@Mail.Example")

    assert customer == dana
    point = ContactPoint.objects.get()
    assert (point.proof, point.verified_at) == (Proof.SIGNED_IN, AT)
    assert signed_in_as(user) == CustomerActor(dana.pk, SIGNED_IN, "Dana")
    assert not user.has_usable_password()
    assert AuditEntry.objects.filter(action="customer.link_login", subject=f"customer:{dana.pk}").count() == 1


@pytest.mark.django_db
def test_an_unknown_address_becomes_a_customer_of_its_own():
    _user, customer = log_in()

    assert (customer.name, customer.language) == ("", "id")
    assert ContactPoint.objects.get(customer=customer).value == "dana@mail.example"


@pytest.mark.django_db
def test_linking_again_changes_nothing_wherever_the_address_went():
    user, dana = log_in()
    eli = make_customer("Eli")
    ContactPoint.objects.update(customer=eli)

    assert link_login(user=user, email="dana@mail.example", at=AT) == dana
    assert CustomerLogin.objects.count() == 1


@pytest.mark.django_db
def test_after_a_merge_the_log_in_opens_the_customer_that_was_kept():
    user, dana = log_in()
    kept = make_customer("Dana Putri")
    merge_customers(actor=SYSTEM, kept=kept, merged=dana, at=AT)

    assert link_login(user=user, email="dana@mail.example", at=AT) == kept
    assert signed_in_as(user).customer_id == kept.pk


@pytest.mark.django_db
@pytest.mark.parametrize("by_log_in", [True, False])
def test_an_address_that_was_only_claimed_opens_nothing_of_somebody_who_proved_another(by_log_in):
    dana = make_customer("Dana", email="dana@mail.example", proof=Proof.CHANNEL_VERIFIED)
    if by_log_in:
        log_in()
        ContactPoint.objects.filter(value="dana@mail.example").update(proof=Proof.CLAIMED)
    ContactPoint.objects.create(customer=dana, kind="email", value="eve@mail.example", created_at=AT)

    _user, customer = log_in("eve@mail.example")

    assert customer != dana
    assert customer.name == ""
    assert ContactPoint.objects.get(value="eve@mail.example").customer == customer
    assert ContactPoint.objects.get(value="dana@mail.example").customer == dana


@pytest.mark.django_db
def test_an_agents_log_in_is_never_opened_by_an_address(db):
    ben = make_agent(email="ben@ramah.example")
    gone = make_agent(email="gone@ramah.example", is_active=False)

    for agent in (ben, gone):
        with pytest.raises(accounts.BelongsToAgent):
            accounts.open_login(email=agent.user.email.upper(), at=AT)
    with pytest.raises(accounts.BelongsToAgent):
        accounts.set_password(actor=SYSTEM, user=ben.user, password="seven-lanterns-42", at=AT)
    assert accounts.close_login(user_id=ben.user_id) is False
    assert CustomerLogin.objects.count() == 0


@pytest.mark.django_db
def test_a_new_address_takes_the_place_of_the_old_one():
    user, dana = log_in()
    actor = signed_in_as(user)

    change_email(actor=actor, user=user, email="new@mail.example", at=AT)

    point = ContactPoint.objects.get()
    assert (point.customer, point.value, point.proof) == (dana, "new@mail.example", Proof.SIGNED_IN)
    assert User.objects.get().email == "new@mail.example"
    _other, stranger = log_in("dana@mail.example")  # whoever reads the old mailbox now
    assert stranger != dana


@pytest.mark.django_db
def test_a_customer_of_the_new_address_without_a_log_in_is_the_same_person():
    user, dana = log_in()
    guest = make_customer("Dana P.", email="new@mail.example")

    change_email(actor=signed_in_as(user), user=user, email="new@mail.example", at=AT)

    guest.refresh_from_db()
    assert guest.merged_into == dana
    assert list(ContactPoint.objects.values_list("customer", "value")) == [(dana.pk, "new@mail.example")]


@pytest.mark.django_db
@pytest.mark.parametrize("whose", ["another log-in", "an agent", "a customer with a log-in"])
def test_an_address_in_use_is_refused_and_nothing_changes(whose):
    user, dana = log_in()
    if whose == "an agent":
        make_agent(email="new@mail.example")
    elif whose == "another log-in":
        log_in("new@mail.example")
    else:
        _eli, customer = log_in("eli@mail.example")
        ContactPoint.objects.create(customer=customer, kind="email", value="new@mail.example", created_at=AT)

    with pytest.raises(AddressInUse):
        change_email(actor=signed_in_as(user), user=user, email="new@mail.example", at=AT)

    assert User.objects.get(pk=user.pk).email == "dana@mail.example"
    assert ContactPoint.objects.get(value="dana@mail.example").customer == dana


@pytest.mark.django_db
def test_a_weaker_proof_changes_no_address():
    user, dana = log_in()
    weak = CustomerActor(dana.pk, "order_verified", order_id=1)

    with pytest.raises(PermissionDenied):
        change_email(actor=weak, user=user, email="new@mail.example", at=AT)

    assert User.objects.get().email == "dana@mail.example"


@pytest.mark.django_db(transaction=True)
def test_two_first_log_ins_at_once_make_one_user_and_one_customer():
    outcomes = at_once(*[lambda: [row.pk for row in log_in()]] * 6)

    assert outcomes == [[User.objects.get().pk, Customer.objects.get().pk]] * 6
    assert (User.objects.count(), Customer.objects.count(), CustomerLogin.objects.count()) == (1, 1, 1)
