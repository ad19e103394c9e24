"""business-time: due times and elapsed minutes from opening hours. Pure: needs no database."""

import json
import sys
from datetime import datetime
from typing import Any

import click

from ramah.config.cli.output import always_json
from ramah.promises.business_time import BusinessTimeError, Schedule, due, elapsed_minutes, local_moment

_MOST_BYTES = 1_000_000
_CALENDARS_KEPT = 200


@click.command()
@always_json
def business_time() -> None:
    """Business time for JSON lines on standard input.

    \b
    {"calendar": {"timezone": "Asia/Jakarta", "hours": {"mon": [["08:00", "17:00"]]}, "holidays": ["2026-01-01"],
                  "exceptions": {"2026-12-24": [["08:00", "12:00"]]}}, "start": "2026-11-23T09:00:00+07:00", "minutes": 90}

    With "minutes" a line comes back with "due", ISO 8601 in the calendar's time zone with its UTC offset; with "end" it
    comes back with "elapsed_minutes". A time without an offset is one of the calendar's time zone. A line that cannot be
    done becomes {"error": "..."}, the others are done, and the exit code is 1.
    """
    schedules: dict[str, Schedule] = {}
    failed = False
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        try:
            answer = _answer(line, schedules)
        except (BusinessTimeError, RecursionError) as error:
            failed = True
            answer = {"error": str(error)}
        click.echo(json.dumps(answer))
    if failed:
        raise SystemExit(1)


def _answer(line: bytes, schedules: dict[str, Schedule]) -> dict[str, Any]:
    asked = _asked(line)
    key = json.dumps(asked.get("calendar"))
    if key not in schedules:
        if len(schedules) >= _CALENDARS_KEPT:
            schedules.clear()
        schedules[key] = Schedule.from_json(asked.get("calendar"))
    schedule = schedules[key]
    start = _moment(asked.get("start"), "start", schedule)
    answer = dict(asked)
    if "minutes" in asked:
        answer["due"] = due(schedule, start, asked["minutes"]).astimezone(schedule.tz).isoformat()
    if "end" in asked:
        minutes = elapsed_minutes(schedule, start, _moment(asked["end"], "end", schedule))
        answer["elapsed_minutes"] = int(minutes) if minutes.is_integer() else minutes
    return answer


def _asked(line: bytes) -> dict[str, Any]:
    if len(line) > _MOST_BYTES:
        raise BusinessTimeError(f"a line may have at most {_MOST_BYTES} bytes")
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise BusinessTimeError("the line is not JSON; one object per line is accepted") from error
    if not isinstance(asked, dict) or not ("minutes" in asked or "end" in asked):
        raise BusinessTimeError('an object with "calendar", "start" and either "minutes" or "end" is accepted')
    return asked


def _moment(value: Any, name: str, schedule: Schedule) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else local_moment(schedule.tz, moment)
    except (TypeError, ValueError, OverflowError) as error:
        raise BusinessTimeError(
            f"{name}: an ISO 8601 time is accepted, such as 2026-11-23T09:00:00+07:00, not {str(value)[:40]!r}"
        ) from error
