"""simulate deliveries: a shop's orders, what became of their parcels, and what carriers told of them. Needs no database."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ramah.config.cli.output import emit, fail, json_option

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--orders", default=20_000, show_default=True, type=click.IntRange(1, 1_000_000), help="How many orders.")
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0, 2**32 - 1),
    help="The same seed tells the same story.",
)
@click.option("--days", default=120, show_default=True, type=click.IntRange(1, 1500), help="For how long orders come.")
@click.option(
    "--start", default="2025-09-01", show_default=True, type=click.DateTime(["%Y-%m-%d"]), help="From when on."
)
@click.option("--until", type=click.DateTime(), help="Write the orders as they are known then (UTC), not to their end.")
@click.option("--csv", "csv_file", type=_FILE, help="Write the orders here, as a shop exports them.")
@click.option("--truth", "truth_file", type=_FILE, help="Write here what the shop could not know.")
@click.option("--events", "events_file", type=_FILE, help="Write here what carriers tell, as JSON lines.")
@json_option
def deliveries(
    orders: int,
    seed: int,
    days: int,
    start: datetime,
    until: datetime | None,
    csv_file: Path | None,
    truth_file: Path | None,
    events_file: Path | None,
    as_json: bool,
) -> None:
    """Tell the deliveries of a shop: carriers and seasons, storms and strikes, and all that goes wrong with tracking."""
    from ramah.shipping.simulation.story import StoryError, simulate  # numpy is not loaded for a page of help

    try:
        story = simulate(orders=orders, seed=seed, days=days, start=start.date())
    except StoryError as error:
        fail(str(error))
    told: dict[str, object] = story.figures()
    try:
        if csv_file is not None:
            story.csv(csv_file, until=until and until.replace(tzinfo=UTC))
        if truth_file is not None:
            story.truth(truth_file)
        if events_file is not None:
            told["events"] = story.write_events(events_file)
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}")
    emit(told, as_json=as_json)
