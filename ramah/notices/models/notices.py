"""Notices, what caused them, and the choices in them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models import Order, Voucher
from ramah.conversations.models import Conversation, Message
from ramah.customers.models import Customer
from ramah.kernel.models import PublicModel, WorkRow
from ramah.notices.models.rules import Rule
from ramah.promises.models import Promise
from ramah.shipping.models import CarrierTask, Shipment


class Notice(PublicModel, WorkRow):
    """One thing to be told to one customer, once. Due at `next_attempt_at`; what is not sent says why in `reason`."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        SENT = "sent", _("Sent")
        MERGED = "merged", _("Told with another")
        WITHHELD = "withheld", _("Not told, to measure the effect")
        SUPPRESSED = "suppressed", _("Not wanted")
        OUTDATED = "outdated", _("Did not hold any more")
        FAILED = "failed", _("Could not be told")

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule_version = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey(Order, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(max_length=80, blank=True, help_text="Why it waits, or was not sent: quiet, cap, muted.")
    planned_at = models.DateTimeField()
    not_after = models.DateTimeField(help_text="Not worth telling any more.")
    facts = models.JSONField(default=dict, help_text="What was known when it was planned; what its words are made of.")
    language = models.CharField(max_length=8, blank=True)
    sent_at = models.DateTimeField(null=True)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    choice_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            # By rule first: what a rule that rests has planned is passed over, however much it is.
            models.Index(fields=["rule", "next_attempt_at"], name="notice_due", condition=models.Q(state="planned")),
            models.Index(fields=["customer", "-sent_at"], name="notice_customer"),
            models.Index(fields=["order", "-id"], name="notice_order"),
            models.Index(fields=["rule", "-planned_at"], name="notice_rule"),
            models.Index(fields=["-id"], name="notice_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="notice_sent_at",
                condition=~models.Q(state__in=("sent", "merged")) | models.Q(sent_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class Cause(models.Model):
    """What a notice is for. The unique key is what keeps a customer from being told the same twice."""

    key = models.CharField(max_length=120, unique=True)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="causes")
    made_at = models.DateTimeField()


class Choice(PublicModel, WorkRow):
    """One thing a customer may choose in a notice. Of a notice one is taken at most, and carried out once."""

    class State(models.TextChoices):
        OFFERED = "offered", _("Offered")
        TAKEN = "taken", _("Being carried out")
        DONE = "done", _("Done")
        FAILED = "failed", _("Handed to an agent")
        EXPIRED = "expired", _("Expired")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="choices", db_index=False)
    kind = models.CharField(max_length=12)
    offer = models.JSONField(default=dict, help_text="What it is worth: a date, an amount.")
    state = models.CharField(max_length=7, choices=State.choices, default=State.OFFERED)
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    said = models.JSONField(default=dict, help_text="What the customer filled in; emptied on erasure.")
    result = models.CharField(max_length=300, blank=True, help_text="As the customer was told.")
    task = models.ForeignKey(CarrierTask, null=True, on_delete=models.SET_NULL, related_name="+")
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    promise = models.ForeignKey(Promise, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Where an agent sees to it."
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["notice", "id"], name="choice_notice"),
            models.Index(
                fields=["next_attempt_at"], name="choice_due", condition=models.Q(state__in=("offered", "taken"))
            ),
            models.Index(fields=["-id"], name="choice_failed", condition=models.Q(state="failed")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["notice"], name="choice_acts_once", condition=models.Q(state__in=("taken", "done", "failed"))
            )
        ]

    def __str__(self) -> str:
        return self.public_id
