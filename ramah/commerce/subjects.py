"""What orders and products are called where a conversation is about them."""

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ramah.commerce.models import Product
from ramah.commerce.queries import orders_visible_to
from ramah.commerce.queries.orders import products_visible_to
from ramah.kernel.actors import Actor
from ramah.kernel.subjects import SubjectLabel, register_subject


def _order(actor: Actor, key: int) -> SubjectLabel | None:
    found = orders_visible_to(actor).filter(pk=key).only("public_id", "number").first()
    if found is None:
        return None
    return SubjectLabel(
        _("Order %(number)s") % {"number": found.number}, reverse("order", args=[found.public_id]), "box"
    )


def _product(actor: Actor, key: int) -> SubjectLabel | None:
    found = products_visible_to(actor).filter(pk=key).only("slug", "titles", "status").first()
    if found is None:
        return None
    title = found.title_in(get_language() or "en").text
    is_shown = found.status == Product.Status.ACTIVE
    return SubjectLabel(title, reverse("product", args=[found.slug]) if is_shown else "", "tag")


register_subject("order", _order)
register_subject("product", _product)
