"""What was told of numbers that no parcel has: kept for a while, since labels are bought elsewhere and orders imported later."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ramah.kernel import audit, claims
from ramah.kernel.actors import SYSTEM
from ramah.shipping.carriers.facts import Told
from ramah.shipping.commands.folding import Folding, Heard
from ramah.shipping.commands.matching import Numbers, is_free_for, plain_number
from ramah.shipping.models import CarrierAccount, Shipment, UnmatchedEvent

LEASE = timedelta(seconds=60)
BATCH = 500
# Hours after each look; a parcel that is made or corrected takes up what is its own at once.
_AGAIN = (1, 6, 24, 48, 72, 96, 96)
_log = logging.getLogger(__name__)


def keep(unknown: Sequence[Heard], *, at: datetime) -> set[str]:
    """Keep what was told of unknown numbers; the digests of what was not kept already. In a transaction."""
    rows = {(one.account.pk, plain_number(one.told.number), one.digest): one for one in unknown}
    known = UnmatchedEvent.objects.filter(number__in={number for _account, number, _digest in rows})
    standing = set(known.values_list("account_id", "number", "digest"))
    new = [
        key for key in sorted(rows) if key not in standing
    ]  # in one order everywhere, or two workers wait for each other
    UnmatchedEvent.objects.bulk_create(
        [
            UnmatchedEvent(
                account_id=account_id,
                number=number,
                digest=digest,
                told=_to_json(rows[account_id, number, digest].told),
                received_at=rows[account_id, number, digest].received_at,
                next_attempt_at=at + timedelta(hours=_AGAIN[0]),
            )
            for account_id, number, digest in new
        ],
        ignore_conflicts=True,
    )
    return {digest for _account, _number, digest in new}


def attend_unmatched(*, at: datetime, limit: int = BATCH) -> int:
    """Look again for the parcels of what waits, and drop what has waited for two weeks. Returns how much was looked at."""
    rows = claims.claim_due(UnmatchedEvent.objects.all(), at=at, lease=LEASE, limit=limit)
    if not rows:
        return 0
    accounts = CarrierAccount.objects.in_bulk({row.account_id for row in rows})
    numbers = Numbers(row.number for row in rows)
    found: dict[int, list[UnmatchedEvent]] = defaultdict(list)
    for row in rows:
        if candidate := numbers.find(accounts[row.account_id], row.number):
            found[candidate.pk].append(row)
    taken = _take_up(found, accounts, at=at)
    _put_off([row for row in rows if row.pk not in taken], at=at)
    return len(rows)


def take_up(shipments: Iterable[Shipment], *, at: datetime) -> int:
    """These parcels were made, or have another number: what was told of them before is theirs now. Returns how much that was."""
    by_number: dict[str, list[Shipment]] = defaultdict(list)
    for shipment in shipments:
        if shipment.tracking_number:
            by_number[plain_number(shipment.tracking_number)].append(shipment)
    rows = list(UnmatchedEvent.objects.filter(number__in=by_number).order_by("pk"))
    if not rows:
        return 0
    accounts = CarrierAccount.objects.in_bulk({row.account_id for row in rows})
    found: dict[int, list[UnmatchedEvent]] = defaultdict(list)
    for row in rows:
        for shipment in by_number[row.number]:
            if shipment.account_id == row.account_id or is_free_for(accounts[row.account_id], shipment):
                found[shipment.pk].append(row)
                break
    return len(_take_up(found, accounts, at=at))


@transaction.atomic
def _take_up(
    found: Mapping[int, Sequence[UnmatchedEvent]], accounts: Mapping[int, CarrierAccount], *, at: datetime
) -> set[int]:
    """Tell the parcels what is theirs, and forget it here. Returns the keys of what was taken up."""
    if not found:
        return set()
    folding = Folding(found, at=at)
    taken = set()
    for key, rows in found.items():
        for row in rows:
            heard = Heard(_from_json(row.told), accounts[row.account_id], row.received_at)
            if folding.means(key, heard):
                folding.tell(key, heard)
                taken.add(row.pk)
    folding.settle()
    UnmatchedEvent.objects.filter(pk__in=taken).delete()
    return taken


def _put_off(rows: Sequence[UnmatchedEvent], *, at: datetime) -> None:
    dropped: Counter[int] = Counter()
    late: dict[int, list[UnmatchedEvent]] = defaultdict(list)
    for row in rows:
        late[row.attempts + 1].append(row)
    for attempts, ours in late.items():
        mine = UnmatchedEvent.objects.filter(pk__in=[row.pk for row in ours], claim=ours[0].claim)
        if attempts < len(_AGAIN):
            again = at + timedelta(hours=_AGAIN[attempts])
            mine.update(attempts=attempts, next_attempt_at=again, claim="", claimed_until=None)
        else:
            dropped.update(row.account_id for row in ours)
            mine.delete()
    for account_id, count in dropped.items():
        _log.info("events of unknown numbers were dropped", extra={"account": account_id, "events": count})
        audit.record(SYSTEM, "unmatched.drop", f"carrier_account:{account_id}", at=at, events=count)


def _to_json(told: Told) -> dict[str, Any]:
    moment = told.occurred_at.isoformat() if told.occurred_at else None
    return {**asdict(told), "raw": dict(told.raw), "occurred_at": moment}


def _from_json(fields: Mapping[str, Any]) -> Told:
    moment = fields["occurred_at"]
    return Told(**{**fields, "occurred_at": datetime.fromisoformat(moment) if moment else None})
