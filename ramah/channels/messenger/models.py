"""What customers call themselves on Messenger and Instagram, which has to be asked for."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.conversations.models import Inbox
from ramah.customers.models import ContactPoint
from ramah.kernel.models import WorkRow


class MessengerProfile(WorkRow):
    """The name at a page-scoped id. Asked for beside the intake, once; the conversation stands without it until then."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        KNOWN = "known", _("Known")
        FAILED = "failed", _("Failed")

    contact_point = models.OneToOneField(ContactPoint, on_delete=models.CASCADE, related_name="+")
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="+", help_text="Whose account asks.")
    name = models.CharField(max_length=160, blank=True)
    username = models.CharField(max_length=80, blank=True, help_text="Instagram only.")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    error = models.TextField(blank=True)

    class Meta:
        app_label = "channels"
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="profile_due", condition=models.Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"profile:{self.pk}"
