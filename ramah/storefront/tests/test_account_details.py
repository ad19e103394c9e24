"""What customers change about themselves and how they sign in: proved first, told by mail, and the old way ends at once."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.urls import reverse

from ramah.accounts.models import User
from ramah.accounts.testing import make_agent
from ramah.commerce.commands.address_book import save_address
from ramah.commerce.commands.wishes import add_wish
from ramah.commerce.models import SavedAddress, Wish
from ramah.commerce.testing import ADDRESS, make_product
from ramah.customers.models import Consent, ContactPoint, Customer, CustomerLogin, OneTimeCode
from ramah.customers.queries import SIGNED_IN, CustomerActor, signed_in_as
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry
from ramah.kernel.personal_data import personal_data_holders
from ramah.storefront.tests.signed import by_code, code_in, dana, eli, text

__all__ = ["dana", "eli"]
pytestmark = pytest.mark.django_db
PASSWORD = "three-boats-9-sails"


def test_name_language_and_phone_are_changed(dana):
    told = {"name": "  Dana   Putri ", "phone": "0812 3456 7890", "language": "uk"}
    response = dana.client.post(reverse("account_details"), told)

    assert response.status_code == 302
    assert response.cookies["django_language"].value == "uk"
    customer = Customer.objects.get(pk=dana.customer.pk)
    assert (customer.name, customer.language) == ("Dana Putri", "uk")
    assert ContactPoint.objects.get(kind="phone").value == "+6281234567890"
    dana.client.post(reverse("account_details"), {**told, "phone": ""})
    assert not ContactPoint.objects.filter(kind="phone").exists()


def test_a_number_that_is_none_or_belongs_to_another_is_refused_and_nothing_changes(dana):
    make_customer("Eli", phone="+6281234567899")
    for number in ("12", "+6281234567899"):
        response = dana.client.post(reverse("account_details"), {"name": "X", "phone": number, "language": "en"})
        assert response.status_code == 422

    assert Customer.objects.get(pk=dana.customer.pk).name == "Dana"
    assert ContactPoint.objects.filter(kind="phone").count() == 1


def test_numbers_cannot_be_tried_out_one_after_the_other(dana):
    for number in range(20):
        told = {"name": "", "phone": f"+62812345678{number:02}", "language": "en"}
        dana.client.post(reverse("account_details"), told)

    response = dana.client.post(reverse("account_details"), {"name": "", "phone": "+6281234567899", "language": "en"})

    assert response.status_code == 422
    assert "too often" in text(response)


def test_what_matters_asks_for_a_code_when_the_sign_in_was_long_ago(dana):
    client = dana.browser(fresh=False)
    for name in ("account_email", "account_password"):
        assert client.get(reverse(name))["Location"] == f"/account/sign-in/confirm/?next={reverse(name)}"
    assert client.post(reverse("account_remove_password")).status_code == 302

    client.post(reverse("sign_in_confirm"), {"next": reverse("account_password")})
    assert client.post(reverse("sign_in_confirm_code"), {"code": "00000x"}).status_code == 422
    response = client.post(reverse("sign_in_confirm_code"), {"code": code_in(mail.outbox[-1])})

    assert response["Location"] == reverse("account_password")
    assert client.get(reverse("account_password")).status_code == 200


def test_a_password_is_set_changed_and_removed_and_other_devices_are_signed_out(dana):
    elsewhere, url = dana.browser(), reverse("account_password")
    assert dana.client.post(url, {"password": "short-9"}).status_code == 422
    assert dana.client.post(url, {"password": PASSWORD}).status_code == 302
    assert dana.client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert [session.user for session in UserSession.objects.all()] == [dana.user]

    assert dana.client.post(url, {"current": "wrong", "password": "seven-lanterns-42"}).status_code == 422
    assert dana.client.post(url, {"password": "seven-lanterns-42"}).status_code == 422
    dana.user.refresh_from_db()
    assert dana.user.check_password(PASSWORD)
    assert dana.client.post(url, {"current": PASSWORD, "password": "seven-lanterns-42"}).status_code == 302

    dana.client.post(reverse("account_remove_password"))
    dana.user.refresh_from_db()
    assert not dana.user.has_usable_password()
    assert dana.client.get("/account/").status_code == 200
    assert [message.to for message in mail.outbox] == [[dana.user.email]] * 3
    assert AuditEntry.objects.filter(action__startswith="login.password_").count() == 3


def test_a_new_address_is_proved_before_it_counts(dana):
    dana.client.post(reverse("account_email"), {"email": "New@Mail.Example"})
    assert User.objects.get(pk=dana.user.pk).email == "dana@mail.example"
    assert mail.outbox[0].to == ["new@mail.example"]
    assert dana.client.post(reverse("account_email_code"), {"code": "1"}).status_code == 422

    response = dana.client.post(reverse("account_email_code"), {"code": code_in(mail.outbox[0])})

    assert response["Location"] == reverse("account_details")
    assert User.objects.get(pk=dana.user.pk).email == "new@mail.example"
    assert ContactPoint.objects.get(customer=dana.customer).value == "new@mail.example"
    assert mail.outbox[1].to == ["dana@mail.example"]
    assert "new@mail.example" in mail.outbox[1].body


def test_an_address_with_an_account_gets_no_code_and_the_same_answer(dana, eli):
    make_agent(email="ben@ramah.example")
    answers = [
        dana.client.post(reverse("account_email"), {"email": email})
        for email in ("free@mail.example", "eli@mail.example", "ben@ramah.example")
    ]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, reverse("account_email_code"))}
    assert [bool(re.search(r"\b\d{6}\b", message.body)) for message in mail.outbox] == [True, False, False]


def test_devices_are_listed_and_signed_out(dana, eli):
    elsewhere, theirs = by_code(dana), by_code(eli)
    sessions = {session.user_id: session for session in UserSession.objects.order_by("id")}

    assert dana.client.post(reverse("account_end_session", args=[sessions[eli.user.pk].pk])).status_code == 302
    assert theirs.get("/account/").status_code == 200
    dana.client.post(reverse("account_end_session", args=[sessions[dana.user.pk].pk]))
    assert elsewhere.get("/account/").status_code == 302
    another = by_code(dana)
    assert text(another.get(reverse("account_details"))).count("last seen") == 1
    another.post(reverse("sign_out_everywhere"))

    assert another.get("/account/").status_code == 302
    assert theirs.get("/account/").status_code == 200


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_kept_is_given_out_and_forgotten_and_the_log_in_goes(dana, eli, times):
    for one in (dana, eli):
        save_address(actor=one.actor, address=ADDRESS, at=clock.now())
        add_wish(actor=one.actor, product_public_id=make_product().public_id, at=clock.now())
        one.client.post(reverse("account_consent", args=["news"]), {"granted": "1"})
        one.client.post(reverse("sign_in_confirm"))
    told = {holder.key: holder.export(dana.customer.pk) for holder in personal_data_holders()}

    assert told["customers"]["logins"][0]["address"] == "dana@mail.example"
    assert [row["purpose"] for row in told["customers"]["consents"]] == ["news"]
    assert [row["purpose"] for row in told["customers"]["codes_sent"]] == ["confirm"]
    assert told["commerce.kept"]["addresses"][0]["address"] == ADDRESS
    assert len(told["commerce.kept"]["wishes"]) == 1
    assert "eli" not in str(told).lower()

    for _ in range(times):
        for holder in personal_data_holders():
            holder.erase(dana.customer.pk)

    assert dana.client.get("/account/").status_code == 302
    assert eli.client.get("/account/").status_code == 200
    for model in (User, CustomerLogin, Consent, SavedAddress, Wish, OneTimeCode):
        assert model.objects.count() == 1, model


def test_an_agents_log_in_survives_when_they_are_forgotten_as_a_customer(db):
    agent, customer = make_agent(), make_customer("Ben")
    CustomerLogin.objects.create(user=agent.user, customer=customer, created_at=clock.now())

    for holder in personal_data_holders():
        holder.erase(customer.pk)

    assert User.objects.get() == agent.user
    assert not CustomerLogin.objects.exists()
    assert signed_in_as(agent.user) is None
    assert CustomerActor(customer.pk, SIGNED_IN).may("promises.view")
