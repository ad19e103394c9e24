"""Asking carriers where parcels are, where they do not say so by themselves.

An account is worked by one worker at a time. What it answers is stored as it came, in one transaction with the next look of each
parcel that was asked for; it is read later by the same readers as what carriers post. So an answer is never lost, and asked
for again where the process ended in between.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from ramah.kernel import claims, clock
from ramah.kernel.providers.contract import Refused, SendingError, TryLater
from ramah.kernel.providers.http import TooLarge
from ramah.shipping import position
from ramah.shipping.carriers.contract import Account, CarrierProvider, Tracked, provider_of, providers
from ramah.shipping.commands.carriers import note_failure, note_out
from ramah.shipping.commands.taking_in import take_in
from ramah.shipping.models import CarrierAccount, CarrierPost, Flight
from ramah.shipping.queries.accounts import account_told
from ramah.shipping.queries.carriers import tracked

LEASE = timedelta(minutes=10)
BATCH = 20  # accounts in a round
CHUNKS = 20  # of parcels of one account in a round, as long as there is time
LONGEST_ROUND = LEASE / 2
IDLE = timedelta(seconds=30)
LONGEST_HOLD = timedelta(hours=1)
# Seconds between two looks, by where the parcel is.
SOONEST, LATEST = 30 * 60, 6 * 60 * 60
QUIET, QUIET_TIMES = 7 * 24 * 60 * 60, 3
_HURRIED = {position.STATES.index(position.OUT_FOR_DELIVERY), position.STATES.index(position.DELIVERY_ATTEMPTED)}
_log = logging.getLogger(__name__)


def poll_due(*, at: datetime) -> int:
    """Ask for the parcels that are due, some of each account. Returns how many parcels were asked for."""
    asking = [provider.key for provider in providers() if provider.track]
    rows = CarrierAccount.objects.filter(provider__in=asking, is_paused=False)
    rows.filter(next_attempt_at=None).update(next_attempt_at=at)
    accounts = claims.claim_due(rows.select_related("carrier"), at=at, lease=LEASE, limit=BATCH)
    return sum(_poll(account, at=at) for account in accounts)


def ask_now(shipment_ids: Iterable[int], *, at: datetime) -> int:
    """Have these parcels asked for with the next round, whether they are due or not. Returns how many can be asked for."""
    asking = [provider.key for provider in providers() if provider.track]
    mine = Flight.objects.filter(shipment__in=list(shipment_ids), shipment__account__provider__in=asking)
    keys = list(mine.exclude(shipment__tracking_number="").values_list("pk", flat=True))
    accounts = CarrierAccount.objects.filter(provider__in=asking, attempts=0, next_attempt_at__gt=at)
    accounts.update(next_attempt_at=at)
    return Flight.objects.filter(pk__in=keys).update(poll_at=int(at.timestamp()))


def pause_of(flight: Flight, *, now: int, is_posted: bool = False) -> int:
    """Seconds until the next look (0: none, since its carrier posts by itself).

    Half an hour for what is at the door; else an eighth of the time since anything was told, from half an hour to six hours.
    Three times as long after a week without news.
    """
    if is_posted:
        return 0
    silent = max(0, now - max(flight.last_event, flight.handed))
    pause = SOONEST if flight.state in _HURRIED else min(LATEST, max(SOONEST, silent // 8))
    return pause * QUIET_TIMES if silent > QUIET else pause


def _poll(account: CarrierAccount, *, at: datetime) -> int:
    """One account's turn. However it ends, the claim is given back."""
    provider = provider_of(account.provider)
    count, again = 0, at + IDLE
    try:
        for _chunk in range(CHUNKS if provider and provider.track else 0):
            flights = _due(account, provider, at=at)
            if not flights:
                break
            _ask_for(account, provider, flights, at=at)
            count += len(flights)
            if clock.now() - at > LONGEST_ROUND:
                break
        else:
            again = clock.now()
    except SendingError as error:
        note_failure(account, reason=str(error), at=at)
        again = _later(account, error, at=at)
    except Exception as error:  # whatever an answer can provoke concerns this account alone
        _log.exception("carrier could not be asked", extra={"account": account.pk})
        note_failure(account, reason=type(error).__name__, at=at)
        again = _later(account, None, at=at)
    claims.settle(account, next_attempt_at=again)
    return count


def _due(account: CarrierAccount, provider: CarrierProvider | None, *, at: datetime) -> list[Flight]:
    due = Flight.objects.filter(poll_at__gt=0, poll_at__lte=int(at.timestamp()), shipment__account=account)
    rows = due.exclude(shipment__tracking_number="").select_related("shipment__carried_by").order_by("poll_at", "pk")
    return list(rows[: provider.most_numbers if provider else 0])


def _ask_for(account: CarrierAccount, provider: CarrierProvider | None, flights: list[Flight], *, at: datetime) -> None:
    if provider is None:
        return
    answers = _answers(provider, account_told(account), tracked(flights))
    now = int(at.timestamp())
    with transaction.atomic():
        take_in(account=account, bodies=answers, source=CarrierPost.Source.POLL, at=at)
        for flight in flights:
            pause = pause_of(flight, now=now, is_posted=provider.read_hook is not None)
            flight.poll_at, flight.poll_tries = now + pause if pause else 0, min(flight.poll_tries + 1, 32767)
        Flight.objects.bulk_update(flights, ["poll_at", "poll_tries"])
    note_out(account, at=at)


def _answers(provider: CarrierProvider, account: Account, asked: Sequence[Tracked]) -> list[bytes]:
    """What the provider answers. Where it refuses many at once, it may be for one of them: they are asked for in halves."""
    if provider.track is None:
        return []
    try:
        return list(provider.track(account, asked))
    except Refused as error:
        if error.of_account or isinstance(error, TooLarge):
            raise
        if len(asked) == 1:
            _log.info("carrier does not know a number", extra={"provider": provider.key})
            return []
    middle = len(asked) // 2
    return [*_answers(provider, account, asked[:middle]), *_answers(provider, account, asked[middle:])]


def _later(account: CarrierAccount, error: SendingError | None, *, at: datetime) -> datetime:
    """When to ask again: as the provider says, else further and further apart."""
    again = claims.next_attempt(min(account.attempts, len(claims.BACKOFF_MINUTES)), at=at) or at + LONGEST_HOLD
    again = min(again, at + LONGEST_HOLD)
    pause = error.pause if isinstance(error, TryLater) else None
    return max(again, at + pause) if pause else again
