"""Promises and the calendars they run on."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.accounts.models import Agent, Team
from ramah.customers.models import Customer
from ramah.kernel.models import PublicModel


class Calendar(PublicModel):
    """Business hours: a time zone, intervals per weekday, holidays of a country, exceptions."""

    name = models.CharField(max_length=80, unique=True)
    time_zone = models.CharField(max_length=64)
    hours = models.JSONField(default=dict, help_text='{"mon": [["08:00", "12:00"], ["13:00", "17:00"]], ...}')
    holiday_country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code; empty: no public holidays.")
    holidays = models.JSONField(default=list, blank=True, help_text='Own days off: ["2026-12-24"]')
    exceptions = models.JSONField(
        default=dict, blank=True, help_text='Other hours: {"2026-12-24": [["08:00", "12:00"]]}'
    )

    def __str__(self) -> str:
        return self.name


_OUTSTANDING = models.Q(state="open") | models.Q(state="broken", fulfilled_at=None, moved_to=None)


class PromiseQuerySet(models.QuerySet["Promise"]):
    """Filters over promises."""

    def running(self) -> "PromiseQuerySet":
        """Open promises, paused ones included."""
        return self.filter(state=Promise.State.OPEN)

    def outstanding(self) -> "PromiseQuerySet":
        """Promises that the customer still waits on: open ones, and broken ones that were not fulfilled late."""
        return self.filter(_OUTSTANDING)

    def fulfilled_by(self, at: datetime) -> "PromiseQuerySet":
        """What something done at `at` fulfills: outstanding promises, and broken ones that it shows to be kept after all."""
        return self.filter(_OUTSTANDING | models.Q(state="broken", started_at__lte=at, due_at__gte=at))

    def about(self, subject: str, kinds: Collection[str] | None = None) -> "PromiseQuerySet":
        """Promises about one subject, of `kinds` (default: of every kind)."""
        rows = self.filter(subject=subject)
        return rows if kinds is None else rows.filter(kind__in=kinds)


class Promise(PublicModel):
    """Something told to a customer that has a due time.

    `minutes` is the target in business minutes of `calendar` (empty calendar: every minute counts); empty where a date was
    promised. It is at risk once fewer than `warn_minutes` business minutes are left; empty: once a forecast says so, and the
    clock does not warn. While `paused_at` is set the clock stands: `due_at` and `warn_at` are null, and `remaining_minutes` is
    what was left.
    """

    class Kind(models.TextChoices):
        FIRST_REPLY = "first_reply", _("First reply")
        NEXT_REPLY = "next_reply", _("Next reply")
        RESOLUTION = "resolution", _("Resolution")
        DELIVERY = "delivery", _("Delivery")
        REFUND = "refund", _("Refund")
        CALLBACK = "callback", _("Callback")
        BACK_IN_STOCK = "back_in_stock", _("Back in stock")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")
        RENEGOTIATED = "renegotiated", _("Renegotiated")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # Of these a subject has one open promise at most; dates, refunds and callbacks it may have several.
    ONCE_PER_SUBJECT = (Kind.FIRST_REPLY, Kind.NEXT_REPLY, Kind.RESOLUTION)

    kind = models.CharField(max_length=16, choices=Kind.choices)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.CharField(max_length=80, help_text="What it is about: conversation:7, order:12.")
    # No index of their own: every mail writes promises, and none of these is asked for by itself.
    owner = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    calendar = models.ForeignKey(Calendar, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    minutes = models.PositiveIntegerField(null=True)
    warn_minutes = models.FloatField(default=0, null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    remaining_minutes = models.FloatField(null=True)
    ended_at = models.DateTimeField(null=True)
    fulfilled_at = models.DateTimeField(null=True, help_text="When it was done after all, also when late.")
    replaces = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    moved_to = models.DateTimeField(null=True, help_text="The due time that was agreed on instead.")
    reason = models.CharField(max_length=200, blank=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "state"], name="promise_subject"),
            models.Index(fields=["customer", "-id"], name="promise_customer"),
            models.Index(fields=["-ended_at"], name="promise_ended", condition=models.Q(state__in=["kept", "broken"])),
            # What the clock looks at: small whatever the history.
            models.Index(fields=["due_at"], name="promise_due", condition=models.Q(state="open", due_at__isnull=False)),
            models.Index(
                fields=["warn_at"],
                name="promise_warn",
                condition=models.Q(state="open", warned_at__isnull=True, warn_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "kind"],
                name="promise_once_per_subject",
                condition=models.Q(state="open", kind__in=["first_reply", "next_reply", "resolution"]),
            ),
            models.CheckConstraint(
                name="promise_open_has_a_clock",
                condition=~models.Q(state="open")
                | models.Q(due_at__isnull=False, paused_at__isnull=True)
                | models.Q(due_at__isnull=True, paused_at__isnull=False),
            ),
            models.CheckConstraint(
                name="promise_warned_by_one",
                condition=models.Q(warn_minutes__isnull=False) | models.Q(warn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="promise_ended_when_not_open",
                condition=models.Q(state="open", ended_at__isnull=True)
                | (~models.Q(state="open") & models.Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.subject}"


class PromiseChange(models.Model):
    """One line of a promise's history."""

    class Action(models.TextChoices):
        MADE = "made", _("Made")
        WARNED = "warned", _("At risk")
        EASED = "eased", _("No longer at risk")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        RENEGOTIATED = "renegotiated", _("Renegotiated")
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")
        FULFILLED = "fulfilled", _("Done after all")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    action = models.CharField(max_length=16, choices=Action.choices)
    actor = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
