"""Who may review a product: a customer who is signed in, or a guest who has proved an order in this browser."""

from django.http import HttpRequest

from ramah.commerce.models import Product
from ramah.commerce.queries.voices import bought_line
from ramah.customers.queries import CustomerActor, customer_acting
from ramah.storefront.order_links import order_actor, proved_orders
from ramah.storefront.visiting import visitor_of


def reviewer_of(request: HttpRequest, product: Product) -> CustomerActor | None:
    """The customer who would write: of several orders that a guest has proved, the one by which the product was bought."""
    signed_in = visitor_of(request).actor
    if signed_in is not None:
        return signed_in
    proved = (customer_acting(order_actor(request, key)) for key in proved_orders(request))
    actors = [actor for actor in proved if actor is not None]
    return next((actor for actor in actors if bought_line(actor, product)), actors[0] if actors else None)
