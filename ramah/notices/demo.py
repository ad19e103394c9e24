"""Notices of the demo shop: the rules of a new shop, those on deliveries tried out and live."""

from datetime import datetime
from typing import Final

from ramah.kernel.actors import SYSTEM
from ramah.notices import kinds
from ramah.notices.commands.dry_runs import run_due, start_dry_run
from ramah.notices.commands.rules import go_live, install_defaults
from ramah.notices.models import Rule

_LIVE: Final = (kinds.AT_RISK, kinds.LATE, kinds.LOST, kinds.DELIVERY_FAILED, kinds.REFUND_SENT)


def seed(at: datetime) -> None:
    """Install the rules, and let some of them speak from now on."""
    install_defaults(at=at)
    rules = list(Rule.objects.filter(kind__in=_LIVE, state=Rule.State.DRAFT).order_by("key"))
    for rule in rules:
        start_dry_run(actor=SYSTEM, rule=rule, at=at)
    while run_due(at=at):
        pass
    for rule in rules:
        go_live(actor=SYSTEM, rule=rule, at=at)
