"""The intake: what reached a channel, raw, and what became of it; and the accounts that Ramah has with providers."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.channels.chat.models import ChatSettings, ChatVisitor
from ramah.channels.email.models import Mailbox
from ramah.channels.messenger.models import MessengerProfile
from ramah.channels.phone.models import Call, CallLeg, PhoneSettings
from ramah.channels.telegram.models import TelegramStart
from ramah.channels.whatsapp.models import WhatsAppTemplate
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.kernel.encryption import EncryptedJSONField
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


class ChannelAccount(models.Model):
    """An inbox at a provider that is reached over HTTP: credentials, settings, how it does. E-mail has `Mailbox` instead."""

    class State(models.TextChoices):
        NEW = "new", _("Not tried yet")
        OK = "ok", _("Working")
        FAILING = "failing", _("Failing")

    inbox = models.OneToOneField(Inbox, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=20, blank=True, help_text="Where a channel has several: twilio.")
    credentials = EncryptedJSONField(null=True, help_text="By the names of the channel's fields; never shown again.")
    settings = models.JSONField(default=dict, help_text="By the names of the channel's fields.")
    is_paused = models.BooleanField(default=False, help_text="Takes in, sends nothing.")
    state = models.CharField(max_length=7, choices=State.choices, default=State.NEW)
    last_in_at = models.DateTimeField(null=True)
    last_out_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"account:{self.pk}"

    def secret(self, name: str) -> str:
        """A credential; empty where none was given."""
        return str((self.credentials or {}).get(name) or "")


class AwaitedFile(WorkRow):
    """A file of a customer's message that is still at the provider. The message stands without it until it was fetched."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        STORED = "stored", _("Stored")
        FAILED = "failed", _("Failed")

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    reference = models.TextField(help_text="What the provider calls it: an id, an address.")
    filename = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="As the provider says, where it does.")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="awaited_due", condition=models.Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"file:{self.pk}"


__all__ = [
    "AwaitedFile",
    "Call",
    "CallLeg",
    "ChannelAccount",
    "ChatSettings",
    "ChatVisitor",
    "IntakeItem",
    "Mailbox",
    "MessengerProfile",
    "PhoneSettings",
    "TelegramStart",
    "WhatsAppTemplate",
]
