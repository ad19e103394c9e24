"""Ordering again: what of an order can still be bought goes into the cart."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ramah.commerce.commands.carts import CartFull, NotSold, SoldOut, WrongQuantity, add_to_cart
from ramah.commerce.models import Order
from ramah.kernel.actors import NOBODY
from ramah.storefront.visiting import Visitor


@dataclass
class Again:
    """What became of it: pieces in the cart now, titles of what was put in, cut, or left out."""

    cart_id: str = ""
    count: int = 0
    put_in: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def put_again(visitor: Visitor, order: Order, *, at: datetime) -> Again:
    """Put the lines of `order` into the visitor's cart, in the currency they see now, as far as there are any."""
    again = Again(visitor.cart_id, visitor.cart_count)
    for line in order.lines.all():
        try:
            change = add_to_cart(
                actor=visitor.actor or NOBODY,
                cart_id=again.cart_id,
                variant_id=line.variant.public_id if line.variant else "",
                quantity=line.quantity,
                currency=visitor.currency,
                at=at,
            )
        except (NotSold, SoldOut, WrongQuantity, CartFull):
            again.left_out.append(line.title)
            continue
        again.cart_id, again.count = change.cart.public_id, change.count
        (again.cut if change.is_cut else again.put_in).append(line.title)
    return again


def said_of(again: Again) -> list[tuple[int, str]]:
    """What the customer is told, each with the level of a Django message."""
    said = []
    if again.put_in or again.cut:
        count = len(again.put_in) + len(again.cut)
        words = ngettext(
            "%(count)d product of the order is in your cart, at today's price.",
            "%(count)d products of the order are in your cart, at today's prices.",
            count,
        )
        said.append((messages.SUCCESS, words % {"count": count}))
    if again.cut:
        said.append((messages.WARNING, _("Fewer are left of: %(titles)s.") % {"titles": ", ".join(again.cut)}))
    if again.left_out:
        said.append(
            (messages.WARNING, _("Not sold any more, or sold out: %(titles)s.") % {"titles": ", ".join(again.left_out)})
        )
    return said
