"""What came of notices: whether customers asked all the same."""

from typing import ClassVar

from django.db import models

from ramah.commerce.models import Order
from ramah.conversations.models import Conversation
from ramah.kernel.models import WorkRow
from ramah.notices.models.notices import Notice
from ramah.shipping.models import Shipment


class Outcome(WorkRow):
    """What the customer did after a notice, or without it where it was withheld. Closed a week later."""

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="outcome")
    asked_at = models.DateTimeField(null=True, help_text="Wrote or called about the order all the same.")
    chose_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    rating = models.PositiveSmallIntegerField(null=True, help_text="1 to 5, of the conversation.")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="outcome_due", condition=models.Q(closed_at__isnull=True))
        ]


class Contact(models.Model):
    """A conversation that a customer began about an order; `is_wismo`: to ask where it is."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()
    is_wismo = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["order", "at"], name="contact_order"),
            models.Index(fields=["at"], name="contact_at"),
        ]
