"""Who carries parcels, the accounts through which Ramah hears of them and asks for things, and what came in there."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models import DeliveryOption
from ramah.kernel.encryption import EncryptedJSONField
from ramah.kernel.models import PublicModel, WorkRow


class Carrier(PublicModel):
    """Who carries parcels, as the shop and its customers call it. Known ones have the keys of `tracking_numbers`."""

    key = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="Of times that it tells without one; empty: the shop's."
    )
    tracking_url = models.CharField(max_length=300, blank=True, help_text="With {number} in it.")
    claim_after_days = models.PositiveSmallIntegerField(
        default=10, help_text="Without a scan for so long, it may be asked to search or to pay."
    )
    claim_within_days = models.PositiveSmallIntegerField(
        default=60, help_text="It answers for what is claimed so many days after the hand-over."
    )
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class CarrierService(models.Model):
    """What a carrier offers: by the tables of a delivery option (zones, rates, days, cut-off, calendar), or by its API."""

    carrier = models.ForeignKey(Carrier, on_delete=models.CASCADE, related_name="services")
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    delivery_option = models.OneToOneField(DeliveryOption, null=True, on_delete=models.SET_NULL, related_name="+")
    min_days = models.PositiveSmallIntegerField(null=True, help_text="Working days; empty: as the option's rates say.")
    max_days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["carrier", "key"], name="carrier_service_once")]

    def __str__(self) -> str:
        return f"{self.carrier_id}:{self.key}"


class CarrierAccount(WorkRow, PublicModel):
    """An account with a carrier or with an aggregator of many. As a work row: when it is to be looked after next."""

    class State(models.TextChoices):
        NEW = "new", _("Not tried yet")
        OK = "ok", _("Working")
        FAILING = "failing", _("Failing")

    key = models.SlugField(max_length=40, unique=True, help_text="Part of the address of its webhook.")
    name = models.CharField(max_length=80)
    provider = models.CharField(max_length=20, help_text="The folder that speaks to it.")
    carrier = models.ForeignKey(
        Carrier, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: an aggregator of several."
    )
    credentials = EncryptedJSONField(null=True, help_text="By the names of the provider's fields; never shown again.")
    settings = models.JSONField(default=dict, help_text="By the names of the provider's fields.")
    is_paused = models.BooleanField(default=False, help_text="Takes in, asks for nothing.")
    state = models.CharField(max_length=7, choices=State.choices, default=State.NEW)
    last_in_at = models.DateTimeField(null=True)
    last_out_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True, help_text="Nothing has come for much longer than usual.")

    def __str__(self) -> str:
        return self.key

    def secret(self, name: str) -> str:
        """A credential; empty where none was given."""
        return str((self.credentials or {}).get(name) or "")

    def setting(self, name: str) -> Any:
        """A setting; empty where none was given."""
        return self.settings.get(name, "")


class CarrierPost(PublicModel, WorkRow):
    """One request body of a carrier, or one answer to a question of ours, as it came. Committed before it is acknowledged."""

    class Source(models.TextChoices):
        HOOK = "hook", _("Posted by the carrier")
        POLL = "poll", _("Asked for")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        DUPLICATE = "duplicate", _("Duplicate")
        IGNORED = "ignored", _("Ignored")
        QUARANTINED = "quarantined", _("Quarantined")

    account = models.ForeignKey(CarrierAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=4, choices=Source.choices, default=Source.HOOK)
    raw = models.BinaryField()
    state = models.CharField(max_length=11, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    events_count = models.PositiveIntegerField(default=0, help_text="New tracking events that it brought.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="carrierpost_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["-id"], name="carrierpost_quarantined", condition=models.Q(state="quarantined")),
            models.Index(fields=["ended_at"], name="carrierpost_ended", condition=models.Q(ended_at__isnull=False)),
        ]


class UnmatchedEvent(WorkRow):
    """What was told of a number that no parcel has (yet): a label bought elsewhere, an order that is imported later."""

    account = models.ForeignKey(CarrierAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    told = models.JSONField(help_text="The fields of `facts.Told`.")
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "number", "digest"], name="unmatched_event_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="unmatched_due"),
            models.Index(fields=["number"], name="unmatched_number"),
        ]
