"""What a notice offers to choose from: what its rule offers, as far as it is open for the order now."""

from collections.abc import Sequence
from datetime import datetime

from ramah.notices.choosing import Offered, choices_open
from ramah.notices.kinds import KINDS
from ramah.notices.models import Choice, Notice
from ramah.notices.queries.choices import standing_of


def open_offers(notice: Notice, *, at: datetime) -> list[Offered]:
    """What could be chosen in the notice at `at`, in the rule's order."""
    if notice.order is None:
        return []
    wanted = [kind for kind in notice.rule.choices if kind in KINDS[notice.kind].choices]
    return choices_open(wanted, standing_of(notice.order, notice.shipment, credit=notice.rule.credit, at=at))


def offer(notice: Notice, offered: Sequence[Offered], *, at: datetime) -> None:
    """Write down what was offered, until `Notice.choice_until`."""
    Choice.objects.bulk_create(
        Choice(
            notice=notice,
            kind=one.kind,
            offer=dict(one.offer),
            next_attempt_at=notice.choice_until,
            created_at=at,
        )
        for one in offered
    )
