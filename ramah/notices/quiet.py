"""Quiet hours: when a customer is not written to, on their own clock. Pure.

Asked twice: when a notice is written, and by the channel when it is handed over (`hold`), so that no retry lands in a night.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from ramah.conversations.queries import held_until
from ramah.promises.queries import local_moment

MOST_SPREAD = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Quiet:
    """From `begins` to `ends` each day in `zone`, mostly over midnight; the same time twice means never."""

    begins: time
    ends: time
    zone: str

    def until(self, at: datetime) -> datetime | None:
        """When the quiet hours end (UTC) into which `at` falls; None where it falls into none."""
        return held_until(self.hold, at)

    @property
    def hold(self) -> dict[str, str]:
        """The same hours as `open_conversation` takes them."""
        return {"from": f"{self.begins:%H:%M}", "to": f"{self.ends:%H:%M}", "zone": self.zone}


def spread(key: str) -> timedelta:
    """Up to twenty minutes, the same for the same key: what waited for a morning does not all go out in its first second."""
    return int(sha256(key.encode()).hexdigest()[:8], 16) % int(MOST_SPREAD.total_seconds()) * timedelta(seconds=1)


def beginning_of(day: date, zone: str) -> datetime:
    """When a day begins (UTC) on the clocks of `zone`."""
    return local_moment(ZoneInfo(zone), datetime.combine(day, time()))


def day_at(at: datetime, zone: str) -> date:
    """The day that it is at `at` in `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()
