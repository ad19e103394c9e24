"""Size guides: how things measure, shared by products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from ramah.commerce import permissions
from ramah.commerce.models import SizeGuide
from ramah.commerce.seen import mark_of, require_unchanged
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require

FIELDS = ("name", "notes", "columns", "rows")


class GuideNameTaken(Exception):
    """Another size guide has this name."""


@dataclass(frozen=True, slots=True)
class SizeGuideTold:
    """What a merchant says of a guide: a heading per column by language, and rows of a size and its cells."""

    name: str
    columns: Sequence[Mapping[str, str]]
    rows: Sequence[Sequence[str]]
    notes: Mapping[str, str] = field(default_factory=dict)


def guide_mark(guide: SizeGuide) -> str:
    """The mark that a form of the guide carries; see `seen`."""
    return mark_of(guide, FIELDS)


@transaction.atomic
def save_size_guide(
    *, actor: Actor, guide: SizeGuide | None = None, told: SizeGuideTold, seen: str = "", at: datetime
) -> SizeGuide:
    """Make a size guide, or change this one for all products that show it. Raises `GuideNameTaken`, `ChangedMeanwhile`."""
    require(actor, permissions.MANAGE_CATALOG)
    if guide is not None:
        guide = SizeGuide.objects.select_for_update().get(pk=guide.pk)
        require_unchanged(guide, FIELDS, seen)
    made = guide is None
    guide = guide or SizeGuide(created_at=at)
    guide.name, guide.notes = told.name, dict(told.notes)
    guide.columns = [dict(column) for column in told.columns]
    width = len(guide.columns) + 1
    guide.rows = [[*row, *[""] * width][:width] for row in told.rows]
    if SizeGuide.objects.filter(name=guide.name).exclude(pk=guide.pk).exists():
        raise GuideNameTaken(guide.name)
    try:
        with transaction.atomic():
            guide.save()
    except IntegrityError as error:
        raise GuideNameTaken(guide.name) from error
    audit.record(actor, "size_guide.create" if made else "size_guide.change", f"size_guide:{guide.pk}", at=at)
    return guide


@transaction.atomic
def delete_size_guide(*, actor: Actor, guide: SizeGuide, at: datetime) -> None:
    """Remove a guide; products that showed it show none."""
    require(actor, permissions.MANAGE_CATALOG)
    key = guide.pk
    guide.delete()
    audit.record(actor, "size_guide.delete", f"size_guide:{key}", at=at, name=guide.name)
