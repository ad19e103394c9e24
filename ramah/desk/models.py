"""What the desk adds to conversations: SLA policies and what an agent keeps for himself."""

from typing import ClassVar

from django.db import models

from ramah.accounts.models import Agent
from ramah.conversations.models import Conversation, Inbox
from ramah.kernel.models import PublicModel
from ramah.promises.models import Calendar


class SLAPolicy(PublicModel):
    """Which promises a conversation gets. The policy of an inbox goes before the one without inbox."""

    name = models.CharField(max_length=80, unique=True)
    inbox = models.OneToOneField(Inbox, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    calendar = models.ForeignKey(Calendar, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    first_reply_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Business minutes; empty: no promise."
    )
    next_reply_minutes = models.PositiveIntegerField(null=True, blank=True)
    resolution_minutes = models.PositiveIntegerField(null=True, blank=True)
    warn_percent = models.PositiveSmallIntegerField(
        default=80, help_text="At risk when this share of the time is gone."
    )
    acknowledge = models.BooleanField(default=True, help_text="Tell the customer at once by when the answer comes.")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sla_warn_percent", condition=models.Q(warn_percent__gte=1, warn_percent__lte=99)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What an agent has begun to write in a conversation and not sent yet."""

    class Kind(models.TextChoices):
        REPLY = "reply"
        NOTE = "note"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.REPLY)
    text = models.TextField()
    cc = models.TextField(blank=True, help_text="As typed.")
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agent", "conversation"], name="draft_once")]
