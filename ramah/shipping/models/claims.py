"""What the shop wants back from carriers."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.kernel.models import PublicModel
from ramah.shipping.models.shipments import Shipment


class Claim(PublicModel):
    """A claim on a carrier for one parcel, with its evidence and how far it got."""

    class Kind(models.TextChoices):
        LOST = "lost", _("Lost")
        DAMAGED = "damaged", _("Damaged")
        LATE = "late", _("Late")

    class State(models.TextChoices):
        DRAFT = "draft", _("To be sent")
        SENT = "sent", _("Sent")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        PAID = "paid", _("Paid")

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    paid_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    due_on = models.DateField(null=True, help_text="The last day on which the carrier takes it.")
    reference = models.CharField(max_length=80, blank=True, help_text="The carrier's own number of it.")
    note = models.TextField(blank=True)
    evidence = models.JSONField(default=list, blank=True, help_text='[{"kind": "event", "key": 7, "says": "..."}]')
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="claim_state"),
            models.Index(fields=["-id"], name="claim_newest"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shipment", "kind"], name="claim_once", condition=~models.Q(state="refused")
            ),
            models.CheckConstraint(name="claim_amount_not_negative", condition=models.Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return self.public_id
