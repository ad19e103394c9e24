"""What came of what carriers tell: the sum that must close, and what the doctor looks at."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import Count, Min

from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.models import AuditEntry
from ramah.kernel.paging import Page, keyset_page
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.models import CarrierAccount, CarrierPost, Shipment, TrackingEvent, UnmatchedEvent
from ramah.shipping.permissions import MANAGE_CARRIERS

# So many of the newest rows are looked at for what only the newest can tell: walks of the primary key, whatever the history.
_NEWEST_EVENTS, _NEWEST_POSTS = 5_000, 10_000
UNMAPPED_A_DAY = 20
LEAST_SILENCE = timedelta(hours=6)
_USUAL_GAPS = 8
_WEEK = timedelta(days=7)
_DROPPED_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CarrierSum:
    """The no-loss sum of what carriers posted: everything received is in exactly one of the other figures."""

    received: int
    waiting: int
    accepted: int
    duplicate: int
    ignored: int
    quarantined: int

    @property
    def closes(self) -> bool:
        """Whether every post is accounted for."""
        return self.received == self.waiting + self.accepted + self.duplicate + self.ignored + self.quarantined


def carrier_sum() -> CarrierSum:
    """Count all posts."""
    rows = CarrierPost.objects.order_by().values_list("state").annotate(count=Count("id"))
    counts = dict(rows)
    states = {state: counts.get(state, 0) for state in CarrierPost.State.values}
    return CarrierSum(received=CarrierPost.objects.count(), **states)


def post_for(actor: Actor, *, public_id: str) -> CarrierPost:
    """The post, for those who set carriers up. Raises `NotVisible`."""
    row = CarrierPost.objects.filter(public_id=public_id).first() if actor.may(MANAGE_CARRIERS) else None
    if row is None:
        raise NotVisible
    return row


def posts_page(actor: Actor, *, state: str, cursor: str = "", size: int = 25) -> Page[CarrierPost]:
    """Posts in a state, newest first, without their bodies; none for whoever does not set carriers up. Raises `BadCursor`."""
    rows = CarrierPost.objects.defer("raw").select_related("account").filter(state=state)
    return keyset_page(rows if actor.may(MANAGE_CARRIERS) else rows.none(), order=("-id",), cursor=cursor, size=size)


@dataclass(frozen=True, slots=True)
class IntakeHealth:
    """How the reading of posts does. `oldest_waiting`: since when the oldest has waited; `dropped`: events in thirty days."""

    waiting: int
    oldest_waiting: datetime | None
    quarantined: int
    unmatched: int
    dropped: int


def intake_health(*, at: datetime) -> IntakeHealth:
    """What waits, and what ended badly, in four queries; quarantined ones are counted up to 100."""
    waiting = CarrierPost.objects.filter(state=CarrierPost.State.WAITING)
    told = waiting.aggregate(count=Count("id"), oldest=Min("created_at"))
    bad = CarrierPost.objects.filter(state=CarrierPost.State.QUARANTINED).values("pk")[:100].count()
    drops = AuditEntry.objects.filter(at__gt=at - _DROPPED_WITHIN, action="unmatched.drop")
    dropped = sum(int(detail.get("events", 0)) for detail in drops.values_list("detail", flat=True))
    return IntakeHealth(told["count"], told["oldest"], bad, UnmatchedEvent.objects.count(), dropped)


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """What an account's newest events show. `unmapped`: codes of the last day that no table has, with how often they came.

    `slipped_hours`: by so many hours its times seem to be labeled wrongly; 0: they are not.
    """

    account_key: str
    unmapped: tuple[tuple[str, int], ...]
    slipped_hours: int

    @property
    def is_unmapped_often(self) -> bool:
        """Whether a table should be mended: more than a few a day are not understood."""
        return sum(count for _code, count in self.unmapped) > UNMAPPED_A_DAY


def feed_health(*, at: datetime) -> list[FeedHealth]:
    """Accounts whose newest events show that something is wrong with how they are read, by key, in two queries."""
    fields = ("shipment__account_id", "code", "reason", "told_at", "received_at")
    newest = TrackingEvent.objects.filter(shipment__account__isnull=False).order_by("-pk")
    unmapped: dict[int, Counter[str]] = defaultdict(Counter)
    ahead: dict[int, list[timedelta]] = defaultdict(list)
    for account_id, code, reason, told_at, received_at in newest.values_list(*fields)[:_NEWEST_EVENTS]:
        if reason == facts.UNMAPPED and received_at > at - timedelta(days=1):
            unmapped[account_id][code] += 1
        moment = facts.moment_of(told_at)[0]
        if moment is not None and len(ahead[account_id]) < position.SLIP_EVENTS:
            ahead[account_id].append(moment - received_at)
    keys = dict(CarrierAccount.objects.filter(pk__in=[*unmapped, *ahead]).values_list("pk", "key"))
    found = [FeedHealth(key, _by_count(unmapped[pk]), position.slipped_hours(ahead[pk])) for pk, key in keys.items()]
    return sorted((one for one in found if one.unmapped or one.slipped_hours), key=lambda one: one.account_key)


def _by_count(codes: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(codes.items(), key=lambda one: (-one[1], one[0])))


def accounts_silent(*, at: datetime) -> dict[int, datetime]:
    """Accounts from which nothing has come for much longer than usual, though parcels of theirs are under way: since when.

    Much longer: more than six hours and eight usual gaps, and in the same hours of the week before something did come, so that
    nights and Sundays are not taken for silence.
    """
    quiet = CarrierAccount.objects.filter(last_in_at__lt=at - LEAST_SILENCE)
    since = {key: moment for key, moment in quiet.values_list("pk", "last_in_at") if moment}
    if not since:
        return {}
    under_way = Shipment.objects.filter(account__in=since).exclude(state__in=Shipment.ENDED)
    waited_for = set(under_way.values_list("account_id", flat=True).distinct())
    came = _posts_of(waited_for)
    return {key: since[key] for key in waited_for if _is_unusual(came.get(key, []), since[key], at)}


def _posts_of(account_ids: set[int]) -> dict[int, list[datetime]]:
    """When the newest posts came, newest first, by account."""
    found: dict[int, list[datetime]] = defaultdict(list)
    rows = CarrierPost.objects.filter(account__in=account_ids).order_by("-pk").values_list("account_id", "created_at")
    for key, moment in rows[:_NEWEST_POSTS]:
        found[key].append(moment)
    return found


def _is_unusual(came: list[datetime], since: datetime, at: datetime) -> bool:
    recent = [moment for moment in came if moment > since - _WEEK]
    if len(recent) < 2:
        return False
    usual = timedelta(seconds=median((later - earlier).total_seconds() for later, earlier in pairwise(recent)))
    if at - since <= max(LEAST_SILENCE, _USUAL_GAPS * usual):
        return False
    is_known = came[-1] <= since - _WEEK
    return not is_known or any(since - _WEEK < moment <= at - _WEEK for moment in came)


def events_told(customer_id: int) -> list[dict[str, Any]]:
    """What carriers told of a customer's parcels, as JSON: for the customer's own copy of their data."""
    return list(_events_told(customer_id))


def _events_told(customer_id: int) -> Iterator[dict[str, Any]]:
    fields = ("state", "reason", "place", "country", "message", "told_at")
    rows = TrackingEvent.objects.filter(shipment__order__customer=customer_id).exclude(adjusted=position.FOREIGN)
    for row in rows.select_related("shipment__order").defer("raw").order_by("shipment_id", "occurred_at", "pk"):
        told = {"order": row.shipment.order.number, "at": row.occurred_at.isoformat()}
        yield told | {name: value for name in fields if (value := getattr(row, name))}
