"""What runs again and again. To add a job: one line in `LANES`.

A job is a function `(*, at) -> int` that does what is due and says how much that was. It is called again at once while it finds
work, and else after its pause. Jobs take their work by claims, so any number of workers may run the same one at the same time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ramah.channels import commands as channels
from ramah.channels.email import outgoing
from ramah.commerce.commands import cart_keeping, listings, relating, unpaid
from ramah.conversations.commands import organizing
from ramah.customers import commands as customers
from ramah.kernel import outbox
from ramah.promises import commands as promises
from ramah.storefront import alert_mails, order_codes


class Work(Protocol):
    """One round of a job at the moment `at` (aware, UTC)."""

    def __call__(self, *, at: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic job: `every` is the pause in seconds after a round that found nothing."""

    name: str
    run: Work
    every: float


# Lanes run side by side, a thread each: what waits for the outside (mail going out) never holds up what does not.
LANES: dict[str, list[Job]] = {
    "events": [
        Job("outbox", outbox.dispatch_batch, 1),
        Job("outbox retries", outbox.retry_failed_handlers, 5),
        Job("promises", promises.tick, 5),
        Job("snoozed conversations", organizing.wake_snoozed, 10),
        Job("merged customers", customers.gather_stragglers, 60),
        Job("one-time codes", customers.sweep_codes, 600),
        Job("alerts", alert_mails.attend, 60),
        Job("old carts", cart_keeping.sweep_carts, 3600),
    ],
    "catalog": [Job("related products", relating.relate_due, 60), Job("overdue listings", listings.list_overdue, 60)],
    "intake": [Job("intake", channels.process_waiting, 0.5)],
    "payments": [Job("unpaid orders", unpaid.cancel_unpaid, 60)],
    "e-mail out": [Job("e-mail out", outgoing.send_due, 1), Job("order codes", order_codes.mail_codes, 1)],
}
