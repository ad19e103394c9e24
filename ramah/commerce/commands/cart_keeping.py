"""What happens to carts over time: a guest's joins the customer's at sign-in, old ones of guests are swept away."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from ramah.commerce.models import Cart, CartLine, Voucher
from ramah.commerce.queries.carts import MOST_PIECES, open_carts
from ramah.customers.models import Customer

KEPT_FOR = timedelta(days=90)
_AT_ONCE = 500


@transaction.atomic
def merge_carts(*, customer_id: int, guest_cart_id: str, at: datetime) -> Cart | None:
    """The customer's one open cart after signing in, with what the guest had put in; None where there is nothing at all.

    1. Without an open cart of the customer the guest's becomes theirs; else its lines join it, as do those of their other carts.
    2. Of the same variant pieces add up; what was to be bought in either is to be bought. More than there are is told by the
       next look at the cart, which cuts it to what is left.
    3. The currency and the voucher of the guest go first: they are the newer word.
    4. A cart that belongs to another customer, or has become an order, is left alone, whatever the cookie says.

    Repeatable; any number at the same moment end in one cart.
    """
    Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk=customer_id).first()
    found = open_carts(guest_cart_id, customer_id=customer_id).select_for_update().order_by("-id")
    carts = list(found)
    if not carts:
        return None
    # The guest's first, then the customer's, the newest before the older.
    carts.sort(key=lambda cart: cart.customer_id is not None)
    kept = next((cart for cart in carts if cart.customer_id is not None), carts[0])
    first = carts[0]
    kept.voucher_id = next((cart.voucher_id for cart in carts if cart.voucher_id is not None), None)
    for cart in carts:
        follow_currency(cart, first.currency)
    for cart in carts:
        if cart is not kept:
            _pour(cart, kept)
    kept.customer_id, kept.updated_at = customer_id, at
    kept.save(update_fields=["customer", "voucher", "updated_at"])
    return kept


def sweep_carts(*, at: datetime) -> int:
    """Remove carts of guests that nobody touched for 90 days, a few hundred at a time. Returns how many."""
    with transaction.atomic():
        old = Cart.objects.filter(customer=None, updated_at__lt=at - KEPT_FOR).order_by("updated_at")
        # Of those at work on a cart nobody waits for the broom, nor it for them.
        keys = [cart.pk for cart in old.select_for_update(skip_locked=True).only("pk")[:_AT_ONCE]]
        if keys:
            CartLine.objects.filter(cart_id__in=keys).delete()
            Cart.objects.filter(pk__in=keys).delete()
    return len(keys)


@transaction.atomic
def forget_carts(*, customer_id: int) -> None:
    """Remove a customer's carts and close vouchers made for them alone; what they used stays with the orders. Repeatable."""
    CartLine.objects.filter(cart__customer_id=customer_id).delete()
    Cart.objects.filter(customer_id=customer_id).delete()
    Voucher.objects.filter(customer_id=customer_id).update(is_active=False, note="")


def follow_currency(cart: Cart, currency: str) -> None:
    """Have the locked cart in `currency`, from now on with the prices there. 0 is noted where it is not sold for that."""
    if cart.currency == currency:
        return
    lines = list(cart.lines.select_related("variant"))
    for line in lines:
        price = line.variant.price_in(currency)
        line.seen_amount = price.amount if price else Decimal(0)
    CartLine.objects.bulk_update(lines, ["seen_amount"])
    cart.currency = currency
    cart.save(update_fields=["currency"])


def _pour(cart: Cart, kept: Cart) -> None:
    there = {line.variant_id: line for line in kept.lines.all()}
    joined = []
    for line in cart.lines.all():
        own = there.get(line.variant_id)
        if own is None:
            line.cart = kept
            line.save(update_fields=["cart"])
            continue
        if own.is_saved == line.is_saved:
            own.quantity = min(own.quantity + line.quantity, MOST_PIECES)
        elif own.is_saved:
            own.quantity = line.quantity
        own.is_saved = own.is_saved and line.is_saved
        joined.append(own)
    CartLine.objects.bulk_update(joined, ["quantity", "is_saved"])
    cart.delete()
