"""How live chat of an inbox is set up, and the visitors who write in it."""

from typing import ClassVar

from django.db import models

from ramah.conversations.models import Conversation, Inbox
from ramah.customers.models import ContactPoint
from ramah.kernel.encryption import EncryptedJSONField
from ramah.kernel.models import PublicModel


class ChatSettings(models.Model):
    """The widget of one chat inbox. Texts are by language: {"en": "...", "id": "..."}."""

    inbox = models.OneToOneField(Inbox, on_delete=models.CASCADE, related_name="+")
    origins = models.JSONField(
        default=list, help_text="Sites that may show it, as https://shop.example; the shop's own always may."
    )
    identity_secret = EncryptedJSONField(null=True, help_text="Signs who is signed in at a foreign site.")
    greetings = models.JSONField(default=dict)
    offline_texts = models.JSONField(default=dict)
    quick_replies = models.JSONField(
        default=dict, help_text="By language: a list of texts offered before the first word."
    )
    is_live = models.BooleanField(
        default=True, help_text="Offers chats to agents who are online; else all wait as messages."
    )
    offer_seconds = models.PositiveSmallIntegerField(default=30, help_text="An agent has so long to take a chat.")
    wait_seconds = models.PositiveSmallIntegerField(default=180, help_text="Then the chat is a message with a promise.")
    skill = models.CharField(max_length=40, blank=True, help_text="What an agent should know; empty: anyone's.")
    is_anonymous = models.BooleanField(default=False, help_text="Keeps neither address nor e-mail.")
    forget_days = models.PositiveSmallIntegerField(
        default=30, help_text="An anonymous visitor and what was said is gone so long after the last word."
    )

    class Meta:
        app_label = "channels"

    def __str__(self) -> str:
        return f"chat:{self.pk}"


class ChatVisitor(PublicModel):
    """A browser in which somebody has opened a chat: it comes back by the token it keeps, of which only a digest is here."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    contact_point = models.ForeignKey(
        ContactPoint,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Of kind visitor; from the first word on.",
    )
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.SET_NULL, related_name="+", help_text="The one that is going on."
    )
    name = models.CharField(max_length=160, blank=True)
    language = models.CharField(max_length=8, blank=True)
    email = models.CharField(
        max_length=254, blank=True, help_text="Where answers go once the visitor has left; claimed."
    )
    customer_ref = models.CharField(max_length=80, blank=True, help_text="As a signed identity named them.")
    page_url = models.CharField(max_length=500, blank=True)
    page_title = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(
        null=True, help_text="Where they write from; not kept for anonymous inboxes."
    )
    read_id = models.PositiveBigIntegerField(
        default=0, help_text="Key of the newest message that was before their eyes."
    )
    seen_at = models.DateTimeField(help_text="To within half a minute.")
    is_connected = models.BooleanField(default=False)

    class Meta:
        app_label = "channels"
        indexes: ClassVar = [
            models.Index(fields=["conversation"], name="visitor_conversation"),
            models.Index(fields=["contact_point"], name="visitor_contact_point"),
            models.Index(fields=["inbox", "seen_at"], name="visitor_seen"),
        ]

    def __str__(self) -> str:
        return self.public_id
