"""Parcels and what is in them."""

from typing import ClassVar

from django.db import models

from ramah.commerce.models import Order, OrderLine
from ramah.kernel.models import PublicModel


class Shipment(PublicModel):
    """One parcel of an order, handed to a carrier."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    carrier = models.CharField(max_length=80, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True, db_index=True)
    tracking_url = models.CharField(max_length=400, blank=True, help_text="Where the carrier shows its way.")
    handed_over_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["order", "id"], name="shipment_order")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="shipment_delivered_after_hand_over",
                condition=models.Q(delivered_at__isnull=True) | models.Q(delivered_at__gte=models.F("handed_over_at")),
            )
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
