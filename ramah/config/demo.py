"""The demo shop: who seeds what, and once. Each app's `demo.py` holds its part."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from ramah.accounts import demo as accounts
from ramah.channels import demo as channels
from ramah.commerce import demo as commerce
from ramah.kernel import audit, clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry
from ramah.notices import demo as notices
from ramah.promises import demo as promises
from ramah.shipping import demo as shipping

SUBJECT = "demo:shop"
# In the order of the layers: what comes later builds on what is there.
PARTS: list[tuple[str, Callable[[datetime], object]]] = [
    ("staff", accounts.seed),
    ("calendars", promises.seed),
    ("products and orders", commerce.seed),
    ("inboxes and conversations", channels.seed),
    ("parcels", shipping.seed),
    ("notices", notices.seed),
]


def is_seeded() -> bool:
    """Whether this database holds the demo shop."""
    return AuditEntry.objects.filter(subject=SUBJECT, action="demo.seed").exists()


def seed_once(*, say: Callable[[str], object]) -> bool:
    """Seed the demo shop unless this database has it. Returns whether it was seeded now; `say` hears what is going on.

    All of it or nothing: a start that is interrupted begins anew.
    """
    if is_seeded():
        return False
    with transaction.atomic():
        at = clock.now()
        for name, seed in PARTS:
            say(f"Demo shop: {name} ...")
            seed(at)
        audit.record(SYSTEM, "demo.seed", SUBJECT, at=at)
    return True


def log_ins() -> list[tuple[str, str]]:
    """Role and e-mail address of the demo's staff that can log in; empty without the demo shop."""
    if not is_seeded():
        return []
    return [(str(role.label), email) for _, email, role, *_ in accounts.STAFF]


PASSWORD = accounts.PASSWORD
