"""Placing an order from a cart: one transaction, so there is either all of the order or nothing of it.

1. The cart is locked. One that has become an order already gives that order: double click, reload, two tabs, all the same.
2. Variants are locked in the order of their keys and read anew; what the customer is charged comes from there alone.
3. Another total than the customer saw, or a piece too few, undoes everything and says what has changed.
4. The number is taken last, so that orders placed at the same moment hardly wait for each other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from ramah.commerce import order_states
from ramah.commerce.addresses import Address
from ramah.commerce.commands import order_stock
from ramah.commerce.commands.orders import OWN_SHOP, enter_state
from ramah.commerce.commands.vouchers import use_voucher
from ramah.commerce.events import OrderPlaced
from ramah.commerce.models import Cart, Order, OrderLine, OrderStateChange, Payment, ShopProfile
from ramah.commerce.queries.carts import LineSight
from ramah.commerce.queries.checkout import Choice, Offer, currency_of, offer_for
from ramah.commerce.queries.delivery import Quote
from ramah.commerce.queries.orders import is_known, search_key
from ramah.commerce.queries.terms import shop_profile
from ramah.customers.commands import meet_customer
from ramah.customers.commands.consents import decide_consent
from ramah.customers.models import Consent, ContactPoint, Customer
from ramah.customers.queries import CLAIMED, CustomerActor, customer_acting
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, NotVisible
from ramah.kernel.events import publish_all
from ramah.promises.commands import Terms, make_promises
from ramah.promises.models import Promise

# Whoever leaves the page of the gateway does not hold the pieces for as long as a bank needs.
GATEWAY_TIME = timedelta(hours=2)
_GATEWAY = (Payment.Method.CARD, Payment.Method.WALLET)
_TRIES = 3


class NotPlaced(Exception):
    """Something stands in the way of the order. Nothing was ordered, nothing was changed."""


class CartEmpty(NotPlaced):
    """There is nothing to order: the cart is gone, or nothing is in it."""


class LinesUnavailable(NotPlaced):
    """Of some lines there is less than was asked for. Carries them as they stand now."""

    def __init__(self, lines: list[LineSight]) -> None:
        super().__init__([line.variant.sku for line in lines])
        self.lines = lines


class TotalChanged(NotPlaced):
    """The order costs something else than the customer saw. Carries what it costs now."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(str(offer.totals.total_amount))
        self.offer = offer


class DeliveryUnavailable(NotPlaced):
    """The way of delivery that was chosen does not reach the address, or not with this parcel."""


class PaymentUnavailable(NotPlaced):
    """The order cannot be paid in the way that was chosen."""


class _NumberTaken(Exception):
    """An order that came from elsewhere has the number that was next."""


@dataclass(frozen=True, slots=True)
class CheckoutTold:
    """What the customer said at checkout: `address` as `read_address` gives it, `expected_total` as the page showed it."""

    email: str
    address: Address
    delivery: str
    payment: str
    expected_total: Decimal
    language: str = ""
    note: str = ""
    wants_news: bool = False


def place_from_cart(*, actor: Actor, cart: Cart, told: CheckoutTold, at: datetime) -> Order:
    """The order of a cart, placed now or before. Whoever is not signed in is met by their e-mail address, unproved.

    Raises `NotPlaced` (one of those above), `VoucherRefused`, and `NotVisible` for the cart of another customer.
    """
    for _try in range(_TRIES):
        try:
            return _place(actor, cart, told, at)
        except _NumberTaken:
            _skip_known_numbers()
    raise RuntimeError("no free order number was found")


@transaction.atomic
def _place(actor: Actor, cart: Cart, told: CheckoutTold, at: datetime) -> Order:
    locked = _locked(actor, cart)
    if locked.order is not None:
        return locked.order
    customer, acting = _buyer(actor, told, at)
    offer = _checked_offer(locked, told, at)
    quantities = {line.variant.pk: line.quantity for line in offer.sight.counting}
    if not order_stock.take_pieces(quantities):  # the lock makes this impossible; the condition makes it certain
        raise LinesUnavailable(offer.sight.counting)
    order = _written(customer, locked, offer, told, at)
    if locked.voucher and offer.sight.reduction:
        use_voucher(locked.voucher, order=order, customer=customer, at=at)
    variants = [line.variant for line in offer.sight.counting]
    ran_out = order_stock.note_sold(order, variants, quantities, actor=acting)
    _write_beside(order, offer, acting)
    _promise(order, offer.quote, at)
    if told.wants_news:
        decide_consent(
            actor=acting, customer=customer, purpose=Consent.Purpose.NEWS, granted=True, source="checkout", at=at
        )
    publish_all([(OrderPlaced(order.pk, customer.pk), f"order:{order.pk}"), *ran_out])
    Cart.objects.filter(pk=locked.pk).update(order=order, updated_at=at)
    _number(order)
    return order


def _locked(actor: Actor, cart: Cart) -> Cart:
    # Order and voucher are read where there is one, which is seldom: joined in, they would cost every order.
    locked = Cart.objects.select_for_update().filter(pk=cart.pk).first()
    if locked is None:
        raise CartEmpty
    own = customer_acting(actor)
    if own is not None and locked.customer_id not in (None, own.customer_id):
        raise NotVisible
    return locked


def _buyer(actor: Actor, told: CheckoutTold, at: datetime) -> tuple[Customer, CustomerActor]:
    own = customer_acting(actor)
    if own is not None:
        return Customer.objects.get(pk=own.customer_id), own
    name = told.address.get("name", "")
    point = meet_customer(kind=ContactPoint.Kind.EMAIL, value=told.email, name=name, language=told.language, at=at)
    return point.customer, CustomerActor(point.customer_id, CLAIMED, name)


def _checked_offer(cart: Cart, told: CheckoutTold, at: datetime) -> Offer:
    """What the order costs, with the variants locked. Raises what stands in its way, the worst first."""
    address = told.address
    choice = Choice(
        address["country"], address.get("region", ""), address.get("postal_code", ""), told.delivery, told.payment
    )
    offer = offer_for(cart, choice, language=told.language, at=at, held=True)
    if not offer.sight.lines:
        raise CartEmpty
    if offer.missing:
        raise LinesUnavailable(offer.missing)
    if not currency_of(address["country"]) or offer.quote is None or offer.quote.option_public_id != told.delivery:
        raise DeliveryUnavailable(told.delivery)
    if offer.totals.total_amount and (offer.way is None or offer.way.method != told.payment):
        raise PaymentUnavailable(told.payment)
    if offer.totals.total_amount != told.expected_total:
        raise TotalChanged(offer)
    return offer


def _written(customer: Customer, cart: Cart, offer: Offer, told: CheckoutTold, at: datetime) -> Order:
    """The order with its lines. Its number is not known yet: until then it bears its public id."""
    quote, sums = offer.quote, offer.totals
    method = offer.way.method if offer.way else ""
    order = Order(
        source=OWN_SHOP,
        customer=customer,
        placed_at=at,
        created_at=at,
        language=told.language or customer.language,
        currency=offer.currency,
        items_amount=sums.items_amount,
        shipping_amount=sums.shipping_amount,
        discount_amount=sums.discount_amount,
        fee_amount=sums.fee_amount,
        tax_amount=sums.tax_amount,
        tax_percent=offer.tax.percent,
        tax_name=offer.tax.name,
        tax_included=offer.tax.is_included,
        total_amount=sums.total_amount,
        shipping_address=told.address,
        billing_address=told.address,
        promised_from=quote.promised_from if quote else None,
        promised_to=quote.promised_to if quote else None,
        note=told.note,
        checkout_key=cart.public_id,
        email=told.email,
        payment_method=method,
        payment_due_at=_due_at(method, at),
        delivery_option_id=quote.option_key if quote else None,
        delivery_name=str(quote.name)[:120] if quote else "",
        voucher_code=cart.voucher.code if cart.voucher and offer.sight.reduction else "",
    )
    order.number = order.public_id
    order.save(force_insert=True)
    _write_lines(order, offer)
    return order


def _write_lines(order: Order, offer: Offer) -> None:
    priced = {line.key: line for line in offer.totals.lines}
    rows = []
    for line in offer.sight.counting:
        sums = priced[line.line.pk]
        rows.append(
            OrderLine(
                order=order,
                variant_id=line.variant.pk,
                sku=line.variant.sku,
                title=line.title.text[:250],
                options=line.variant.options,
                quantity=line.quantity,
                unit_amount=sums.unit_amount,
                total_amount=sums.total_amount,
                discount_amount=sums.discount_amount,
                tax_amount=sums.tax_amount,
            )
        )
    OrderLine.objects.bulk_create(rows)


def _write_beside(order: Order, offer: Offer, acting: CustomerActor) -> None:
    """History, the payment that is awaited, and the line of the audit log."""
    at = order.placed_at
    OrderStateChange.objects.create(order=order, at=at, to_state=order.state, actor=acting.ref)
    if offer.way:
        Payment.objects.create(order=order, method=offer.way.method, amount=order.total_amount, created_at=at)
    else:  # nothing is to be paid
        enter_state(order, order_states.PAID, actor=SYSTEM, at=at)
    audit.record(acting, "order.place", f"order:{order.pk}", at=at)


def _promise(order: Order, quote: Quote | None, at: datetime) -> None:
    if quote is not None:
        make_promises(
            actor=SYSTEM,
            customer_id=order.customer_id,
            subject=f"order:{order.pk}",
            terms=[Terms(Promise.Kind.DELIVERY, due_at=quote.due_at, warn_percent=None)],  # the forecast warns
            calendar=quote.calendar,
            at=at,
        )


def _due_at(method: str, at: datetime) -> datetime | None:
    if method == Payment.Method.BANK_TRANSFER:
        return at + timedelta(hours=shop_profile().transfer_hours)
    return at + GATEWAY_TIME if method in _GATEWAY else None


def _number(order: Order) -> None:
    """Give the order the shop's next number."""
    order.number = _next_number()
    order.search_key = search_key(order.number)
    try:
        Order.objects.filter(pk=order.pk).update(number=order.number, search_key=order.search_key)
    except IntegrityError as error:
        raise _NumberTaken(order.number) from error


def _next_number() -> str:
    # One statement, where the ORM needs two: this row is the one that all orders wait for.
    taking = (
        "UPDATE commerce_shopprofile SET next_order_number = next_order_number + 1 WHERE key = %s"
        " RETURNING order_prefix, next_order_number - 1"
    )
    with connection.cursor() as cursor:
        row = cursor.execute(taking, ["shop"]).fetchone()
    if row is None:  # the shop has no profile yet
        ShopProfile.objects.get_or_create(key="shop")
        return _next_number()
    prefix, number = row
    return f"{prefix}{number}"


@transaction.atomic
def _skip_known_numbers() -> None:
    shop, _made = ShopProfile.objects.select_for_update().get_or_create(key="shop")
    while is_known(f"{shop.order_prefix}{shop.next_order_number}"):
        shop.next_order_number += 1
    shop.save(update_fields=["next_order_number"])
