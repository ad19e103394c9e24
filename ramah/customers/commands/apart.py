"""Two customers who look alike and are not one person."""

from datetime import datetime

from django.db import transaction

from ramah.customers import permissions
from ramah.customers.commands.merging import SameCustomer
from ramah.customers.models import Customer, CustomersApart
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require


def keep_apart(*, actor: Actor, one: Customer, other: Customer, reason: str, at: datetime) -> None:
    """Suggest these two to each other no more; `reason` says why. Said again, the first reason stays.

    Raises `SameCustomer`, `PermissionDenied`.
    """
    require(actor, permissions.MERGE)
    if one.pk == other.pk:
        raise SameCustomer
    first, second = sorted((one.pk, other.pk))
    with transaction.atomic():
        facts = {"reason": reason.strip()[:200], "actor": actor.ref, "created_at": at}
        _row, is_new = CustomersApart.objects.get_or_create(one_id=first, other_id=second, defaults=facts)
        if is_new:
            audit.record(actor, "customer.apart", f"customer:{first}", at=at, other=second)
