"""Sparing people notices, and what customers want themselves."""

from collections.abc import Collection
from datetime import datetime, time

from django.db import transaction

from ramah.customers.models import ContactPoint, Customer
from ramah.customers.queries import customer_acting
from ramah.kernel import audit
from ramah.kernel.actors import Actor, PermissionDenied, require
from ramah.notices.commands.rules import CHANNELS
from ramah.notices.kinds import KINDS
from ramah.notices.models import Preference, Suppression
from ramah.notices.permissions import SEND_NOTICES

CHOOSE = "notices.choose"  # of the identity ladder (`customers.proof`)


class BadPreference(ValueError):
    """What was wished for is none of what there is; names the field."""


@transaction.atomic
def suppress(
    *,
    actor: Actor,
    customer: Customer | None = None,
    contact_point: ContactPoint | None = None,
    scope: str = Suppression.Scope.ALL,
    until: datetime | None = None,
    reason: str = "",
    at: datetime,
) -> Suppression:
    """Spare a customer, or one address, notices of a sort, for good or until a moment.

    Exactly one of the two is given. Raises `PermissionDenied`, ValueError.
    """
    require(actor, SEND_NOTICES)
    if (customer is None) == (contact_point is None):
        raise ValueError("either a customer or an address is spared")
    row = Suppression.objects.create(
        customer=customer,
        contact_point=contact_point,
        scope=Suppression.Scope(scope),
        until=until,
        reason=reason.strip()[:200],
        actor=actor.ref,
        created_at=at,
    )
    key = customer.pk if customer is not None else getattr(contact_point, "customer_id", 0)
    audit.record(actor, "notices.spare", f"customer:{key}", at=at, scope=row.scope)
    return row


@transaction.atomic
def lift_suppression(*, actor: Actor, suppression: Suppression, at: datetime) -> None:
    """Have them told again. Repeatable. Raises `PermissionDenied`."""
    require(actor, SEND_NOTICES)
    row = Suppression.objects.select_related("contact_point").filter(pk=suppression.pk).first()
    if row is not None:
        key = row.customer_id or (row.contact_point.customer_id if row.contact_point else 0)
        row.delete()
        audit.record(actor, "notices.spare_no_more", f"customer:{key}", at=at)


@transaction.atomic
def set_preference(
    *,
    actor: Actor,
    customer: Customer,
    channel: str = "",
    muted: Collection[str] = (),
    quiet_from: time | None = None,
    quiet_to: time | None = None,
    at: datetime,
) -> Preference:
    """How a customer wants to be told from now on: the channel that is tried first, kinds that are not wanted, and their own
    quiet hours (both or none). Customers choose for themselves, agents who may send notices for them. Raises `BadPreference`,
    `PermissionDenied`.
    """
    own = customer_acting(actor)
    if own is None:
        require(actor, SEND_NOTICES)
    elif own.customer_id != customer.pk or not own.may(CHOOSE):
        raise PermissionDenied(CHOOSE)
    if channel not in ("", *CHANNELS):
        raise BadPreference("channel")
    if not set(muted) <= set(KINDS):
        raise BadPreference("muted")
    if (quiet_from is None) != (quiet_to is None):
        raise BadPreference("quiet_to")
    Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
    fields = {"channel": channel, "muted": sorted(set(muted)), "quiet_from": quiet_from, "quiet_to": quiet_to}
    newest = Preference.objects.filter(customer=customer).order_by("-changed_at", "-id").first()
    row = newest or Preference(customer=customer)
    for name, value in fields.items():
        setattr(row, name, value)
    row.changed_at = at
    row.save()
    audit.record(actor, "notices.preference", f"customer:{customer.pk}", at=at, channel=channel, muted=fields["muted"])
    return row
