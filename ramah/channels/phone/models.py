"""How the phone of an inbox is set up, the calls on it, and the legs by which we ring people."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.accounts.models import Agent
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.kernel.models import PublicModel, WorkRow
from ramah.promises.models import Promise


class PhoneSettings(models.Model):
    """What callers of one phone inbox hear, and who is rung. Texts are by language: {"en": "...", "id": "..."}; opening hours
    are the inbox's calendar."""

    class Closed(models.TextChoices):
        VOICEMAIL = "voicemail", _("Take a message")
        CALLBACK = "callback", _("Offer to call back")

    inbox = models.OneToOneField(Inbox, on_delete=models.CASCADE, related_name="+")
    greetings = models.JSONField(default=dict, blank=True)
    closed_texts = models.JSONField(default=dict, blank=True)
    menu = models.JSONField(
        default=list,
        blank=True,
        help_text='[{"key": "1", "language": "id", "skill": "orders", "team": "", "says": "..."}], at most nine.',
    )
    when_closed = models.CharField(max_length=9, choices=Closed.choices, default=Closed.CALLBACK)
    music_url = models.URLField(max_length=300, blank=True, help_text="Played to those who wait; empty: a quiet pause.")
    is_recorded = models.BooleanField(default=False)
    consent_texts = models.JSONField(default=dict, blank=True, help_text="Said before a call that is recorded.")
    offers_callback = models.BooleanField(default=True, help_text="Callers may be called back instead of waiting.")
    skill = models.CharField(max_length=40, blank=True, help_text="What an agent should know; empty: anyone's.")
    offer_seconds = models.PositiveSmallIntegerField(default=20, help_text="So long an agent's phone rings.")
    wait_seconds = models.PositiveSmallIntegerField(default=600, help_text="Then a message is taken instead.")
    endpoints = models.JSONField(
        default=dict,
        blank=True,
        help_text='Where agents are rung, by public id: "+62...", "client:ben" (a browser), "sip:ben@shop.example".',
    )

    class Meta:
        app_label = "channels"

    def __str__(self) -> str:
        return f"phone:{self.pk}"


class Call(PublicModel):
    """One call with a customer. Its state follows from what is known to have happened (`states.state_of`), in whatever order
    that became known."""

    class Direction(models.TextChoices):
        INCOMING = "in", _("Incoming")
        OUTGOING = "out", _("Outgoing")

    class State(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        QUEUED = "queued", _("Waiting")
        IN_PROGRESS = "in_progress", _("Going on")
        ENDED = "ended", _("Ended")
        MISSED = "missed", _("Missed")
        VOICEMAIL = "voicemail", _("Voicemail")
        FAILED = "failed", _("Failed")

    class Outcome(models.TextChoices):
        SOLVED = "solved", _("Solved")
        FOLLOW_UP = "follow_up", _("Something is still to be done")
        NOT_REACHED = "not_reached", _("Nobody was reached")
        WRONG_NUMBER = "wrong_number", _("Wrong number")

    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(
        Message, null=True, on_delete=models.SET_NULL, related_name="+", help_text="The line that stands for it."
    )
    direction = models.CharField(max_length=3, choices=Direction.choices)
    provider_id = models.CharField(max_length=64, null=True, help_text="Of the customer's leg; none: typed by hand.")  # noqa: DJ001 - null: none given
    customer_number = models.CharField(max_length=40, blank=True, help_text="E.164; empty: withheld.")
    shop_number = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=11, choices=State.choices, default=State.RINGING)
    agent = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    language = models.CharField(max_length=8, blank=True)
    started_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    failed_reason = models.CharField(max_length=200, blank=True)
    recording_ref = models.CharField(max_length=300, blank=True, help_text="What the provider calls the recording.")
    voicemail_ref = models.CharField(max_length=300, blank=True)
    transcript = models.TextField(blank=True)
    promise = models.ForeignKey(
        Promise, null=True, on_delete=models.SET_NULL, related_name="+", help_text="To call back."
    )
    callback_number = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    notes = models.TextField(blank=True)
    is_erased = models.BooleanField(default=False, help_text="Forgotten here; what the provider has still goes.")

    class Meta:
        app_label = "channels"
        indexes: ClassVar = [
            models.Index(fields=["inbox", "-id"], name="call_inbox"),
            models.Index(fields=["state", "-id"], name="call_state"),
            models.Index(fields=["conversation", "-id"], name="call_conversation"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inbox", "provider_id"], name="call_once"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_dialed_out(self) -> bool:
        """Whether the customer is rung from an agent's phone. Once handed over, they wait as whoever has called."""
        return self.direction == self.Direction.OUTGOING and self.queued_at is None

    @property
    def is_handed_over(self) -> bool:
        """Whether the customer has spoken with somebody, and waits for somebody else."""
        return self.state == self.State.QUEUED and self.answered_at is not None


class CallLeg(PublicModel, WorkRow):
    """A phone of ours that we ring: an agent's, to give them a caller, or to call a customer out from.

    `dialing` is committed before the provider is asked, so that nobody is rung twice for one leg.
    """

    class State(models.TextChoices):
        DUE = "due"
        DIALING = "dialing"
        RINGING = "ringing"
        TAKEN = "taken"
        OVER = "over"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="legs")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    to = models.CharField(max_length=200)
    state = models.CharField(max_length=7, choices=State.choices, default=State.DUE)
    provider_id = models.CharField(max_length=64, blank=True)
    offer_ends_at = models.DateTimeField(null=True, help_text="Of the offer it rings for.")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "channels"
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="leg_due", condition=models.Q(state="due")),
            models.Index(fields=["call"], name="leg_live", condition=models.Q(state__in=["dialing", "ringing"])),
        ]

    def __str__(self) -> str:
        return f"leg:{self.pk}"
