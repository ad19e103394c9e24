"""delivery: the forecast of deliveries on files of past orders. `evaluate` and `predict` need no database."""

import csv
import math
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from ramah.config.cli.delivery_jobs import add_to
from ramah.config.cli.output import emit, json_option

if TYPE_CHECKING:
    from ramah.shipping.forecast.files import Opened
    from ramah.shipping.forecast.table import Table

_MOST_YEARS = 30


@click.group()
def delivery() -> None:
    """Will it be late, and when will it be there?"""


_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False))
_AT = click.option("--at", type=click.Choice(["purchase", "handover"]), help="The moment to forecast at.")
_ZONE = click.option("--timezone", "zone", default="UTC", help="Of times without an offset, and of weekdays and hours.")
_COUNTRY = click.option("--country", default="", help="ISO code; its public holidays are no working days.")
_SEED = click.option(
    "--seed", default=0, type=click.IntRange(0, 2**32 - 1), help="The same seed gives the same forecast."
)


@delivery.command()
@_FILE
@_AT
@_ZONE
@_COUNTRY
@_SEED
@json_option
def evaluate(file: str, at: str | None, zone: str, country: str, seed: int, *, as_json: bool) -> None:
    """Train on the earlier 70 % of a file's orders, and score the later 30 %.

    \b
    Columns: order_id, purchased_at, promised_at; handed_over_at, delivered_at, origin, destination, carrier, service; any more.

    Scored as in production: each order with the outcomes that were known at its own moment. "frozen" beside it knows nothing of
    what happened after the split. "naive" is the late share so far of the narrowest group; "plain" gradient boosting as it comes.
    Columns that tell the outcome are left out, and named.
    """
    from ramah.shipping.forecast.evaluating import evaluate as evaluated
    from ramah.shipping.forecast.table import ForecastError

    try:
        report = evaluated(_table(file, zone, country), at=at or "handover", seed=seed)
    except ForecastError as error:
        raise click.ClickException(str(error)) from error
    emit({"file": file, **report}, as_json=as_json, text=_told(report))


@delivery.command()
@_FILE
@_AT
@_ZONE
@_COUNTRY
@_SEED
@click.option("--out", type=click.Path(dir_okay=False, writable=True), help="Write a CSV file here instead.")
@json_option
def predict(file: str, at: str | None, zone: str, country: str, seed: int, out: str | None, *, as_json: bool) -> None:
    """Learn from the rows with delivered_at, and forecast those without: a JSON line for each.

    A row is judged by its hand-over where it has one (with --at purchase: by its purchase alone).
    """
    from ramah.shipping.forecast.files import forecast_open
    from ramah.shipping.forecast.table import ForecastError

    try:
        table = _table(file, zone, country)
        opened = forecast_open(table, at=at or "handover", seed=seed)
    except ForecastError as error:
        raise click.ClickException(str(error)) from error
    lines = _lines(opened, ZoneInfo(zone))
    if out:
        _write(out, lines)
        emit({"file": file, "rows": len(lines), "out": out}, as_json=as_json, text=f"{len(lines)} rows in {out}")
        return
    for line in lines:
        emit(line, as_json=True)


def _table(file: str, zone: str, country: str) -> "Table":
    from ramah.shipping.forecast.reading import read_csv

    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.BadParameter(
            f"{zone!r} is no time zone; an IANA name is accepted, such as Asia/Jakarta."
        ) from error
    return read_csv(file, zone=zone, days_off=_days_off(country))


def _days_off(country: str) -> Any:
    """The public holidays of thirty years as days since 1970, or None without a country."""
    if not country:
        return None
    import numpy as np

    from ramah.promises.public_holidays import DaysOff, known_countries

    if country.upper() not in known_countries():
        raise click.BadParameter(
            f"{country!r} is no country whose holidays are known; an ISO code is accepted, such as ID."
        )
    first = date(2010, 1, 1)
    days = (first + timedelta(days=number) for number in range(_MOST_YEARS * 366))
    off = DaysOff(country.upper(), ())
    return np.array([(day - date(1970, 1, 1)).days for day in days if day in off], np.int64)


def _lines(opened: "Opened", zone: ZoneInfo) -> list[dict[str, Any]]:
    found = opened.outlooks
    return [
        {
            "order_id": order_id,
            "at": "handover" if is_handed else "purchase",
            "p_late": None if math.isnan(p_late) else round(float(p_late), 4),
            "expected_from": _day(q10, zone),
            "expected": _day(q50, zone),
            "expected_to": _day(q90, zone),
            "p10": _moment(q10, zone),
            "p50": _moment(q50, zone),
            "p90": _moment(q90, zone),
            "basis": opened.basis,
        }
        for order_id, is_handed, p_late, q10, q50, q90 in zip(
            opened.rows.ids, opened.is_handed, found.p_late, found.q10, found.q50, found.q90, strict=True
        )
    ]


def _moment(seconds: float, zone: ZoneInfo) -> str | None:
    if math.isnan(seconds):
        return None
    return datetime.fromtimestamp(int(seconds), UTC).astimezone(zone).isoformat()


def _day(seconds: float, zone: ZoneInfo) -> str | None:
    moment = _moment(seconds, zone)
    return moment and moment[:10]


def _write(path: str, lines: list[dict[str, Any]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def _told(report: dict[str, Any]) -> str:
    """The report for people."""

    def line(name: str, scores: dict[str, Any]) -> str:
        figures = [scores.get(key) for key in ("roc_auc", "average_precision", "ece", "log_loss")]
        return f"{name:10}" + "".join("       -" if figure is None else f"{figure:8.4f}" for figure in figures)

    late, days = report["late_share"], report["split_at"][:10]
    return "\n".join(
        [
            f"at {report['at']}: trained on {report['train']} orders until {days}, scored {report['test']} later ones,"
            f" {late:.1%} of them late",
            f"{'':10} ROC-AUC      AP     ECE  log loss",
            line("forecast", report),
            line("frozen", report["frozen"]),
            line("naive", report["naive"]),
            line("plain", report["plain"]),
            "arrived within the ranges for 50, 80, 90 %: "
            + ", ".join(f"{share:.1%}" for share in report["coverage"].values()),
            *(f"left out: {name} ({reason})" for name, reason in report["dropped_columns"].items()),
            f"{report['seconds']} s, {report['trained']} s of them training",
        ]
    )


add_to(delivery)
