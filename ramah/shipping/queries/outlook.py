"""What is expected of deliveries, and how well it was foreseen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Max

from ramah.commerce.models import Order
from ramah.shipping.clocks import only_zone_of
from ramah.shipping.models import Flight, ForecastModel, ForecastRun, Shipment
from ramah.shipping.sql import epoch, whole

MOST_POINTS: Final = 100_000
BINS: Final = 10
STEPS: Final = 20
MOST_DAYS: Final = 3
LIKELY: Final = 0.8  # from which probability on a parcel is at risk, where nothing better is known
PRECISE: Final = 0.92
FEW: Final = 50
OLD: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of a parcel, or of all of an order that is not there yet.

    Days are on the calendar of where it goes: eight of ten arrive from `expected_from` to `expected_to`, half until `expected`,
    eight of ten until `likely_until` (the end of that day is `likely_end`, UTC). `promised` is the end of the promised day, UTC;
    None where none was promised. `version` 0: by the tables of the carrier, for too little history.
    """

    level: int
    p_late: float
    p_lost: float
    expected_from: date
    expected: date
    expected_to: date
    likely_until: date
    likely_end: datetime
    promised: datetime | None
    forecast_at: datetime
    version: int


def outlook_of(what: Shipment | Order, *, at: datetime) -> Outlook | None:
    """What is expected of a parcel, or of an order: the latest of its parts. None where nothing is under way, or not yet
    forecast. One query; whoever shows it has passed the door."""
    rows = Flight.objects.select_related("lane").exclude(q50=0)
    rows = rows.filter(shipment=what) if isinstance(what, Shipment) else rows.filter(order=what)
    flights = list(rows.order_by("id"))
    return _joined(flights, at) if flights else None


def _joined(flights: Sequence[Flight], at: datetime) -> Outlook:
    zone = zone_of(flights[0].lane.destination)
    today = at.astimezone(zone).date()

    def day(name: str) -> date:
        return max(today, _moment(max(getattr(row, name) for row in flights)).astimezone(zone).date())

    likely = day("q80")
    end = datetime.combine(likely + timedelta(days=1), datetime.min.time(), tzinfo=zone) - timedelta(seconds=1)
    promised = max(row.promised for row in flights)
    return Outlook(
        level=max(row.level for row in flights),
        p_late=max(row.p_late for row in flights),
        p_lost=max(row.p_lost for row in flights),
        expected_from=day("q10"),
        expected=day("q50"),
        expected_to=day("q90"),
        likely_until=likely,
        likely_end=end.astimezone(UTC),
        promised=_moment(promised) if promised else None,
        forecast_at=_moment(min(row.forecast_at for row in flights)),
        version=min(row.version for row in flights),
    )


def zone_of(place: str) -> ZoneInfo:
    """The zone of a place by its lane word (`ID-jawa_barat-16`): the shop's where its country has several, or is not known."""
    zone = only_zone_of(place.split("-", 1)[0])
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(settings.SHOP_TIME_ZONE)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, _END), tz=UTC)


_END: Final = int(datetime(9998, 1, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Bin:
    """What was said with about the same probability: how often, the mean probability, and the share that was late."""

    count: int
    said: float
    late: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How forecasts of parcels went whose promised day is over, of the newest 100,000 statements of a stage.

    `inside`: the share that arrived between the 10 % and the 90 % moment, of those that arrived.
    """

    stage: int
    bins: list[Bin]
    inside: float | None

    @property
    def count(self) -> int:
        return sum(one.count for one in self.bins)

    @property
    def error(self) -> float | None:
        """Expected calibration error: how far what was said lies from what came, on average."""
        off = sum(one.count * abs(one.said - one.late) for one in self.bins)
        return off / self.count if self.count else None


def calibration(stage: int, *, since: datetime, at: datetime) -> Calibration:
    """How what was said from `since` on went. One query over the index of moments."""
    arrived = epoch("s.delivered_at")
    inside = f"SUM(CASE WHEN {arrived} BETWEEN p.q10 AND p.q90 THEN 1 ELSE 0 END)"
    said = _step(BINS)
    rows = _said_and_come(
        f"{said}, COUNT(*), SUM(p.p_late), {_lates()}, COUNT(s.delivered_at), {inside}",
        "p.stage = %s",
        [stage],
        since,
        at,
    )
    arrivals = sum(row[4] for row in rows)
    bins = [Bin(count, float(total) / count, lates / count) for _bin, count, total, lates, _arrived, _inside in rows]
    return Calibration(stage, bins, sum(row[5] for row in rows) / arrivals if arrivals else None)


def thresholds(*, since: datetime, at: datetime) -> list[float]:
    """By days left to the promise (0 to 2, 3 and more) the lowest probability from which on 92 of 100 that were said to be so
    likely late were late; `LIKELY` where too few were. One query over the index of moments."""
    days = whole("(p.promised - p.at) / 86400.0")
    said = _step(STEPS)
    columns = (
        f"CASE WHEN {days} > {MOST_DAYS} THEN {MOST_DAYS} ELSE {days} END * {STEPS} + {said}, COUNT(*), {_lates()}"
    )
    told = {row[0]: (int(row[1]), int(row[2])) for row in _said_and_come(columns, "1 = 1", [], since, at)}
    return [_lowest([told.get(day * STEPS + step, (0, 0)) for step in range(STEPS)]) for day in range(MOST_DAYS + 1)]


def _lowest(steps: Sequence[tuple[int, int]]) -> float:
    """The lowest step from which on what was said was precise, going down from the surest; `steps` are (said, late)."""
    found, said, lates = LIKELY, 0, 0
    for step in reversed(range(STEPS // 2, STEPS)):
        said, lates = said + steps[step][0], lates + steps[step][1]
        if said >= FEW and lates < PRECISE * said:
            break
        found = step / STEPS if said >= FEW else found
    return found


def _step(count: int) -> str:
    """In which of so many steps from 0 to 1 a probability lies."""
    return f"CASE WHEN p.p_late >= 1 THEN {count - 1} ELSE {whole(f'p.p_late * {count}')} END"


def _lates() -> str:
    return f"SUM(CASE WHEN {epoch('s.delivered_at')} <= p.promised THEN 0 ELSE 1 END)"


def _said_and_come(columns: str, where: str, values: Sequence[int], since: datetime, at: datetime) -> list[Any]:
    """Sums by the first of some columns over what was said (p) of parcels (s) whose promised day is over."""
    now = int(at.timestamp())
    sql = (
        f"SELECT {columns} FROM"  # noqa: S608 - our own words
        " (SELECT * FROM shipping_forecastpoint WHERE at >= %s AND at < %s ORDER BY at DESC LIMIT %s) p"
        f" JOIN shipping_shipment s ON s.id = p.shipment_id WHERE {where}"
        " AND p.promised > p.at AND p.promised < %s AND s.returned_at IS NULL GROUP BY 1 ORDER BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [int(since.timestamp()), now, MOST_POINTS, *values, now])
        return list(cursor.fetchall())


def versions(*, most: int = 20) -> list[ForecastModel]:
    """The newest versions of the forecast, without their content: one query."""
    return list(ForecastModel.objects.defer("content").order_by("-number")[:most])


def live_version() -> ForecastModel | None:
    """The version in use, without its content; None: the tables of the carriers are."""
    return ForecastModel.objects.defer("content").filter(state=ForecastModel.State.LIVE).first()


def last_runs() -> dict[str, ForecastRun]:
    """The newest training and the newest sweep, by kind."""
    newest = ForecastRun.objects.values("kind").annotate(last=Max("pk")).order_by()
    return {row.kind: row for row in ForecastRun.objects.filter(pk__in=[one["last"] for one in newest])}


def delivery_told(*, at: datetime) -> dict[str, object]:
    """How the forecast stands, as JSON: for the doctor and the command line. Moments in ISO 8601, UTC; ages in hours.

    `version` 0: the tables of the carriers are in use. `rejected`: why the newest training did not go live. `waiting`: flights
    that wait to be forecast, counted up to 1,000.
    """
    live, newest, runs = live_version(), next(iter(versions(most=1)), None), last_runs()
    is_rejected = newest is not None and newest.state == ForecastModel.State.REJECTED
    return {
        "version": live.number if live else 0,
        "trained_at": live.trained_at.isoformat() if live else "",
        "age_hours": _hours(at - live.trained_at) if live else None,
        "is_old": live is not None and at - live.trained_at > OLD,
        "rejected": newest.reason if newest and is_rejected else "",
        **{kind: _run_told(runs.get(kind), at) for kind in ForecastRun.Kind.values},
        "waiting": Flight.objects.filter(forecast_at=0)[:1000].count(),
    }


def _run_told(run: ForecastRun | None, at: datetime) -> dict[str, object] | None:
    if run is None:
        return None
    return {
        "run": run.pk,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else "",
        "age_hours": _hours(at - run.started_at),
        "seconds": run.figures.get("seconds"),
        "error": run.error.strip().rpartition("\n")[2],
    }


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)
