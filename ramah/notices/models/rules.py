"""When customers are told of what, and whether that is wanted at all."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.customers.models import ContactPoint, Customer
from ramah.kernel.models import PublicModel, WorkRow


class Rule(PublicModel):
    """When, to whom, by which channels, in which words, with which choices. `version` rises with each change of what it says."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")
        BRAKED = "braked", _("Held back: far more than usual")

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=16, help_text="One of `kinds.KINDS`.")
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    terms = models.JSONField(
        default=dict, help_text='{"probability": 0.5, "days": 3, "countries": ["ID"], ...}; see `rules.RuleTerms`.'
    )
    channels = models.JSONField(default=list, help_text="In the order in which they are tried: [whatsapp, email].")
    texts = models.JSONField(default=dict, help_text='By language: {"en": {"subject": "...", "text": "..."}}')
    choices = models.JSONField(default=list, help_text="Kinds of choices that it offers, in their order.")
    credit = models.JSONField(default=dict, blank=True, help_text='What "credit" gives: {"IDR": "20000"}')
    expires_hours = models.PositiveSmallIntegerField(default=72, help_text="Its choices can be taken for so long.")
    holdout_percent = models.PositiveSmallIntegerField(
        default=0, help_text="So many customers of a hundred are not told, to measure the effect."
    )
    version = models.PositiveIntegerField(default=1)
    went_live_at = models.DateTimeField(null=True)
    braked_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(
        null=True, help_text="Since then it is counted anew whether it is far more than usual."
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="rule_holdout_percent", condition=models.Q(holdout_percent__lte=50))
        ]

    def __str__(self) -> str:
        return self.key


class DryRun(WorkRow, PublicModel):
    """What a version of a rule would have done in the past. A job makes it; a rule goes live only with one of its version."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="+", db_index=False)
    rule_version = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    figures = models.JSONField(
        default=dict, help_text="would_send, before_asked, capped, quiet, by_week, samples; see `dry_runs.Figures`."
    )
    error = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["rule", "-id"], name="dryrun_rule"),
            models.Index(fields=["next_attempt_at"], name="dryrun_due", condition=models.Q(state="waiting")),
        ]


class Preference(models.Model):
    """How a customer wants to be told; of two (after a merge) the newest counts. Quiet hours are on the customer's clocks."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=12, blank=True, help_text="Tried first; empty: as the rules say.")
    muted = models.JSONField(default=list, blank=True, help_text="Kinds of notices that are not wanted.")
    quiet_from = models.TimeField(null=True, help_text="Empty: as everybody's.")
    quiet_to = models.TimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "-changed_at"], name="preference_customer")]


class Suppression(PublicModel):
    """Somebody, or an address, that is spared notices."""

    class Scope(models.TextChoices):
        ALL = "all", _("All notices")
        PROMOTIONS = "promotions", _("Promotions")

    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    contact_point = models.ForeignKey(ContactPoint, null=True, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.ALL)
    until = models.DateTimeField(null=True, help_text="Empty: for good.")
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="suppression_of_one",
                condition=models.Q(customer__isnull=False, contact_point__isnull=True)
                | models.Q(customer__isnull=True, contact_point__isnull=False),
            )
        ]


class NoticeSettings(models.Model):
    """What holds for all notices. One row, `key` = "notices"; made with the first look at it."""

    key = models.CharField(max_length=7, primary_key=True, default="notices")
    all_off_at = models.DateTimeField(null=True, help_text="The kill switch: nothing is sent while this is set.")
    off_reason = models.CharField(max_length=200, blank=True)
    off_by = models.CharField(max_length=40, blank=True)
    quiet_from = models.TimeField(help_text="On the customer's clocks.", default="21:00")
    quiet_to = models.TimeField(default="08:00")
    per_week = models.PositiveSmallIntegerField(default=3, help_text="Service notices that a customer gets in 7 days.")
    promotions_per_week = models.PositiveSmallIntegerField(default=1)
    credits_per_year = models.PositiveSmallIntegerField(default=3, help_text="That one customer may choose.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="notice_settings_is_one", condition=models.Q(key="notices"))
        ]
