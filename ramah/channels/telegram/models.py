"""From where a customer has opened the chat with a bot, kept until their first words."""

from typing import ClassVar

from django.db import models

from ramah.conversations.models import Inbox
from ramah.customers.models import ContactPoint


class TelegramStart(models.Model):
    """A link of ours was followed (`/start` with its payload), and nothing was said yet."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="+")
    contact_point = models.ForeignKey(ContactPoint, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=80, help_text="What the link was about: order:12, product:7.")
    at = models.DateTimeField()

    class Meta:
        app_label = "channels"
        constraints: ClassVar = [models.UniqueConstraint(fields=["inbox", "contact_point"], name="telegram_start_once")]

    def __str__(self) -> str:
        return f"start:{self.pk}"
