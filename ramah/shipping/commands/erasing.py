"""Forgetting where a customer's parcels went."""

from functools import partial

from django.db import transaction

from ramah.shipping.models import CarrierPost, CarrierTask, Shipment, TrackingEvent, UnmatchedEvent


@transaction.atomic
def erase_tracking(customer_id: int) -> None:
    """Take off a customer's parcels what leads to an address: numbers, places, the carriers' words, labels. Repeatable.

    What happened when stays, for the forecast and the books. Posts that told of them are emptied whole: they were read long ago,
    and their rows stay, so that the sum of what came in closes.
    """
    parcels = Shipment.objects.filter(order__customer=customer_id)
    events = TrackingEvent.objects.filter(shipment__in=parcels)
    posts = list(events.exclude(post=None).values_list("post_id", flat=True).distinct())
    CarrierPost.objects.filter(pk__in=posts).exclude(state=CarrierPost.State.WAITING).update(raw=b"", error="")
    events.update(place="", message="", raw={})
    numbers = list(parcels.exclude(tracking_number="").values_list("tracking_number", flat=True))
    UnmatchedEvent.objects.filter(number__in=numbers).delete()
    CarrierTask.objects.filter(shipment__in=parcels).update(detail={})
    for parcel in parcels.exclude(label="").only("label"):
        transaction.on_commit(partial(parcel.label.storage.delete, parcel.label.name or ""))
    parcels.update(tracking_number="", tracking_url="", label="", label_id="")
