"""Reads on customers: their door, and whether an actor is one of them."""

from ramah.customers import permissions
from ramah.customers.models import Customer
from ramah.customers.proof import CustomerActor
from ramah.kernel.actors import Actor, NotVisible

__all__ = ["CustomerActor", "customer_acting", "customer_for"]


def customer_for(actor: Actor, *, public_id: str) -> Customer:
    """The customer, where `actor` may know of them: agents who may see customers, and a customer of themselves.

    Raises `NotVisible`.
    """
    rows = Customer.objects.filter(public_id=public_id)
    own = customer_acting(actor)
    if own:
        rows = rows.filter(pk=own.customer_id)
    elif not actor.may(permissions.VIEW):
        raise NotVisible
    customer = rows.first()
    if customer is None:
        raise NotVisible
    return customer


def customer_acting(actor: Actor) -> CustomerActor | None:
    """`actor` as a customer, or None when it is an agent or the system."""
    return actor if isinstance(actor, CustomerActor) else None
