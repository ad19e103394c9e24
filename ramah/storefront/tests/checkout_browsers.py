"""Browsers at the checkout: with a cart, signed in, and what they send."""

from django.core.signing import get_cookie_signer
from django.test import Client

from ramah.accounts.models import User
from ramah.commerce.testing import AT
from ramah.customers.models import CustomerLogin
from ramah.storefront.visiting import CART_COOKIE


def visitor(cart=None, **options):
    """A browser with the cart in its cookie."""
    client = Client(**options)
    if cart is not None:
        signer = get_cookie_signer(salt=CART_COOKIE + "storefront.cart")
        client.cookies[CART_COOKIE] = signer.sign(f"{cart.public_id}:1")
    return client


def signed_in(customer, cart=None, email="dana@mail.example"):
    user = User.objects.create(email=email, created_at=AT)
    CustomerLogin.objects.create(user=user, customer=customer, created_at=AT)
    client = visitor(cart)
    client.force_login(user)
    return client


def fields(way, total, **other):
    told = {
        "email": "Dana@Mail.example",
        "name": "Dana Putri",
        "phone": "0812 3456 7890",
        "country": "ID",
        "region": "Jawa Barat",
        "city": "Depok",
        "postal_code": "16424",
        "line1": "Jl. Margonda Raya 21",
        "delivery": way.public_id,
        "payment": "bank_transfer",
        "expected_total": str(total),
        "do": "",
    }
    return {**told, **other}


def send(client, told, **headers):
    return client.post("/checkout/", told, **headers)
