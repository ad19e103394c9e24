"""What the desk adds to conversations: SLA policies and what an agent keeps for himself."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

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


class Presence(models.Model):
    """Whether an agent takes live conversations now. Online only while a page of theirs is heard of: see `desk.presence`."""

    class Chosen(models.TextChoices):
        ONLINE = "online", _("Online")
        AWAY = "away", _("Away")
        OFFLINE = "offline", _("Offline")

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="+", primary_key=True)
    chosen = models.CharField(max_length=7, choices=Chosen.choices, default=Chosen.OFFLINE)
    heard_at = models.DateTimeField(null=True, help_text="When a page of theirs last said that it is open.")
    changed_at = models.DateTimeField()


class Waiting(models.Model):
    """A customer who waits for an agent right now, in a chat or on the phone: their place in the queue."""

    class State(models.TextChoices):
        WAITING = "waiting"
        OFFERED = "offered"
        TAKEN = "taken"
        GIVEN_UP = "given_up"  # nobody was free in time: it goes on as a message, with its promise
        LEFT = "left"  # the customer did not wait

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="+", primary_key=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    since = models.DateTimeField()
    gives_up_at = models.DateTimeField()
    offer_seconds = models.PositiveSmallIntegerField(default=30)
    language = models.CharField(max_length=8, blank=True)
    skill = models.CharField(max_length=40, blank=True)
    agent = models.ForeignKey(
        Agent, null=True, on_delete=models.SET_NULL, related_name="+", help_text="To whom it is offered."
    )
    offer_ends_at = models.DateTimeField(null=True)
    passed_by = models.JSONField(default=list, help_text="Keys of agents who let an offer go by.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["since"], name="waiting_line", condition=models.Q(state__in=["waiting", "offered"])),
            models.Index(fields=["agent"], name="waiting_offered", condition=models.Q(state="offered")),
            models.Index(fields=["-ended_at"], name="waiting_ended"),
        ]
