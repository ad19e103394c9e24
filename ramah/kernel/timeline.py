"""Time line up: each app tells what it knows of a customer; the customer's page shows it in one line, without knowing the apps.

A source respects what its actor may see, and takes `before` (None: from now back) and `limit`: the newest entries before that
moment. Entries of one page come from all sources together; those of one moment are never torn apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ramah.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened at `at`, in the active language; `icon` is a name of ui's icon set, `url` may be empty."""

    at: datetime
    icon: str
    title: str
    text: str = ""
    url: str = ""


Fetch = Callable[[Actor, int, datetime | None, int], list[TimelineEntry]]
_sources: dict[str, Fetch] = {}


def register_timeline(key: str, fetch: Fetch) -> None:
    """Offer a source (called from an app's `timeline.py`, which its AppConfig.ready imports)."""
    _sources[key] = fetch


def timeline_page(
    actor: Actor, customer_id: int, *, before: datetime | None = None, limit: int = 20
) -> tuple[list[TimelineEntry], datetime | None]:
    """The newest entries before a moment, newest first, and the moment to go on from (None: there is nothing earlier).

    Holds more or less than `limit` where several things happened at the moment at which it ends.
    """
    batches = [_sources[key](actor, customer_id, before, limit + 1) for key in sorted(_sources)]
    found = sorted((entry for batch in batches for entry in batch), key=lambda entry: entry.at, reverse=True)
    # A source that has more to tell may have more of its last moment: that one is left to the next page.
    torn = max((batch[-1].at for batch in batches if len(batch) > limit), default=None)
    page = [entry for entry in found if torn is None or entry.at > torn]
    if not page and torn is not None:
        return timeline_page(actor, customer_id, before=before, limit=2 * limit)
    if len(page) > limit:
        last = page[limit - 1].at
        page = [entry for entry in page if entry.at >= last]
    return page, page[-1].at if len(page) < len(found) else None
