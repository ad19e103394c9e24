"""delivery train, sweep, status and retry: what the worker does by itself, by hand. They need the database."""

from typing import TYPE_CHECKING

import click

from ramah.config.cli.output import emit, fail, json_option, with_database

if TYPE_CHECKING:
    from ramah.shipping.models import ForecastRun

_run = click.option("--run", "key", type=int, help="A run that the worker has begun; it waits for the outcome.")


@click.command()
@_run
@json_option
@with_database
def train(key: int | None, as_json: bool) -> None:
    """Train the forecast on the shop's own deliveries, and use it where it does better than what is in use."""
    from ramah.kernel import clock
    from ramah.shipping.commands import runs, training

    run = _begun("train", key)
    with runs.ended_if_failed(run, at=clock.now()):
        emit(training.train(run, at=clock.now()), as_json=as_json)


@click.command()
@_run
@click.option("--all", "anew", is_flag=True, help="Write every outlook anew, also what says the same as before.")
@json_option
@with_database
def sweep(key: int | None, anew: bool, as_json: bool) -> None:
    """Look at everything under way anew."""
    from ramah.kernel import clock
    from ramah.shipping.commands import runs, sweeping

    run = _begun("sweep", key)
    with runs.ended_if_failed(run, at=clock.now()):
        emit(sweeping.sweep_in_child(run, at=run.started_at if key else clock.now(), anew=anew), as_json=as_json)


@click.command()
@json_option
@with_database
def status(as_json: bool) -> None:
    """Say which forecast is in use, how it does, and how the last training and the last sweep went."""
    from ramah.kernel import clock
    from ramah.shipping.queries.outlook import delivery_told

    emit(delivery_told(at=clock.now()), as_json=as_json)


@click.command()
@click.argument("key", type=int)
@json_option
@with_database
def retry(key: int, as_json: bool) -> None:
    """Do a training or a sweep again that failed; `ramah delivery status` names it."""
    from ramah.kernel import clock
    from ramah.shipping.commands import runs, sweeping, training
    from ramah.shipping.models import ForecastRun

    found = ForecastRun.objects.filter(pk=key).first()
    if found is None:
        fail(f"There is no run {key}. `ramah delivery status` names the last ones.")
        return
    try:
        run = runs.again(found, at=clock.now())
    except runs.RunInHand:
        fail(f"Another {found.kind} is in hand. Try again when it has ended.")
        return
    work = training.train if run.kind == ForecastRun.Kind.TRAIN else sweeping.sweep_in_child
    with runs.ended_if_failed(run, at=clock.now()):
        emit(work(run, at=clock.now()), as_json=as_json)


def _begun(kind: str, key: int | None) -> "ForecastRun":
    """The run that the worker has begun, for which this is its child; else one of our own."""
    from ramah.kernel import clock
    from ramah.shipping.commands import runs
    from ramah.shipping.models import ForecastRun

    runs.be_nice()
    if key is not None:
        found = ForecastRun.objects.filter(pk=key, kind=kind, ended_at=None).first()
        if found is None:
            raise click.ClickException(f"There is no {kind} {key} that waits to be done.")
        return found
    now = clock.now()
    run = runs.begin(kind, f"{now:%F %T}", at=now)
    if run is None:
        raise click.ClickException(f"Another {kind} is in hand. Try again when it has ended.")
    return run


def add_to(group: click.Group) -> None:
    """Put them beside the commands that need no database."""
    for command in (train, sweep, status, retry):
        group.add_command(command)
