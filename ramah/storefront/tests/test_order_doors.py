"""Who gets to see an order, and how: the link, the code, the log-in. Whoever proves nothing learns nothing."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.models import CodeRequest, Order
from ramah.customers.commands import merge_customers
from ramah.customers.models import OneTimeCode
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.storefront.order_codes import mail_codes
from ramah.storefront.order_links import PROOF_COOKIE
from ramah.storefront.tests.order_browsers import DANA, order_of, page_of, path_of_link, proved, signed_in

pytestmark = pytest.mark.django_db
STREET = "Margonda"


def ask(client, number, email=DANA, **headers):
    return client.post("/orders/", {"number": number, "email": email}, **headers)


def mailed_code():
    (letter,) = mail.outbox
    mail.outbox.clear()
    return re.search(r"\d{6}", letter.body)[0]


def enter(client, code):
    return client.post("/orders/code/", {"code": code})


def same_words(response, public_id):
    """The page without what is another each time: the token of its forms, and the address that was asked for."""
    return re.sub(r"[A-Za-z0-9]{64}", "", response.content.decode()).replace(public_id, "")


# The page itself


def test_strangers_learn_nothing_not_even_whether_there_is_such_an_order(django_assert_num_queries):
    order = order_of()
    client = Client()
    client.get("/orders/")

    with django_assert_num_queries(0):
        there, not_there = client.get(page_of(order)), client.get("/orders/01m82237hcwaqs7bwrpj978q7s/")

    assert (there.status_code, not_there.status_code) == (404, 404)
    assert same_words(there, order.public_id) == same_words(not_there, "01m82237hcwaqs7bwrpj978q7s")
    assert order.number not in there.content.decode()
    assert "Find your order" in there.content.decode()


@pytest.mark.parametrize("path", ["", "invoice.pdf", "again/", "cancel/", "address/"])
def test_every_page_of_an_order_wants_the_proof(path):
    order, other = order_of(), order_of(make_customer("Eli"), email="eli@mail.example")
    browsers = [Client(), signed_in("eli@mail.example"), proved(other), client_of(make_agent(role="owner"))]

    for client in browsers:
        for method in (client.get, client.post):
            response = method(page_of(order) + path)
            assert response.status_code in (404, 405)
            assert STREET not in response.content.decode()
    assert Order.objects.get(pk=order.pk).state == "paid"


def test_the_customer_sees_the_address_in_full_and_a_guest_masked():
    order = order_of()

    full, masked = signed_in().get(page_of(order)), proved(order).get(page_of(order))

    assert (full.status_code, masked.status_code) == (200, 200)
    assert STREET in full.content.decode()
    assert STREET not in masked.content.decode()
    assert "+6281234567890" not in masked.content.decode()
    assert "Depok" in masked.content.decode()


def test_a_customer_may_prove_an_order_that_is_not_theirs_and_keeps_seeing_their_own():
    order, other = order_of(), order_of(make_customer("Eli"), email="eli@mail.example")
    client = proved(other, signed_in())

    theirs, own = client.get(page_of(other)).content.decode(), client.get(page_of(order)).content.decode()

    assert other.number in theirs
    assert STREET not in theirs
    assert STREET in own


def test_a_proved_order_of_ones_own_shows_as_to_its_owner():
    order = order_of()

    assert STREET in proved(order, signed_in()).get(page_of(order)).content.decode()


# The link


def test_the_link_opens_the_order_and_leaves_the_address_bar():
    order = order_of()
    client = Client()

    opened = client.get(path_of_link(order))

    assert (opened.status_code, opened["Location"]) == (302, page_of(order))
    assert (opened["Referrer-Policy"], opened["Cache-Control"]) == ("no-referrer", "private, no-store")
    assert client.get(page_of(order)).status_code == 200
    assert (client.cookies[PROOF_COOKIE]["httponly"], client.cookies[PROOF_COOKIE]["max-age"]) == (True, 7 * 24 * 3600)
    assert "sessionid" not in client.cookies


@pytest.mark.parametrize(
    "alter",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token[1:],
        lambda token: "01m82237hcwaqs7bwrpj978q7s" + token[26:],
        lambda token: token.rpartition(".")[0],
        lambda token: "x",
        lambda token: token + ".x",
    ],
)
def test_an_altered_link_opens_nothing(alter):
    order = order_of()
    token = path_of_link(order).split("/")[-2]
    client = Client()

    response = client.get(f"/orders/open/{alter(token)}/")

    assert response.status_code == 410
    assert order.number not in response.content.decode()
    assert "Send me a code" in response.content.decode()
    assert PROOF_COOKIE not in client.cookies


@pytest.mark.parametrize(("days", "status"), [(59, 302), (61, 410)])
def test_a_link_ends_after_sixty_days(days, status):
    order = order_of()
    with time_machine.travel(clock.now() - timedelta(days=days), tick=False):
        path = path_of_link(order)

    assert Client().get(path).status_code == status


def test_a_link_ends_with_the_address_or_the_customer_it_was_for():
    moved, merged, erased = order_of(), order_of(make_customer("Old"), email="old@mail.example"), order_of()
    paths = [path_of_link(order) for order in (moved, merged, erased)]
    Order.objects.filter(pk=moved.pk).update(email="eli@mail.example")
    merge_customers(actor=SYSTEM, kept=make_customer("New"), merged=merged.customer, at=clock.now())
    Order.objects.filter(pk=erased.pk).update(email="")

    assert [Client().get(path).status_code for path in paths] == [410, 410, 410]


def test_a_proof_lasts_a_week_and_opens_one_order_only():
    order, other = order_of(), order_of()
    client = proved(order)
    assert client.get(page_of(other)).status_code == 404

    with time_machine.travel(clock.now() + timedelta(days=6, hours=23), tick=False):
        assert client.get(page_of(order)).status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1), tick=False):
        assert client.get(page_of(order)).status_code == 404


@pytest.mark.parametrize(
    "alter",
    [
        lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"),
        lambda value: "e30" + value[value.index(":") :],
        lambda _value: "",
        lambda _value: "{}",
        lambda _value: "\xff" * 300,
    ],
)
def test_a_proof_that_was_altered_is_none(alter):
    order = order_of()
    client = proved(order)

    client.cookies[PROOF_COOKIE] = alter(client.cookies[PROOF_COOKIE].value)

    assert client.get(page_of(order)).status_code == 404


def test_signing_out_leaves_no_proof_behind():
    order = order_of()
    client = proved(order, signed_in())

    client.post("/account/sign-out/")

    assert client.get(page_of(order)).status_code == 404


def test_the_newest_twenty_proofs_are_kept():
    customer = make_customer("Dana")
    orders = [order_of(customer) for _ in range(22)]
    client = Client()

    for order in orders:
        proved(order, client)

    assert [client.get(page_of(order)).status_code for order in orders] == [404, 404] + [200] * 20
    assert len(client.cookies[PROOF_COOKIE].value) < 2000


# The code


def test_number_address_and_code_open_the_order():
    order = order_of(number="R-10023")
    client = Client()

    asked = ask(client, " r 10023", DANA.upper())
    assert asked["Location"] == "/orders/code/"
    assert not mail.outbox
    assert mail_codes(at=clock.now()) == 1
    assert mail.outbox[0].to == [DANA]
    entered = enter(client, mailed_code())

    assert entered["Location"] == page_of(order)
    assert client.get(page_of(order)).status_code == 200
    assert not CodeRequest.objects.exists()


def test_an_address_of_the_customer_does_as_well_as_that_of_the_order():
    order = order_of(make_customer("Dana", email="second@mail.example"), number="R-7")
    client = Client()

    ask(client, "R-7", "second@mail.example")
    mail_codes(at=clock.now())

    assert enter(client, mailed_code())["Location"] == page_of(order)


@pytest.mark.parametrize(
    ("number", "email"),
    [("R-10023", "eli@mail.example"), ("R-99999", DANA), ("---", DANA), ("R-1002", DANA), ("R-10023", "x" + DANA)],
)
def test_what_does_not_fit_is_answered_alike_and_nobody_gets_mail(number, email):
    order_of(number="R-10023")
    right, wrong = Client(), Client()

    answers = [ask(right, "R-10023"), ask(wrong, number, email)]
    mail_codes(at=clock.now())

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/orders/code/")] * 2
    assert len(mail.outbox) == 1
    pages = [client.get("/orders/code/").content.decode() for client in (right, wrong)]
    said = [re.search(r"<p>If order .*?</p>", page)[0] for page in pages]
    assert said[0].replace("R-10023", number).replace(DANA, email) == said[1]


def test_trying_a_code_costs_the_same_whether_the_order_exists():
    order_of(number="R-10023")
    Client().get("/orders/")  # the terms of the shop are in the cache from now on
    counts = []
    for number in ("R-10023", "R-99999"):
        client = Client()
        ask(client, number)
        mail_codes(at=clock.now())
        with CaptureQueriesContext(connection) as queries:
            enter(client, "000000")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_code_for_nothing_opens_nothing():
    order_of(number="R-10023")
    client = Client()
    ask(client, "R-99999")
    mail_codes(at=clock.now())

    assert [row.subject for row in OneTimeCode.objects.all()] == ["order:?"]
    assert enter(client, "123456").status_code == 422


@pytest.mark.parametrize("typed", ["000000", "abc", "12345", "1234567", "٠٠٠٠٠٠"])
def test_a_wrong_code_is_said_beside_the_field(typed):
    order = order_of(number="R-1")
    client = Client()
    ask(client, "R-1")
    mail_codes(at=clock.now())
    assert mailed_code() != "000000"

    response = enter(client, typed)

    assert response.status_code == 422
    assert "not right" in response.content.decode()
    assert client.get(page_of(order)).status_code == 404


def test_a_code_dies_after_five_tries_after_its_use_and_after_fifteen_minutes():
    order_of(number="R-1")
    tired, used, late = Client(), Client(), Client()
    for client in (tired, used, late):
        ask(client, "R-1")
    mail_codes(at=clock.now())
    codes = [re.search(r"\d{6}", letter.body)[0] for letter in mail.outbox]
    newest = codes[-1]
    for _ in range(5):
        assert enter(tired, f"{(int(newest) + 1) % 10**6:06}").status_code == 422
    assert enter(tired, newest).status_code == 422

    mail.outbox.clear()
    ask(used, "R-1")
    mail_codes(at=clock.now())
    code = mailed_code()
    assert enter(used, code).status_code == 302
    assert enter(late, code).status_code == 422


def test_a_code_is_for_one_browser_to_type_but_for_one_order_only():
    one = order_of(number="R-1")
    two = order_of(one.customer, number="R-2")
    client = Client()
    ask(client, "R-1")
    mail_codes(at=clock.now())
    code = mailed_code()
    ask(client, "R-2")

    assert enter(client, code).status_code == 422
    assert client.get(page_of(two)).status_code == 404


def test_the_address_and_the_place_may_ask_so_often():
    order_of(number="R-1")
    client = Client()

    assert [ask(client, "R-1").status_code for _ in range(6)] == [302] * 5 + [429]
    assert [ask(client, "R-1", f"{n}@mail.example").status_code for n in range(15)] == [302] * 14 + [429]
    assert ask(Client(), "R-1", "fresh@mail.example", REMOTE_ADDR="10.1.1.1").status_code == 302


def test_bad_input_is_said_beside_the_field():
    for number, email in (("", DANA), ("R-1", ""), ("R-1", "dana"), ("x" * 41, DANA), ("R-1", "a@b" * 100)):
        response = ask(Client(), number, email)
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode()
    assert not CodeRequest.objects.exists()


def test_typing_in_a_code_without_having_asked_leads_to_asking():
    assert Client().get("/orders/code/")["Location"] == "/orders/"
    assert Client().post("/orders/code/", {"code": "123456"})["Location"] == "/orders/"


def test_a_mail_server_that_is_away_is_tried_again_and_then_let_be(monkeypatch):
    order_of(number="R-1")
    ask(Client(), "R-1")

    def broken(self, **options):
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMultiAlternatives.send", broken)
        assert mail_codes(at=clock.now()) == 1
        assert mail_codes(at=clock.now()) == 0
    assert CodeRequest.objects.count() == 1

    assert mail_codes(at=clock.now() + timedelta(minutes=1)) == 1
    assert len(mail.outbox) == 1

    ask(Client(), "R-1")
    CodeRequest.objects.update(asked_at=clock.now() - timedelta(minutes=20))
    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMultiAlternatives.send", broken)
        mail_codes(at=clock.now())
    assert not CodeRequest.objects.exists()


def test_the_mail_speaks_the_language_of_the_page_and_names_no_address():
    order_of(number="R-1")
    client = Client()
    client.post("/orders/", {"number": "R-1", "email": DANA}, headers={"Accept-Language": "uk"})

    mail_codes(at=clock.now())

    (letter,) = mail.outbox
    html, kind = letter.alternatives[0]
    assert kind == "text/html"
    assert 'lang="uk"' in html
    assert STREET not in letter.body + html


def test_who_is_signed_in_is_shown_the_way_to_all_orders():
    order_of()

    assert "/account/orders/" in signed_in().get("/orders/").content.decode()
