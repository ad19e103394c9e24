"""The account of a customer: each sees and changes their own and nothing else, and what they change counts at once."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from ramah.commerce.commands.address_book import MOST, TooManyAddresses, save_address
from ramah.commerce.commands.wishes import add_wish
from ramah.commerce.models import Cart, Product, SavedAddress, Wish
from ramah.commerce.testing import ADDRESS, make_order, make_product
from ramah.customers.commands import decide_consent
from ramah.customers.models import Consent
from ramah.customers.queries import CustomerActor
from ramah.kernel import clock
from ramah.kernel.actors import NOBODY, SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.testing import raised_at_once
from ramah.storefront.tests.signed import Signed, code_in, dana, eli, text

__all__ = ["dana", "eli"]
pytestmark = pytest.mark.django_db
HOME = {
    "country": "ID",
    "name": "Dana Putri",
    "phone": "0812 3456 7890",
    "region": "Jawa Barat",
    "city": "Depok",
    "postal_code": "16424",
    "line1": "Jl. Margonda Raya 21",
    "label": "Home",
}


PAGES = [
    "account", "account_details", "account_email", "account_password", "account_addresses", "account_add_address",
    "account_wishes", "account_consents",
]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_strangers_are_sent_to_sign_in_and_back(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert response["Location"] == f"/account/sign-in/?next={reverse(name)}"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_itself(dana, name):
    assert dana.client.get(reverse(name)).status_code == 200


def test_the_overview_shows_what_is_theirs_and_nothing_of_others(dana, eli, django_assert_num_queries):
    own = [make_order(dana.customer, placed_at=clock.now() - timedelta(days=days)) for days in range(4)]
    foreign = make_order(eli.customer)
    dana.client.get("/account/")

    with django_assert_num_queries(13):
        shown = text(dana.client.get("/account/"))

    assert "Hello, Dana" in shown
    assert [order.number in shown for order in own] == [True, True, True, False]
    assert foreign.number not in shown
    assert "Eli" not in shown


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("account_address", "get"),
        ("account_address", "post"),
        ("account_remove_address", "post"),
        ("account_usual_address", "post"),
    ],
)
def test_addresses_of_others_do_not_exist(dana, eli, name, method):
    theirs = save_address(actor=eli.actor, address=ADDRESS, at=clock.now())

    response = getattr(dana.client, method)(reverse(name, args=[theirs.public_id]), HOME)

    assert response.status_code == 404
    theirs.refresh_from_db()
    assert (theirs.customer, theirs.address, theirs.is_default) == (eli.customer, ADDRESS, True)
    assert not SavedAddress.objects.filter(customer=dana.customer).exists()


@pytest.mark.parametrize("name", ["wish_remove", "wish_to_cart"])
def test_wishes_of_others_do_not_exist(dana, eli, name):
    wish = add_wish(actor=eli.actor, product_public_id=make_product().public_id, at=clock.now())

    assert dana.client.post(reverse(name, args=[wish.pk])).status_code == 404
    assert Wish.objects.get() == wish
    assert not Cart.objects.exists()


def test_an_address_is_checked_as_in_checkout_and_kept(dana):
    wrong = dana.client.post(reverse("account_add_address"), {**HOME, "postal_code": "1642", "phone": "12"})
    assert wrong.status_code == 422
    assert "A postal code has five digits." in text(wrong)
    assert 'value="Jl. Margonda Raya 21"' in text(wrong)
    assert not SavedAddress.objects.exists()

    assert dana.client.post(reverse("account_add_address"), HOME).status_code == 302

    saved = SavedAddress.objects.get()
    assert (saved.label, saved.is_default, saved.address["phone"]) == ("Home", True, "+6281234567890")
    assert AuditEntry.objects.filter(action="customer.save_address").count() == 1


def test_a_double_click_keeps_an_address_once(dana):
    for _ in range(2):
        dana.client.post(reverse("account_add_address"), HOME)

    assert SavedAddress.objects.count() == 1


def test_one_address_is_the_usual_one_whatever_happens(dana):
    first, second = (
        save_address(actor=dana.actor, address=ADDRESS, label=label, at=clock.now()) for label in ("a", "b")
    )

    dana.client.post(reverse("account_usual_address", args=[second.public_id]))
    assert list(SavedAddress.objects.order_by("id").values_list("is_default", flat=True)) == [False, True]
    dana.client.post(reverse("account_remove_address", args=[second.public_id]))
    assert SavedAddress.objects.get() == first
    assert SavedAddress.objects.get().is_default


def test_twenty_addresses_are_kept_at_most(dana):
    for number in range(MOST):
        save_address(actor=dana.actor, address=ADDRESS, label=str(number), at=clock.now())

    with pytest.raises(TooManyAddresses):
        save_address(actor=dana.actor, address=ADDRESS, label="more", at=clock.now())
    response = dana.client.post(reverse("account_add_address"), HOME)

    assert response.status_code == 422
    assert "Twenty addresses" in text(response)
    assert SavedAddress.objects.count() == MOST


def test_html_in_names_stays_text(dana):
    dana.client.post(reverse("account_add_address"), {**HOME, "label": "<b>x</b>", "name": "<script>alert(1)</script>"})
    dana.client.post(reverse("account_details"), {"name": "<i>Dana</i>", "phone": "", "language": "en"})

    pages = text(dana.client.get(reverse("account_addresses"))) + text(dana.client.get("/account/"))
    assert "<script>alert" not in pages
    assert "<b>x</b>" not in pages
    assert "<i>Dana" not in pages


def test_only_with_full_proof_is_anything_kept(dana):
    weak = CustomerActor(dana.customer.pk, "order_verified", order_id=1)

    with pytest.raises(PermissionDenied):
        save_address(actor=weak, address=ADDRESS, at=clock.now())
    with pytest.raises(PermissionDenied):
        add_wish(actor=weak, product_public_id=make_product().public_id, at=clock.now())

    assert not SavedAddress.objects.exists()
    assert not Wish.objects.exists()


def test_a_wish_is_on_the_list_once(dana):
    product = make_product()
    for _ in range(3):
        response = dana.client.post(reverse("wish_add"), {"product": product.public_id, "next": "/cart/"})

    assert response["Location"] == "/cart/"
    assert Wish.objects.get().product == product
    assert "Sanur linen shirt" in text(dana.client.get(reverse("account_wishes")))


def test_a_guest_signs_in_first_and_then_it_is_on_the_list(client, dana):
    product = make_product()
    response = client.post(reverse("wish_add"), {"variant": product.variants.get().public_id, "next": "/"})
    assert response["Location"] == "/account/sign-in/?next=/"
    assert not Wish.objects.exists()

    client.post(reverse("sign_in"), {"email": dana.user.email, "next": "/"})
    response = client.post(reverse("sign_in_code"), {"code": code_in(mail.outbox[-1])}, follow=True)

    assert response.redirect_chain[-1][0] == "/"
    wish = Wish.objects.get()
    assert (wish.customer, wish.variant) == (dana.customer, product.variants.get())


@pytest.mark.parametrize("what", ["unknown", "draft", "foreign variant", "nothing"])
def test_only_what_is_sold_can_be_wished_for(dana, what):
    product, other = make_product(), make_product()
    told = {"product": product.public_id}
    if what == "draft":
        Product.objects.update(status=Product.Status.DRAFT)
    elif what == "foreign variant":
        told["variant"] = other.variants.get().public_id
    elif what == "unknown":
        told["product"] = "0" * 26
    else:
        told = {}

    assert dana.client.post(reverse("wish_add"), told).status_code == 404
    assert not Wish.objects.exists()


def test_a_wish_moves_to_the_cart(dana):
    wish = add_wish(actor=dana.actor, product_public_id=make_product().public_id, at=clock.now())

    response = dana.client.post(reverse("wish_to_cart", args=[wish.pk]))

    assert response.status_code == 302
    cart = Cart.objects.get()
    assert (cart.customer, cart.lines.get().quantity) == (dana.customer, 1)
    assert dana.client.cookies["cart"].value.startswith(f"{cart.public_id}:1")
    assert not Wish.objects.exists()


def test_what_is_sold_out_stays_on_the_list(dana):
    wish = add_wish(actor=dana.actor, product_public_id=make_product(stock=0).public_id, at=clock.now())

    shown = dana.client.post(reverse("wish_to_cart", args=[wish.pk]), follow=True)

    assert "stays on your list" in text(shown)
    assert "Sold out" in text(shown)
    assert Wish.objects.exists()
    assert not Cart.objects.exists()


def test_a_long_list_is_read_page_by_page(dana, django_assert_num_queries):
    for number in range(30):
        add_wish(actor=dana.actor, product_public_id=make_product(f"Thing {number:02}").public_id, at=clock.now())

    dana.client.get(reverse("account_wishes"))
    with django_assert_num_queries(6):
        first = text(dana.client.get(reverse("account_wishes")))
    after = re.search(r'hx-get="(/account/wishes/[^"]+)"', first)[1]
    rest = text(dana.client.get(after, headers={"hx-request": "true"}))

    assert re.findall(r"<b>Thing (\d\d)", first) == [f"{number:02}" for number in range(29, 5, -1)]
    assert re.findall(r"<b>Thing (\d\d)", rest) == [f"{number:02}" for number in range(5, -1, -1)]
    assert "<html" not in rest
    assert dana.client.get(f"{reverse('account_wishes')}?after=forged").status_code == 404


def test_consents_are_switched_and_their_history_is_kept(dana):
    url = reverse("account_consent", args=["news"])
    for granted in ("1", "1", "0"):
        dana.client.post(url, {"granted": granted})

    rows = list(Consent.objects.order_by("id").values_list("customer", "purpose", "granted", "source"))
    assert rows == [(dana.customer.pk, "news", True, "account"), (dana.customer.pk, "news", False, "account")]
    assert AuditEntry.objects.filter(action="customer.consent").count() == 2
    assert dana.client.post(reverse("account_consent", args=["other"]), {"granted": "1"}).status_code == 404


def test_nobody_decides_for_another(dana, eli):
    told = {"customer": eli.customer, "purpose": "news", "granted": True, "source": "checkout", "at": clock.now()}
    for actor in (dana.actor, NOBODY):
        with pytest.raises(PermissionDenied):
            decide_consent(actor=actor, **told)

    assert not Consent.objects.exists()
    assert decide_consent(actor=CustomerActor(eli.customer.pk, "claimed"), **told).granted
    assert decide_consent(actor=SYSTEM, **told) is None


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_wish_and_one_address():
    dana, product = Signed("Dana", "dana@mail.example"), make_product()

    def click():
        add_wish(actor=dana.actor, product_public_id=product.public_id, at=clock.now())
        save_address(actor=dana.actor, address=ADDRESS, at=clock.now())

    outcomes = raised_at_once(*[click] * 6)

    assert outcomes == [None] * 6
    assert (Wish.objects.count(), SavedAddress.objects.count()) == (1, 1)
