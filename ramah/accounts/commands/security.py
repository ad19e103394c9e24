"""What an owner demands of roles: second factors, and limits of authority over money."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from ramah.accounts import permissions
from ramah.accounts.models import Limit, RolePolicy
from ramah.accounts.queries import limits, roles_with_second_factor
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require


class NegativeLimit(ValueError):
    """A limit is an amount of money, zero at least."""


def require_second_factor(*, actor: Actor, roles: set[str], at: datetime) -> None:
    """Agents of exactly these roles must have a second factor; who has none sets one up first. Raises `PermissionDenied`."""
    require(actor, permissions.MANAGE_SECURITY)
    with transaction.atomic():
        for role in sorted(roles ^ roles_with_second_factor()):
            required = role in roles
            RolePolicy.objects.update_or_create(role=role, defaults={"second_factor_required": required})
            audit.record(actor, "role.require_second_factor", f"role:{role}", at=at, required=required)


def set_limits(*, actor: Actor, amounts: Mapping[tuple[str, str, str], Decimal | None], at: datetime) -> None:
    """Set limits by (role, `Limit.Key`, currency); None takes one away, so that nothing may be given.

    Raises `PermissionDenied`, `NegativeLimit`.
    """
    require(actor, permissions.MANAGE_SECURITY)
    with transaction.atomic():
        before = limits()
        for (role, key, currency), amount in amounts.items():
            if before.get((role, key, currency)) == amount:
                continue
            if amount is None:
                Limit.objects.filter(role=role, key=key, currency=currency).delete()
            elif amount < 0:
                raise NegativeLimit
            else:
                Limit.objects.update_or_create(role=role, key=key, currency=currency, defaults={"amount": amount})
            audit.record(
                actor, "role.limit", f"role:{role}", at=at,
                key=key, currency=currency, amount=None if amount is None else str(amount),
            )  # fmt: skip
