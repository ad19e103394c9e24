"""The customer's own part of the time line: first met, addresses that became known or bounced, merges."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from ramah.customers import permissions
from ramah.customers.models import ContactPoint, Customer, CustomerMerge
from ramah.customers.presentation import name_of, sight_of
from ramah.kernel.actors import Actor
from ramah.kernel.masking import sees_contact_data
from ramah.kernel.timeline import TimelineEntry, register_timeline


def _fetch(actor: Actor, customer_id: int, before: datetime | None, limit: int) -> list[TimelineEntry]:
    """All of it at once: no customer has more than a few dozen of these."""
    if not actor.may(permissions.VIEW):
        return []
    whole = sees_contact_data(actor)
    entries = [
        TimelineEntry(at, "user", _("First met"))
        for at in Customer.objects.filter(pk=customer_id).values_list("created_at", flat=True)
    ]
    for point in ContactPoint.objects.filter(customer=customer_id):
        sight = sight_of(point, whole=whole)
        entries.append(TimelineEntry(point.created_at, sight.icon, _("Address known"), sight.text))
        if point.bounced_at:
            entries.append(TimelineEntry(point.bounced_at, "alert", _("Mail came back"), sight.text))
    for merge in CustomerMerge.objects.filter(kept=customer_id).select_related("merged"):
        name, url = name_of(merge.merged, whole=whole), reverse("customer", args=[merge.merged.public_id])
        entries.append(TimelineEntry(merge.created_at, "merge", _("Merged with another customer"), name))
        if merge.undone_at:
            entries.append(TimelineEntry(merge.undone_at, "undo", _("Merge undone"), name, url))
    earlier = [entry for entry in entries if before is None or entry.at < before]
    return sorted(earlier, key=lambda entry: entry.at, reverse=True)[:limit]


register_timeline("customers", _fetch)
