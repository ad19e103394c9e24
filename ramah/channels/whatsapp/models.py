"""The message templates that WhatsApp has approved for an inbox: what may be said when free answers may not."""

from typing import ClassVar

from django.db import models

from ramah.conversations.models import Inbox


class WhatsAppTemplate(models.Model):
    """A template in one language, as WhatsApp has it. Written only by fetching it anew."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="+")
    provider_id = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=20, help_text="As WhatsApp writes it: en_US, id.")
    category = models.CharField(max_length=20, help_text="MARKETING, UTILITY, AUTHENTICATION.")
    status = models.CharField(max_length=30, help_text="APPROVED and others; only approved ones can be sent.")
    header = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    footer = models.CharField(max_length=200, blank=True)
    buttons = models.JSONField(default=list, help_text="What stands on them.")
    variables = models.JSONField(
        default=list, help_text='What is to be filled in, in order: {"part": "body", "name": "1", "example": "..."}.'
    )
    obstacle = models.CharField(
        max_length=20, blank=True, help_text="A part that cannot be filled in from here: media."
    )
    synced_at = models.DateTimeField()

    class Meta:
        app_label = "channels"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inbox", "name", "language"], name="whatsapp_template_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def can_be_sent(self) -> bool:
        """Whether WhatsApp lets it go, and all of its parts can be filled in here."""
        return self.status == "APPROVED" and not self.obstacle
