"""What `ramah doctor` says of deliveries: carriers and what they post, the forecast, notices."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ramah.config.health import Finding
from ramah.notices.queries.health import notices_told
from ramah.shipping.queries.carriers import AccountTold, carrier_accounts_told
from ramah.shipping.queries.events import feed_health, intake_health
from ramah.shipping.queries.outlook import delivery_told

LONGEST_WAIT = timedelta(minutes=10)
LONGEST_POLL_LAG = timedelta(hours=2)
_SETTINGS = "See the desk's settings, carriers."


def check_carriers(at: datetime) -> list[Finding]:
    """Accounts with carriers, and whether what they post is read and understood."""
    accounts = carrier_accounts_told(at=at)
    found = [finding for account in accounts for finding in _of_account(account)]
    for feed in feed_health(at=at):
        if feed.is_unmapped_often:
            codes = ", ".join(f"{code} ({count})" for code, count in feed.unmapped[:5])
            says = f"{feed.account_key}: words that nobody has explained to us: {codes}"
            found.append(Finding("carriers", "warn", says, "Ask the carrier what they mean, and report them."))
        if feed.slipped_hours:
            says = f"{feed.account_key}: its times seem to be {feed.slipped_hours:+d} hours off"
            found.append(
                Finding("carriers", "warn", says, "Correct the time zone of the carrier in the desk's settings.")
            )
    found += _of_intake(at)
    return found or [Finding("carriers", "ok", f"{len(accounts)} accounts with carriers, none fails")]


def _of_account(account: AccountTold) -> Iterator[Finding]:
    if not account.is_known:
        says = f"{account.key}: nothing here speaks to {account.provider}"
        yield Finding(
            "carriers", "fail", says, "Install what it needs (pip install ramah[karrio]), or remove the account."
        )
    elif account.is_paused:
        yield Finding("carriers", "warn", f"{account.key}: paused, nothing is asked of it", _SETTINGS)
    elif account.is_failing:
        since = f" ({account.last_error_at:%F %T}Z)" if account.last_error_at else ""
        yield Finding("carriers", "fail", f"{account.key}: {account.last_error}{since}", _SETTINGS)
    if account.silent_since:
        says = f"{account.key}: no news since {account.silent_since:%F %T}Z, much longer than usual; no delay is told by silence"
        yield Finding("carriers", "warn", says, "Look at the carrier's own page, and at the webhook there.")
    if account.poll_lag > LONGEST_POLL_LAG:
        says = (
            f"{account.key}: parcels should have been asked for {account.poll_lag.total_seconds() / 3600:.0f} hours ago"
        )
        yield Finding("carriers", "warn", says, "Start another worker, or look at why its answers are slow.")
    if account.uncertain_tasks:
        says = f"{account.key}: of {account.uncertain_tasks} wishes nobody knows whether they were carried out"
        yield Finding("carriers", "warn", says, "Decide them on the pages of their parcels.")


def _of_intake(at: datetime) -> Iterator[Finding]:
    intake = intake_health(at=at)
    if intake.oldest_waiting and at - intake.oldest_waiting > LONGEST_WAIT:
        says = f"{intake.waiting} posts of carriers wait, the oldest since {intake.oldest_waiting:%F %T}Z"
        yield Finding("carriers", "fail", says, "Start another worker: ramah worker.")
    if intake.quarantined:
        says = f"{intake.quarantined} posts of carriers cannot be read"
        yield Finding("carriers", "fail", says, "See `ramah intake audit`; try one again by `ramah intake replay ID`.")
    if intake.unmatched:
        says = f"{intake.unmatched} events of parcels that nobody has told us of wait for their parcel"
        yield Finding("carriers", "ok", says)
    if intake.dropped:
        says = f"{intake.dropped} events of parcels that were never told us of were dropped within 30 days"
        yield Finding("carriers", "warn", says, "Import the parcels: ramah import shipments FILE.csv.")


def check_forecast(at: datetime) -> list[Finding]:
    """The delivery forecast: which version, how old, whether trainings and sweeps end well."""
    told = delivery_told(at=at)
    found = []
    if told["is_old"]:
        says = f"version {told['version']} is {told['age_hours']} hours old"
        found.append(
            Finding("forecast", "warn", says, "See why the nightly training does not end: ramah delivery status.")
        )
    if told["rejected"]:
        says = f"the newest training is not used: {told['rejected']}"
        found.append(
            Finding("forecast", "warn", says, "The version before it (or the carriers' tables) goes on; no harm done.")
        )
    for kind in ("train", "sweep"):
        run = told[kind]
        if isinstance(run, dict) and run["error"]:
            says = f"{kind}: {run['error']}"
            found.append(Finding("forecast", "fail", says, f"Try it by hand: ramah delivery {kind}."))
    if found:
        return found
    version = (
        f"version {told['version']}" if told["version"] else "by the tables of the carriers; not enough history yet"
    )
    sweep = told["sweep"]
    took = f", last sweep {sweep['seconds']} s" if isinstance(sweep, dict) and sweep["seconds"] is not None else ""
    return [Finding("forecast", "ok", version + took)]


def check_notices(at: datetime) -> list[Finding]:
    """Notices: switched off, held back, overdue, without a way out."""
    told = notices_told(at=at)
    found = []
    if told["off_since"]:
        says = f"all notices are off since {told['off_since']}"
        found.append(
            Finding(
                "notices", "warn", says, "Switch them on in the desk's settings, notices, or by `ramah notices on`."
            )
        )
    for key in told["braked"]:
        says = f"rule {key} is held back: it would have told far more customers than usual"
        found.append(Finding("notices", "warn", says, "Look at what waits, then release or drop it: desk, notices."))
    if told["overdue"]:
        says = f"{told['overdue']} notices are overdue, the oldest since {told['oldest_due']}"
        found.append(Finding("notices", "fail", says, "Start another worker: ramah worker."))
    if told["failed_today"]:
        says = f"{told['failed_today']} notices of today reached nobody"
        found.append(Finding("notices", "warn", says, "See why on the list of notices in the desk."))
    if not told["has_inbox"]:
        found.append(
            Finding(
                "notices", "warn", "no e-mail inbox is active: customers cannot be told", "Set one up: desk, inboxes."
            )
        )
    return found or [Finding("notices", "ok", f"on; {told['choices_handed_over']} choices handed to agents today")]
