"""The intake: what reached a channel, raw, and what became of it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.channels.email.models import Mailbox
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.kernel.models import PublicModel, WorkRow


class IntakeItem(PublicModel, WorkRow):
    """One thing as it reached a channel. Committed before the sender is told that it was taken.

    Every item ends visibly: accepted, duplicate, ignored with a reason, or quarantined with the error and replayable.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        DUPLICATE = "duplicate", _("Duplicate")
        IGNORED = "ignored", _("Ignored")
        QUARANTINED = "quarantined", _("Quarantined")

    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=250, help_text="The channel's own id, or a digest of the raw bytes.")
    raw = models.BinaryField()
    envelope = models.JSONField(
        default=dict, help_text="What came beside the bytes: sender, recipients, peer, transport."
    )
    state = models.CharField(max_length=11, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["inbox", "external_id"], name="intake_accepted_once", condition=models.Q(state="accepted")
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["inbox", "external_id"], name="intake_external_id"),
            models.Index(fields=["next_attempt_at"], name="intake_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["-id"], name="intake_quarantined", condition=models.Q(state="quarantined")),
        ]


__all__ = ["IntakeItem", "Mailbox"]
