"""Parcels, what is in them, what was told of them, and what was asked of their carriers."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models import Order, OrderLine
from ramah.kernel.models import PublicModel, WorkRow
from ramah.shipping import position
from ramah.shipping.models.carriers import Carrier, CarrierAccount, CarrierPost


class Shipment(PublicModel):
    """One parcel of an order. Where it stands is the fold of its tracking events (`position.fold`), kept on the row."""

    class State(models.TextChoices):
        PRE_TRANSIT = position.PRE_TRANSIT, _("Announced to the carrier")
        IN_TRANSIT = position.IN_TRANSIT, _("On its way")
        OUT_FOR_DELIVERY = position.OUT_FOR_DELIVERY, _("Out for delivery")
        DELIVERY_ATTEMPTED = position.DELIVERY_ATTEMPTED, _("Delivery attempted")
        AVAILABLE_FOR_PICKUP = position.AVAILABLE_FOR_PICKUP, _("Ready to be picked up")
        DELIVERED = position.DELIVERED, _("Delivered")
        EXCEPTION = position.EXCEPTION, _("Held up")
        RETURNED = position.RETURNED, _("Returned to sender")
        LOST = position.LOST, _("Lost")

    ENDED = (State.DELIVERED, State.RETURNED, State.LOST)

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    carrier = models.CharField(max_length=80, blank=True, help_text="As customers are told.")
    carried_by = models.ForeignKey(Carrier, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    account = models.ForeignKey(CarrierAccount, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    service = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=80, null=True, unique=True, help_text="Id where it was imported from.")  # noqa: DJ001 - null: no id; several may have none
    label_id = models.CharField(max_length=80, blank=True, help_text="Id of the label at its provider.")
    label = models.FileField(upload_to="labels", max_length=200, blank=True)
    cost_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="What the label cost.")
    cost_currency = models.CharField(max_length=3, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True, db_index=True)
    tracking_url = models.CharField(max_length=400, blank=True, help_text="Where the carrier shows its way.")
    state = models.CharField(max_length=20, choices=State.choices, default=State.PRE_TRANSIT)
    reason = models.CharField(max_length=20, blank=True, help_text="Of a delay or an exception; see `carriers.facts`.")
    attempt_count = models.PositiveSmallIntegerField(default=0)
    doubts = models.JSONField(default=list, blank=True, help_text="What of its events contradicts itself.")
    handed_over_at = models.DateTimeField(null=True, help_text="Empty: the carrier does not have it yet.")
    last_event_at = models.DateTimeField(null=True)
    last_moved_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    expected_from = models.DateField(null=True, help_text="As customers are told, on the calendar of the address.")
    expected_to = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["order", "id"], name="shipment_order"),
            models.Index(fields=["carried_by", "-handed_over_at"], name="shipment_carrier"),
            models.Index(fields=["-id"], name="shipment_doubted", condition=~models.Q(doubts=[])),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="shipment_delivered_after_hand_over",
                condition=models.Q(delivered_at__isnull=True) | models.Q(delivered_at__gte=models.F("handed_over_at")),
            ),
            models.CheckConstraint(name="shipment_state_known", condition=models.Q(state__in=position.STATES)),
            # Carriers give the same number again after a year or two: of those under way it is one's own.
            models.UniqueConstraint(
                fields=["account", "tracking_number"],
                name="shipment_number_once",
                condition=~models.Q(tracking_number="") & ~models.Q(state__in=("delivered", "returned", "lost")),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class ShipmentLine(models.Model):
    """So many pieces of a line in a parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="shipment_line_quantity_positive", condition=models.Q(quantity__gt=0)),
            models.UniqueConstraint(fields=["shipment", "order_line"], name="shipment_line_once"),
        ]


class TrackingEvent(models.Model):
    """One thing that was told of a parcel: in our words, and as it came."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="events", db_index=False)
    post = models.ForeignKey(CarrierPost, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    occurred_at = models.DateTimeField(help_text="As folded: see `position.read_moment`.")
    told_at = models.CharField(max_length=40, blank=True, help_text="The moment, as it was told.")
    adjusted = models.CharField(max_length=7, blank=True, help_text="How `occurred_at` differs from it.")
    received_at = models.DateTimeField()
    state = models.CharField(max_length=20)
    reason = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=40, blank=True, help_text="The carrier's own.")
    place = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True)
    message = models.CharField(max_length=300, blank=True, help_text="The carrier's words.")
    digest = models.CharField(max_length=64)
    raw = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["shipment", "occurred_at", "id"], name="trackingevent_shipment")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "digest"], name="trackingevent_once"),
            models.CheckConstraint(name="trackingevent_state_known", condition=models.Q(state__in=position.STATES)),
            models.CheckConstraint(
                name="trackingevent_adjusted_known",
                condition=models.Q(adjusted__in=("", "future", "zone", "foreign", "untold")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} of {self.shipment_id}"


class CarrierTask(PublicModel, WorkRow):
    """Something that is asked of a parcel's carrier.

    `sending` is committed before the carrier is asked; one found in it whose lease ran out was done or not, nobody knows: it
    becomes `uncertain`, for a person to decide, and is never asked again by itself.
    """

    class Kind(models.TextChoices):
        LABEL = "label", _("Label")
        CANCEL = "cancel", _("Cancel the label")
        ADDRESS = "address", _("Another address")
        DATE = "date", _("Another day")
        PICKUP_POINT = "pickup_point", _("To a pick-up point")
        NEIGHBOR = "neighbor", _("To a neighbor")
        LEAVE = "leave", _("Leave at the door")
        RETURN = "return", _("Back to the shop")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        UNCERTAIN = "uncertain", _("Uncertain")

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    detail = models.JSONField(
        default=dict, blank=True, help_text="What is asked: an address, a day; emptied on erasure."
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    error = models.CharField(max_length=300, blank=True)
    made_by = models.CharField(max_length=40, help_text="The actor, as the audit log has it.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["shipment", "-id"], name="carriertask_shipment"),
            models.Index(
                fields=["next_attempt_at"],
                name="carriertask_due",
                condition=models.Q(state__in=("queued", "sending")),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shipment", "kind"],
                name="carriertask_one_at_a_time",
                condition=models.Q(state__in=("queued", "sending")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.shipment_id}"
