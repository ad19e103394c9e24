"""Links that prove a mailbox, and what a browser has proved: how customers without a log-in reach their order.

1. `order_link` goes into mails to the order's address. It is signed, ends after sixty days, and is void once the order belongs to
   another customer or has another address.
2. Opening it (or typing in a one-time code) notes the proof in the session, for seven days and for that order alone; the browser
   is sent on to the clean address, so the link stays in no address bar and no Referer.
3. `order_actor` makes an actor of it, with the proof level `order_verified`. What that opens, the ladder says.
"""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from ramah.commerce.models import Order
from ramah.commerce.queries.proving import may_see, order_named
from ramah.customers.queries import ORDER_VERIFIED, CustomerActor
from ramah.kernel import clock
from ramah.kernel.actors import NOBODY, Actor
from ramah.storefront.visiting import PROVED_ORDERS, visitor_of

LINK_LIVES = timedelta(days=60)
PROOF_LIVES = timedelta(days=7)
_MOST_PROOFS = 20
_SALT = "storefront.order_link"
_signer = TimestampSigner(sep=".", salt=_SALT)


def order_link(order: Order) -> str:
    """The absolute address by which whoever reads the order's mailbox opens the order, without a log-in."""
    return settings.BASE_URL + reverse("order_open", args=[_signer.sign(f"{order.public_id}.{_digest(order)}")])


def order_of_link(token: str) -> Order | None:
    """The order that a link opens; None when it was altered, is too old, or no longer fits the order."""
    try:
        public_id, _dot, digest = _signer.unsign(token, max_age=LINK_LIVES).partition(".")
    except BadSignature:
        return None
    order = order_named(public_id)
    return order if order and constant_time_compare(digest, _digest(order)) else None


def note_proof(request: HttpRequest, order: Order) -> None:
    """Have this browser see `order` from now on, for seven days."""
    now = clock.now()
    proofs = {key: proof for key, proof in _proofs(request).items() if proof[2] > now.timestamp()}
    proofs.pop(order.public_id, None)
    proofs[order.public_id] = [order.pk, order.customer_id, int((now + PROOF_LIVES).timestamp())]
    if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.user.is_authenticated:
        request.session.cycle_key()  # whoever planted a session in this browser does not share the proof
    request.session[PROVED_ORDERS] = dict(list(proofs.items())[-_MOST_PROOFS:])


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
    # Without the cookie there is no session, and asking for it would say that the page varies by it.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and not request.session.modified:
        return {}
    proofs: dict[str, list[int]] = request.session.get(PROVED_ORDERS, {})
    return proofs


def _digest(order: Order) -> str:
    told = f"{order.customer_id}|{order.email.strip().lower()}"
    return salted_hmac(_SALT, told, secret=order.public_id, algorithm="sha256").hexdigest()[:20]
