"""What runs again and again. To add a job: one line in `LANES`.

A job is a function `(*, at) -> int` that does what is due and says how much that was. It is called again at once while it finds
work, and else after its pause. Jobs take their work by claims, so any number of workers may run the same one at the same time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ramah.channels import commands as channels
from ramah.channels import fetching, sending
from ramah.channels.chat import following_up
from ramah.channels.email import outgoing
from ramah.channels.messenger import profiles
from ramah.channels.phone import ringing
from ramah.commerce.commands import cart_keeping, listings, relating, unpaid
from ramah.conversations.commands import organizing
from ramah.customers import commands as customers
from ramah.desk.commands import queueing
from ramah.kernel import outbox
from ramah.notices.commands import carrying_out, dry_runs, measuring, planning, promoting
from ramah.notices.commands import sending as notice_sending
from ramah.promises import commands as promises
from ramah.shipping.commands import forecasting, polling, sweeping, taking_in, tasks, training, unmatched
from ramah.storefront import alert_mails, order_codes


class Work(Protocol):
    """One round of a job at the moment `at` (aware, UTC)."""

    def __call__(self, *, at: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic job: `every` is the pause in seconds after a round that found nothing.

    One with `soonest` is also run when this process has rung the bell, since somebody waits for what it does: so many seconds
    after its last round at the earliest, which costs less than a round for each ring where much happens. A round that did less
    than `full` found all there was: the next one comes after the pause, and finds the more to do at once, which costs less.
    """

    name: str
    run: Work
    every: float
    soonest: float | None = None
    full: int = 1


# Lanes run side by side, a thread each: what waits for the outside (mail going out) never holds up what does not.
LANES: dict[str, list[Job]] = {
    "events": [
        Job("outbox", outbox.dispatch_batch, 1, soonest=0.1),
        Job("outbox retries", outbox.retry_failed_handlers, 5),
        Job("promises", promises.tick, 5),
        Job("snoozed conversations", organizing.wake_snoozed, 10),
        Job("merged customers", customers.gather_stragglers, 60),
        Job("one-time codes", customers.sweep_codes, 600),
        Job("alerts", alert_mails.attend, 60),
        Job("old carts", cart_keeping.sweep_carts, 3600),
    ],
    # Customers who wait for an agent: nothing else may hold this up.
    "live": [Job("waiting customers", queueing.offer_waiting, 1, soonest=0.1)],
    "chat": [
        Job("unread answers by mail", following_up.mail_unread, 10),
        Job("places of those who left", following_up.free_places, 10),
        Job("anonymous visitors", following_up.forget_visitors, 3600),
    ],
    "catalog": [Job("related products", relating.relate_due, 60), Job("overdue listings", listings.list_overdue, 60)],
    "intake": [Job("intake", channels.process_waiting, 0.25, full=channels.BATCH)],
    "shipments": [
        Job("carrier posts", taking_in.process_waiting, 0.25, full=taking_in.BATCH),
        Job("events of unknown parcels", unmatched.attend_unmatched, 60),
        Job("silent carriers", taking_in.note_silence, 300),
        Job("old carrier posts", taking_in.forget_raw, 3600),
    ],
    "forecast": [Job("outlooks", forecasting.forecast_touched, 1, soonest=0.5, full=forecasting.BATCH)],
    # These wait for a child of theirs, minutes at a time.
    "forecast in a child": [Job("sweep", sweeping.sweep_due, 60), Job("training", training.train_due, 600)],
    "carriers out": [Job("wishes to carriers", tasks.send_due, 1, soonest=0.2)],
    "carriers asked": [Job("asking for parcels", polling.poll_due, 5)],
    "notices": [
        Job("notices", notice_sending.send_due, 1, soonest=0.5, full=notice_sending.BATCH),
        Job("timed notices", planning.plan_timed, 300),
        Job("stale notices", planning.end_stale, 300),
        Job("promotions", promoting.plan_promotions, 30),
        Job("dry runs", dry_runs.run_due, 5),
        Job("expired choices", carrying_out.expire_due, 60),
        Job("outcomes of notices", measuring.close_outcomes, 600),
    ],
    "payments": [Job("unpaid orders", unpaid.cancel_unpaid, 60)],
    "files in": [
        Job("files of messages", fetching.fetch_due, 1),
        Job("names of people who write", profiles.fetch_due, 2),
    ],
    "phone": [Job("phones", ringing.ring_due, 1, soonest=0.25)],
    "channels out": [Job("messages out", sending.send_due, 1, soonest=0.2)],
    "e-mail out": [
        Job("e-mail out", outgoing.send_due, 1, soonest=0.2),
        Job("order codes", order_codes.mail_codes, 1, soonest=0.2),
    ],
}
