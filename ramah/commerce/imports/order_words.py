"""What other systems call the states of an order and the ways to pay."""

from django.utils.translation import gettext as _

from ramah.commerce import order_states as states
from ramah.commerce.imports.records import Refused

# Their word, without case and signs -> our state. WooCommerce writes them with and without "wc-".
STATE_WORDS = {
    **{state: state for state in states.STATES},
    "pending": states.PLACED,
    "pendingpayment": states.PLACED,
    "onhold": states.PLACED,
    "new": states.PLACED,
    "open": states.PLACED,
    "created": states.PLACED,
    "processing": states.PAID,
    "approved": states.PAID,
    "invoiced": states.PAID,
    "fulfilled": states.SHIPPED,
    "intransit": states.SHIPPED,
    "complete": states.COMPLETED,
    "closed": states.COMPLETED,
    "canceled": states.CANCELLED,
    "failed": states.CANCELLED,
    "unavailable": states.CANCELLED,
    "voided": states.CANCELLED,
    "trash": states.CANCELLED,
}
_SHOPIFY_PAID = {"paid", "partiallyrefunded", "partiallypaid"}
# Our kind of payment <- parts of its name elsewhere; the first kind that fits.
METHOD_WORDS = {
    "cod": ("cash on delivery", "cod", "bayar di tempat", "післяплата", "накладен"),
    "wallet": ("gopay", "ovo", "dana", "wallet", "paypal", "apple pay", "google pay", "shopeepay", "qris"),
    "card": ("card", "credit", "visa", "stripe", "shopify_payments", "kartu", "картк", "monobank", "liqpay"),
    "bank_transfer": ("transfer", "bank", "bacs", "virtual account", "bca", "boleto", "переказ"),
}


def state_of(told: dict[str, str], *, has: set[str]) -> str:
    """The state of an order from its own word, from Shopify's two, or from the times that are given. Raises `Refused`."""
    if "state" in told:
        word = "".join(sign for sign in told["state"].casefold() if sign.isalnum()).removeprefix("wc")
        if word not in STATE_WORDS:
            words = {"cell": told["state"][:20], "accepted": ", ".join(states.STATES)}
            raise Refused(_("%(cell)r is none of %(accepted)s") % words, column="state")
        return STATE_WORDS[word]
    if "financial_status" in told or "fulfillment_status" in told:
        return _shopify_state(told, has)
    latest = (states.REFUNDED, states.CANCELLED, states.DELIVERED, states.SHIPPED, states.PAID)
    return next((state for state in latest if state in has), states.PLACED)


def _shopify_state(told: dict[str, str], has: set[str]) -> str:
    money = "".join(sign for sign in told.get("financial_status", "").casefold() if sign.isalnum())
    if money == "refunded":
        return states.REFUNDED
    if states.CANCELLED in has or money == "voided":
        return states.CANCELLED
    if told.get("fulfillment_status", "").casefold() == "fulfilled":
        return states.SHIPPED
    return states.PAID if money in _SHOPIFY_PAID else states.PLACED


def payment_method(name: str) -> str:
    """The kind of a payment method by its name; `other` when no word of it is known."""
    words = name.casefold()
    return next((kind for kind, parts in METHOD_WORDS.items() if any(part in words for part in parts)), "other")
