"""What is expected of flights, written down: soon after something happened to them, and with every sweep."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from django.db import transaction

from ramah.shipping.commands.foreseeing import Foresight, foresight
from ramah.shipping.commands.outlooks import Outlooks, clock_offsets, keep_what_was_just_said, write_outlooks
from ramah.shipping.forecast.table import Ints
from ramah.shipping.levels import levels_of
from ramah.shipping.models import CarrierAccount, Flight
from ramah.shipping.queries.flying import Flying, LaneWords, flying, of_accounts

BATCH: Final = 1_000


def forecast_touched(*, at: datetime, limit: int = BATCH) -> int:
    """Forecast flights whose facts have changed since they were forecast. A job. Returns how many there were."""
    if not Flight.objects.filter(forecast_at=0).exists():
        return 0
    forecaster = Forecaster.ready()
    with transaction.atomic():
        # Held while they are judged: what is told of one meanwhile touches it again.
        rows = flying("forecast_at = 0", limit=limit, lock=True)
        forecaster.write(rows, at=at)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Forecaster:
    """All that it takes to look at flights at one moment: the forecast in use, the words of lanes, and silent feeds."""

    foresight: Foresight
    lanes: LaneWords
    silent: dict[int, int]  # accounts from which nothing comes: until when they were heard of, in seconds

    @classmethod
    def ready(cls) -> "Forecaster":
        """As things stand now."""
        return cls(foresight(), LaneWords(), _silent_accounts())

    @property
    def version(self) -> int:
        return self.foresight.version

    def write(self, rows: Flying, *, at: datetime, anew: bool = False, pause: float = 0.0) -> int:
        """Forecast these flights and write what says something else than before. Returns how many were written."""
        if not len(rows):
            return 0
        offsets = clock_offsets(self.lanes.countries(rows.lane_id), at)
        found = self.outlooks(rows, at=at)
        return write_outlooks(rows, found, offsets=offsets, version=self.version, at=at, anew=anew, pause=pause)

    def outlooks(self, rows: Flying, *, at: datetime) -> Outlooks:
        """What is expected of these flights. Of what a silent feed would tell, nothing is held against a parcel."""
        now = int(at.timestamp())
        heard_until = self._heard_until(rows, now)
        seen = self.foresight(rows, self.lanes, now=heard_until)
        level = levels_of(
            state=rows.state,
            level=rows.level,
            promised=rows.promised,
            p_late=seen.p_late,
            p_lost=seen.p_lost,
            threshold=seen.threshold,
            stalled=seen.stalled,
            now=now,
        )
        return Outlooks(
            level=keep_what_was_just_said(rows, level, at=at),
            p_late=np.where(rows.promised == 0, 0.0, np.where(rows.promised < now, 1.0, seen.p_late)),
            p_lost=seen.p_lost,
            q10=seen.q10,
            q50=seen.q50,
            q80=seen.q80,
            q90=seen.q90,
        )

    def _heard_until(self, rows: Flying, now: int) -> Ints:
        """Until when the carrier of each was heard of: a parcel ages only while its feed works."""
        heard = np.full(len(rows), now)
        for account, places in of_accounts(rows, self.silent).items():
            heard[places] = min(now, self.silent[account])
        return heard


def _silent_accounts() -> dict[int, int]:
    """Accounts from which nothing comes, or which do not work, and until when (seconds) they were heard of."""
    rows = CarrierAccount.objects.exclude(silent_since=None, state__in=_WORKING)
    told = rows.values_list("pk", "last_in_at", "silent_since", "last_error_at")
    heard = {key: next(filter(None, moments), None) for key, *moments in told}
    return {key: int(moment.timestamp()) for key, moment in heard.items() if moment}


_WORKING: Final = (CarrierAccount.State.NEW, CarrierAccount.State.OK)
