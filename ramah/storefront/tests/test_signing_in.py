"""Signing in to the shop: strangers learn nothing, agents never come in by a code, and the cart comes along."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from ramah.accounts import commands as accounts
from ramah.accounts.models import User
from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.commands.carts import add_to_cart
from ramah.commerce.models import Cart
from ramah.commerce.testing import make_order, make_product
from ramah.customers.commands import link_login
from ramah.customers.models import ContactPoint, CustomerLogin, OneTimeCode, Proof
from ramah.customers.queries import CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.actors import NOBODY, SYSTEM
from ramah.kernel.models import AuditEntry
from ramah.storefront.tests.signed import code_in
from ramah.storefront.visiting import remember_cart

pytestmark = pytest.mark.django_db
DANA = "dana@mail.example"
PASSWORD = "three-boats-9-sails"
SIGN_IN, CODE, BY_PASSWORD = "/account/sign-in/", "/account/sign-in/code/", "/account/sign-in/password/"


def ask(client, email=DANA, **more):
    return client.post(SIGN_IN, {"email": email, **more})


def sign_in(client, email=DANA, **more):
    ask(client, email, **more)
    return client.post(CODE, {"code": code_in(mail.outbox[-1])}, follow=True)


def customer_with_password(email=DANA):
    user = accounts.open_login(email=email, at=clock.now())
    customer = link_login(user=user, email=email, at=clock.now())
    accounts.set_password(actor=SYSTEM, user=user, password=PASSWORD, at=clock.now())
    return user, customer


def told(response):
    return re.sub(r'value="[^"]*"|hx-headers=\S+ \S+|\S+@\S+', "", response.content.decode())


def test_a_known_an_unknown_and_an_agents_address_get_the_same_answer():
    make_customer(email=DANA)
    make_agent(email="ben@ramah.example")
    answers, pages, wrong = [], [], []
    for email in (DANA, "nobody@mail.example", "ben@ramah.example"):
        client = Client()
        answers.append(ask(client, email))
        pages.append(client.get(CODE))
        wrong.append(client.post(CODE, {"code": "000000"}))

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, CODE)}
    assert len({told(page) for page in pages}) == 1
    assert {page.status_code for page in wrong} == {422}
    assert len({told(page) for page in wrong}) == 1
    assert [message.to for message in mail.outbox] == [[DANA], ["nobody@mail.example"], ["ben@ramah.example"]]
    assert User.objects.count() == 1  # an account comes with the first right code, not with asking


def test_the_first_code_makes_an_account_that_sees_what_the_address_bought():
    dana = make_customer("Dana", email=DANA)
    order = make_order(dana)
    client = Client()

    response = sign_in(client, " Dana@Mail.Example ")

    assert response.redirect_chain[-1][0] == reverse("account")
    assert order.number in response.content.decode()
    assert ContactPoint.objects.get(value=DANA).proof == Proof.SIGNED_IN
    assert AuditEntry.objects.filter(action="login.start").count() == 1
    assert not User.objects.get().has_usable_password()


def test_the_mail_says_the_code_in_both_parts_under_the_shops_name():
    ask(Client())

    message = mail.outbox[0]
    html = message.alternatives[0][0]
    code = code_in(message)
    assert code in html
    assert code in message.subject
    assert message.extra_headers == {"Auto-Submitted": "auto-generated"}


def test_the_mail_speaks_the_visitors_language():
    Client(headers={"accept-language": "uk"}).post(SIGN_IN, {"email": DANA})

    assert 'lang="uk"' in mail.outbox[0].alternatives[0][0]


def test_an_agents_address_gets_no_code_and_even_a_right_one_opens_nothing(monkeypatch):
    agent = make_agent(email="ben@ramah.example")
    seen = []
    monkeypatch.setattr("ramah.customers.commands.codes.secrets.randbelow", lambda most: seen.append(1) or 123456)
    client = Client()

    ask(client, "BEN@ramah.example")
    response = client.post(CODE, {"code": "123456"})

    assert not re.search(r"\b\d{6}\b", mail.outbox[0].body + mail.outbox[0].subject)
    assert response.status_code == 422
    assert "_auth_user_id" not in client.session
    assert not CustomerLogin.objects.exists()
    assert not AuditEntry.objects.filter(action="login.start").exists()
    assert not agent.user.has_usable_password()


def test_an_agent_comes_in_by_password_and_second_factor_and_goes_to_the_desk():
    agent = make_agent(email="ben@ramah.example", password=PASSWORD)
    TOTP.activate(agent.user, generate_totp_secret())
    assert Authenticator.objects.count() == 1
    client = Client()

    response = client.post(BY_PASSWORD, {"login": "ben@ramah.example", "password": PASSWORD})

    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    Authenticator.objects.all().delete()
    response = Client().post(BY_PASSWORD, {"login": "ben@ramah.example", "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == "/desk/"
    assert not CustomerLogin.objects.exists()


def test_an_agent_who_is_logged_in_is_told_that_shopping_is_for_others():
    client = client_of(make_agent())

    assert client.get("/account/", follow=True).status_code == 200
    assert "one of the team" in client.get(SIGN_IN).content.decode()
    assert client.get("/account/signed-in/")["Location"] == "/desk/"
    assert not CustomerLogin.objects.exists()


def test_a_customers_session_opens_no_desk():
    client = Client()
    sign_in(client)

    assert client.get("/account/").status_code == 200
    assert client.get("/desk/").status_code == 403
    assert client.get("/desk/customers/").status_code == 403


def test_a_customer_may_use_the_other_door_and_still_comes_to_the_shop():
    customer_with_password()
    client = Client()

    response = client.post("/accounts/login/", {"login": DANA, "password": PASSWORD}, follow=True)

    assert response.redirect_chain[-1][0] == "/account/"


def test_five_wrong_codes_and_the_right_one_is_void():
    client = Client()
    ask(client)
    right = code_in(mail.outbox[0])
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert client.post(CODE, {"code": wrong}).status_code == 422

    assert client.post(CODE, {"code": right}).status_code == 422
    assert "_auth_user_id" not in client.session


def test_a_code_is_too_old_after_a_quarter_of_an_hour(monkeypatch):
    client = Client()
    ask(client)
    OneTimeCode.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    assert client.post(CODE, {"code": code_in(mail.outbox[0])}).status_code == 422


def test_a_used_code_opens_no_second_session():
    first, second = Client(), Client()
    ask(first)
    session = first.session
    ask(second)  # the newer one counts, also for the first browser
    code = code_in(mail.outbox[1])
    assert session.session_key
    first.post(CODE, {"code": code})

    assert second.post(CODE, {"code": code}).status_code == 422
    assert "_auth_user_id" not in second.session


def test_the_sixth_code_of_an_hour_is_not_sent_and_the_page_says_when():
    client = Client()
    for _ in range(5):
        ask(client)
    response = ask(client)

    assert response.status_code == 422
    assert f'value="{DANA}"' in response.content.decode()
    assert reverse("sign_in_code") in response.content.decode()
    assert len(mail.outbox) == 5


def test_one_address_of_the_network_cannot_have_codes_sent_to_many():
    client = Client()
    for number in range(20):
        ask(client, f"guess{number}@mail.example")

    assert ask(client, DANA).status_code == 429
    assert len(mail.outbox) == 20
    assert ask(Client(REMOTE_ADDR="10.0.0.9"), DANA).status_code == 302


def test_when_mail_is_down_the_form_stands_and_the_code_is_not_counted(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client = Client()

    for _ in range(6):
        response = ask(client)

    assert response.status_code == 422
    assert "No mail could be sent just now" in response.content.decode()
    assert f'value="{DANA}"' in response.content.decode()
    assert not OneTimeCode.objects.exists()


@pytest.mark.parametrize("bad", ["", "dana", "dana@", "a@b\x00.example", "x" * 250 + "@mail.example"])
def test_what_is_no_address_is_refused_beside_the_field(bad):
    response = ask(Client(), bad)

    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert mail.outbox == []


def test_one_is_led_back_to_where_one_was_but_never_elsewhere():
    assert sign_in(Client(), next="/account/wishes/").redirect_chain[-1][0] == "/account/wishes/"
    assert sign_in(Client(), next="https://evil.example/").redirect_chain[-1][0] == "/account/"
    assert sign_in(Client(), next="//evil.example/").redirect_chain[-1][0] == "/account/"


def test_the_session_key_changes_and_what_was_planted_is_not_shared():
    client = Client()
    ask(client)
    before = client.session.session_key
    client.post(CODE, {"code": code_in(mail.outbox[0])})

    assert client.session.session_key != before
    planted = Client()
    planted.cookies["sessionid"] = before
    assert planted.get("/account/").status_code == 302


def _guest_with_cart(quantity=2):
    variant = make_product().variants.get()
    change = add_to_cart(
        actor=NOBODY, cart_id="", variant_id=variant.public_id, quantity=quantity, currency="IDR", at=clock.now()
    )
    client, response = Client(), HttpResponse()
    remember_cart(response, change.cart.public_id, change.count)
    client.cookies["cart"] = response.cookies["cart"].value
    return client, variant


def test_signing_in_at_checkout_keeps_the_cart_and_joins_it_with_the_one_of_the_account():
    client, variant = _guest_with_cart(quantity=2)
    other = make_product("Kawung bag").variants.get()
    _user, customer = customer_with_password()
    add_to_cart(
        actor=CustomerActor(customer.pk, "signed_in"),
        cart_id="",
        variant_id=other.public_id,
        quantity=1,
        currency="IDR",
        at=clock.now(),
    )

    response = sign_in(client, next=reverse("checkout"))

    assert response.redirect_chain[-1][0] == reverse("checkout")
    cart = Cart.objects.get()
    assert cart.customer == customer
    assert {line.variant_id: line.quantity for line in cart.lines.all()} == {variant.pk: 2, other.pk: 1}
    assert client.cookies["cart"].value.startswith(f"{cart.public_id}:3")


def test_signing_out_leaves_no_cart_and_no_session_behind():
    client, _variant = _guest_with_cart()
    sign_in(client)

    response = client.post("/account/sign-out/")

    assert response["Location"] == "/"
    assert client.cookies["cart"].value == ""
    assert client.get("/account/").status_code == 302
    assert Cart.objects.get().customer is not None


def test_signing_out_takes_a_post_with_its_token():
    client = Client(enforce_csrf_checks=True)
    user, _customer = customer_with_password()
    client.force_login(user)

    assert client.get("/account/sign-out/").status_code == 405
    assert client.post("/account/sign-out/").status_code == 403
    assert client.get("/account/").status_code == 200


def test_a_password_opens_the_account_and_is_slow_to_guess():
    customer_with_password()
    client = Client()

    assert client.post(BY_PASSWORD, {"login": DANA, "password": "wrong"}).status_code == 422
    response = client.post(BY_PASSWORD, {"login": DANA, "password": PASSWORD, "next": "/account/wishes/"}, follow=True)
    assert response.redirect_chain[-1][0] == "/account/wishes/"
    other = Client()
    for _ in range(5):
        other.post(BY_PASSWORD, {"login": DANA, "password": "wrong"})
    assert other.post(BY_PASSWORD, {"login": DANA, "password": PASSWORD}).status_code == 422
    assert "_auth_user_id" not in other.session


def test_wrong_password_no_password_and_unknown_address_look_alike():
    customer_with_password()
    sign_in(Client(), "eli@mail.example")
    answers = [
        Client().post(BY_PASSWORD, {"login": email, "password": "wrong"})
        for email in (DANA, "eli@mail.example", "nobody@mail.example")
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert len({told(answer) for answer in answers}) == 1


def test_a_customer_with_a_second_factor_is_asked_for_it_after_the_code():
    user, _customer = customer_with_password()
    TOTP.activate(user, generate_totp_secret())
    client = Client()
    ask(client)

    response = client.post(CODE, {"code": code_in(mail.outbox[-1])})

    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session


def test_a_log_in_that_was_closed_opens_no_more():
    user, _customer = customer_with_password()
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = Client()

    sign_in(client)

    assert "_auth_user_id" not in client.session
    assert client.get("/account/").status_code == 302
