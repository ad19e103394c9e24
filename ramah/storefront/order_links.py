"""Links that prove a mailbox, and what a browser has proved: how customers without a log-in reach their order.

1. `order_link` goes into mails to the order's address. It is signed, ends after sixty days, and is void once the order belongs to
   another customer or has another address.
2. Opening it (or typing in a one-time code) notes the proof in a signed cookie, for seven days and for that order alone; the
   browser is sent on to the clean address, so the link stays in no address bar and no Referer. Guests have no session for it:
   a row to be written and looked up by every page would be most of what placing an order costs.
3. `order_actor` makes an actor of it, with the proof level `order_verified`. What that opens, the ladder says.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from ramah.commerce.models import Order
from ramah.commerce.queries.proving import may_see, order_named
from ramah.customers.queries import ORDER_VERIFIED, CustomerActor
from ramah.kernel import clock
from ramah.kernel.actors import NOBODY, Actor
from ramah.storefront.visiting import visitor_of

LINK_LIVES = timedelta(days=60)
PROOF_LIVES = timedelta(days=7)
PROOF_COOKIE = "proved_orders"
_MOST_PROOFS = 20  # of some sixty characters each, where a cookie has four thousand
_SALT = "storefront.order_link"
_PROOF_SALT = "storefront.proved_orders"
_signer = TimestampSigner(sep=".", salt=_SALT)


def order_link(order: Order, door: str = "order_open") -> str:
    """The absolute address by which whoever reads the order's mailbox opens the order, without a log-in.

    `door` is the route: `track_open` leads on to where its parcels are.
    """
    return settings.BASE_URL + reverse(door, args=[_signer.sign(f"{order.public_id}.{_digest(order)}")])


def order_of_link(token: str) -> Order | None:
    """The order that a link opens; None when it was altered, is too old, or no longer fits the order."""
    try:
        public_id, _dot, digest = _signer.unsign(token, max_age=LINK_LIVES).partition(".")
    except BadSignature:
        return None
    order = order_named(public_id)
    return order if order and constant_time_compare(digest, _digest(order)) else None


def note_proof(request: HttpRequest, response: HttpResponseBase, order: Order) -> None:
    """Have this browser see `order` from now on, for seven days."""
    now = clock.now()
    proofs = {key: proof for key, proof in _proofs(request).items() if proof[2] > now.timestamp()}
    proofs.pop(order.public_id, None)
    proofs[order.public_id] = [order.pk, order.customer_id, int((now + PROOF_LIVES).timestamp())]
    response.set_cookie(
        PROOF_COOKIE,
        signing.dumps(dict(list(proofs.items())[-_MOST_PROOFS:]), salt=_PROOF_SALT, compress=True),
        max_age=PROOF_LIVES,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def forget_proofs(response: HttpResponseBase) -> None:
    """Have this browser see no order any more but by log-in."""
    response.delete_cookie(PROOF_COOKIE, samesite="Lax")


def proved_orders(request: HttpRequest) -> list[str]:
    """Public ids of the orders that were proved in this browser, the latest first; a proof among them may have ended."""
    return list(reversed(_proofs(request)))


def proved_actor(order: Order) -> CustomerActor:
    """Who has proved `order`, and nothing else."""
    return CustomerActor(order.customer_id, ORDER_VERIFIED, order_id=order.pk)


def order_actor(request: HttpRequest, public_id: str) -> Actor:
    """Who asks for this order: the signed-in customer, or whoever has proved the order in this browser; else nobody.

    The actor is not let in yet: the door to the order (`commerce.queries.order_for`) decides.
    """
    signed_in = visitor_of(request).actor
    proved = _proved(request, public_id)
    if proved is None:
        return signed_in or NOBODY
    if signed_in is None:
        return proved
    return signed_in if signed_in.customer_id == proved.customer_id or may_see(signed_in, public_id) else proved


def _proved(request: HttpRequest, public_id: str) -> CustomerActor | None:
    order_id, customer_id, until = _proofs(request).get(public_id, (0, 0, 0))
    if until <= clock.now().timestamp():
        return None
    return CustomerActor(customer_id, ORDER_VERIFIED, order_id=order_id)


def _proofs(request: HttpRequest) -> dict[str, list[int]]:
    # Public id of an order -> [order id, customer id, until (Unix seconds)]
    try:
        proofs: dict[str, list[int]] = signing.loads(request.COOKIES.get(PROOF_COOKIE, ""), salt=_PROOF_SALT)
    except BadSignature:
        return {}
    return proofs


def _digest(order: Order) -> str:
    told = f"{order.customer_id}|{order.email.strip().lower()}"
    return salted_hmac(_SALT, told, secret=order.public_id, algorithm="sha256").hexdigest()[:20]
