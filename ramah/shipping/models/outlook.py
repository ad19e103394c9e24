"""What is expected of parcels: lanes, the row of each order or parcel under way, how forecasts went, and their versions."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models import Order
from ramah.kernel.models import PublicModel
from ramah.shipping.models.shipments import Shipment


class Lane(models.Model):
    """From where to where, by whom, by which service. Made when first used; small, so that forecasts keep it in memory."""

    origin = models.CharField(max_length=80, blank=True, help_text="Country, region, start of the postal code.")
    destination = models.CharField(max_length=80, blank=True)
    carrier = models.CharField(max_length=30, blank=True, help_text="Key of the carrier; empty: not known.")
    service = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["origin", "destination", "carrier", "service"], name="lane_once")
        ]

    def __str__(self) -> str:
        return f"{self.origin} > {self.destination}"


class Flight(models.Model):
    """What a sweep reads of a parcel under way, or of the part of an order that has not left (`shipment` null), and its outlook.

    Moments are whole seconds since 1970 (0: none), since SQLite keeps times as text and a sweep reads a million rows. It exists
    while something is under way and can be made anew from orders and shipments (`commands.flights.rebuild`).
    """

    class Stage(models.IntegerChoices):
        PURCHASE = 0
        HANDOVER = 1
        TRANSIT = 2

    class Level(models.IntegerChoices):
        FINE = 0, _("In time")
        AT_RISK = 1, _("At risk")
        LATE = 2, _("Late")
        STALLED = 3, _("Stalled")
        FAILED = 4, _("Delivery failed")
        LOST = 5, _("Lost")

    shipment = models.OneToOneField(Shipment, null=True, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="+", db_index=False)
    stage = models.PositiveSmallIntegerField(choices=Stage.choices)
    state = models.PositiveSmallIntegerField(default=0, help_text="Its place in `position.STATES`.")
    purchased = models.BigIntegerField()
    handed = models.BigIntegerField(default=0)
    promised = models.BigIntegerField(
        default=0, help_text="End of the promised day where it goes to; 0: none promised."
    )
    last_event = models.BigIntegerField(default=0)
    last_moved = models.BigIntegerField(default=0)
    event_count = models.PositiveSmallIntegerField(default=0)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.FINE)
    p_late = models.FloatField(default=0)
    p_lost = models.FloatField(default=0)
    q10 = models.BigIntegerField(default=0)
    q50 = models.BigIntegerField(default=0)
    q80 = models.BigIntegerField(default=0)
    q90 = models.BigIntegerField(default=0)
    forecast_at = models.BigIntegerField(default=0, help_text="0: not yet, or not since what it goes by has changed.")
    version = models.PositiveIntegerField(default=0, help_text="Of the forecast's model; 0: carrier tables.")
    poll_at = models.BigIntegerField(default=0, help_text="When the carrier is to be asked; 0: it posts by itself.")
    poll_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["order"], name="flight_order"),
            models.Index(fields=["level", "promised", "id"], name="flight_level"),
            models.Index(fields=["promised", "id"], name="flight_promised"),
            models.Index(fields=["poll_at"], name="flight_poll", condition=models.Q(poll_at__gt=0)),
            models.Index(fields=["id"], name="flight_untold", condition=models.Q(forecast_at=0)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"], name="flight_of_the_rest_once", condition=models.Q(shipment__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"flight of order {self.order_id}"


class ForecastPoint(models.Model):
    """What was expected at a moment that mattered: the first look, a change, another level. Kept for half a year."""

    order_id = models.BigIntegerField()
    shipment_id = models.BigIntegerField(null=True)
    at = models.BigIntegerField(help_text="Seconds since 1970.")
    stage = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()
    promised = models.BigIntegerField(default=0)
    p_late = models.FloatField()
    p_lost = models.FloatField(default=0)
    q10 = models.BigIntegerField(default=0)
    q50 = models.BigIntegerField(default=0)
    q90 = models.BigIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["order_id", "at"], name="forecastpoint_order"),
            models.Index(fields=["at"], name="forecastpoint_at"),
        ]


class ForecastModel(PublicModel):
    """A trained version of the forecast, and how it did on the later part of the history that it had not seen."""

    class State(models.TextChoices):
        LIVE = "live", _("In use")
        RETIRED = "retired", _("Replaced")
        REJECTED = "rejected", _("Rejected")

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was rejected.")
    trained_at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    seconds = models.FloatField(default=0)
    content = models.BinaryField(help_text="Arrays, as `forecast.model` writes them; emptied when long replaced.")
    report = models.JSONField(default=dict, help_text="Back-test and calibration, by stage.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["state"], name="forecastmodel_one_live", condition=models.Q(state="live"))
        ]

    def __str__(self) -> str:
        return f"forecast {self.number}"


class ForecastRun(models.Model):
    """A training or a sweep: the unique key lets only one process of many do it, the figures are for the doctor."""

    class Kind(models.TextChoices):
        TRAIN = "train", _("Training")
        SWEEP = "sweep", _("Sweep")

    kind = models.CharField(max_length=5, choices=Kind.choices)
    slot = models.CharField(max_length=20, help_text="The day of a training, the hour of a sweep.")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "-started_at"], name="forecastrun_newest")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "slot"], name="forecastrun_once")]
