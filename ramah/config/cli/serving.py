"""run, serve, worker, tick, smtp."""

import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import click

from ramah.config.cli.output import emit, fail, json_option, with_database

host_option = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0: all.")


def _or_fail(start: Callable[..., Any], *args: Any) -> Any:
    """The result of `start`, or exit code 1 with the reason why serving cannot begin."""
    from ramah.config.serving import CannotStart

    try:
        return start(*args)
    except CannotStart as error:
        return fail(str(error))


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="Seed the demo shop, once.")
@host_option
@with_database
def run(with_demo: bool, host: str) -> None:
    """Everything in one process: web, worker, mail receiver."""
    from django.conf import settings
    from django.core.management import call_command

    from ramah.config import demo, serving
    from ramah.config.receivers import mail_receivers
    from ramah.config.succession import at_work

    listener = _or_fail(serving.listen, host, settings.ENV.port)
    call_command("migrate", interactive=False, verbosity=0)
    serving.collect_static_files()
    if with_demo:
        demo.seed_once(say=click.echo)
    if demo.is_seeded():
        settings.PAYMENT_VARIANTS.setdefault("demo", settings.DEMO_GATEWAY)
    with at_work(), mail_receivers(host=host) as receivers:
        welcome = _welcome(receivers.says)
        ended = serving.serve_all(
            listener, when_started=lambda: click.echo(welcome), when_stopping=receivers.ask_to_stop
        )
    serving.leave(ended=ended)


def _welcome(mail: str) -> str:
    from django.conf import settings

    from ramah.config import demo

    lines = ["", f"Ramah runs. Shop: {settings.BASE_URL}/   Desk: {settings.BASE_URL}/desk/   Mail in: {mail}"]
    if log_ins := demo.log_ins():
        lines.append(f"Demo log-ins, password {demo.PASSWORD}:")
        lines += [f"  {email:24} {role}" for role, email in log_ins]
    return "\n".join([*lines, "Ctrl-C stops."])


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Processes for HTTP.")
@click.option("--socket-port", type=click.IntRange(1, 65535), help="Port of the websockets (default: RAMAH_PORT + 1).")
@click.option(
    "--only", type=click.Choice(["http", "sockets"]), help="Start one of the two, for a supervisor of your own."
)
@host_option
@with_database
def serve(workers: int, socket_port: int | None, only: str | None, host: str) -> None:
    """The web part of a cluster: HTTP on RAMAH_PORT, websockets on the next port (see docs/adr/0009)."""
    os.environ.setdefault(
        "PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="ramah-metrics-")
    )  # before it is imported
    from django.conf import settings

    from ramah.config import serving

    _or_fail(serving.refuse_lonely_cluster, "serve")
    port = settings.ENV.port
    socket_port = socket_port or port + 1
    if only == "sockets":
        serving.serve_web(_or_fail(serving.listen, host, socket_port))
        serving.leave(ended=True)
    _or_fail(serving.listen, host, port).close()
    serving.collect_static_files()
    if only == "http":
        serving.serve_http(host, port, workers=workers)
        return
    _or_fail(serving.listen, host, socket_port).close()
    again = [sys.executable, "-m", "ramah.config.cli", "serve", "--host", host, "--workers", str(workers)]
    again += ["--socket-port", str(socket_port), "--only"]
    click.echo(f"HTTP on http://{host}:{port}, websockets on port {socket_port}")
    sys.exit(serving.supervise([[*again, "http"], [*again, "sockets"]]))


@click.command()
@click.option("--until-idle", is_flag=True, help="Do what waits, then end.")
@with_database
def worker(until_idle: bool) -> None:
    """Background work: events, retries, promises, mail on its way in and out. Any number of them may run."""
    from threading import Event

    from ramah.config import serving
    from ramah.config.succession import at_work
    from ramah.config.worker import Worker, tick

    if until_idle:
        with at_work():
            emit(dict(tick(until_idle=True)), as_json=False)
        return
    _or_fail(serving.refuse_lonely_cluster, "worker")
    stopped = Event()
    with serving.stop_on_signals(stopped.set), at_work():
        lanes = Worker()
        lanes.start()
        click.echo("worker started")
        while not stopped.wait(3600):
            pass
        lanes.ask_to_stop()
        serving.leave(ended=lanes.join(seconds=serving.GRACE_SECONDS))


@click.command()
@json_option
@with_database
def tick(as_json: bool) -> None:
    """One round of all periodic jobs in this process."""
    from ramah.config.succession import at_work
    from ramah.config.worker import tick as one_round

    with at_work():
        done = one_round()
    emit(dict(done), as_json=as_json, text="\n".join(f"{name}: {count}" for name, count in done.items()))


@click.command()
@click.option("--lmtp", is_flag=True, help="Speak LMTP, for delivery by a mail server of your own.")
@host_option
@with_database
def smtp(lmtp: bool, host: str) -> None:
    """The mail part of a cluster: the SMTP receiver on RAMAH_SMTP_PORT and the mailboxes."""
    from threading import Event

    from ramah.config import serving
    from ramah.config.receivers import mail_receivers
    from ramah.config.succession import at_work

    _or_fail(serving.refuse_lonely_cluster, "smtp")
    stopped = Event()
    with serving.stop_on_signals(stopped.set), at_work(), mail_receivers(host=host, lmtp=lmtp) as receivers:
        click.echo(receivers.says)
        while not stopped.wait(3600):
            pass
        receivers.ask_to_stop()
    serving.leave(ended=True)
