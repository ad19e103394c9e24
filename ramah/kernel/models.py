"""Base models, the outbox and the audit log."""

import zlib
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from ramah.kernel.ids import LENGTH, new_public_id

LANES = 16


def lane_of(subject: str) -> int:
    """The lane a subject belongs to. A lane is worked by one worker at a time, which keeps each subject in order."""
    return zlib.crc32(subject.encode()) % LANES


class PublicModel(models.Model):
    """A row that people may meet in an address: it has a public id beside its key."""

    public_id = models.CharField(max_length=LENGTH, unique=True, editable=False, default=new_public_id)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        abstract = True


class WorkRow(models.Model):
    """A row that some worker takes up when it is due: see `ramah.kernel.claims`."""

    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, help_text="Due from then on; empty: nothing to do.")
    claim = models.CharField(max_length=LENGTH, default="", blank=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class OutboxEvent(models.Model):
    """A published event that its handlers have not had yet. Deleted in the transaction in which they ran."""

    name = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    lane = models.PositiveSmallIntegerField()
    payload = models.JSONField()
    published_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["OutboxEvent"]] = models.Manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lane", "id"], name="outbox_lane")]


class OutboxLane(models.Model):
    """The lease on one lane of the outbox."""

    lane = models.PositiveSmallIntegerField(primary_key=True)
    claim = models.CharField(max_length=LENGTH, default="", blank=True)
    claimed_until = models.DateTimeField(null=True)


class HandlerRun(WorkRow):
    """One handler's outstanding turn at one event: it failed, or waits behind one of the same subject that did."""

    class State(models.TextChoices):
        WAITING = "waiting"
        FAILED = "failed"

    handler = models.CharField(max_length=160)
    name = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    payload = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    error = models.TextField(blank=True)
    published_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="handlerrun_due"),
            models.Index(fields=["handler", "subject", "id"], name="handlerrun_order"),
        ]


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Reads and inserts only: what was done stays on record."""

    def update(self, **kwargs: Any) -> int:
        raise AuditLogIsAppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AuditLogIsAppendOnly


class AuditLogIsAppendOnly(Exception):
    """Audit entries are never changed or removed through the application."""


class AuditEntry(models.Model):
    """Who did what, on what, when and from where. Append-only; triggers in the database hold it too."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=40)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    origin = models.CharField(max_length=64, blank=True, help_text="IP address, or the part of Ramah that acted.")
    detail = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "-id"], name="audit_subject")]
