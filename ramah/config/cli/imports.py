"""`ramah import`: whatever apps have registered an import for, from CSV files."""

import sys
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ramah.config.cli.output import emit, fail, json_option, with_database


class _Kinds(click.Group):
    """One command for each registered kind. Which there are is known once the apps are loaded."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_registered())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        kind = _registered().get(cmd_name)
        return _command(cmd_name, kind.says) if kind else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in _registered() and not ctx.resilient_parsing:
            ctx.fail(f"{args[0]!r} cannot be imported. What can be: {', '.join(_registered())}.")
        return super().resolve_command(ctx, args)


def _registered() -> dict[str, Any]:
    import django

    django.setup()
    from ramah.commerce.commands import import_kinds

    return import_kinds()


@click.group(name="import", cls=_Kinds)
def import_() -> None:
    """Bring in what another system holds from a CSV file, as often as you like.

    What is new is created, what has changed is updated, the rest is left. Bad rows are reported with their line, good rows land.
    """


def _command(kind: str, says: str) -> click.Command:
    @click.command(name=kind, help=f"Import {kind}. {says} `--columns` lists what is read.")
    @click.argument("file", type=click.File("rb"), required=False)
    @click.option("--dry-run", is_flag=True, help="Check everything, store nothing.")
    @click.option("--columns", "list_columns", is_flag=True, help="List the columns that are read, and leave.")
    @click.option("--encoding", default="", help="Default: found out (UTF-8, UTF-16, Windows-1251).")
    @click.option("--timezone", "time_zone", default="", help="Of times without zone; default: the shop's.")
    @click.option("--region", default="ID", show_default=True, help="Country of phone numbers without +.")
    @click.option("--currency", default="", help="Where the file has no column for it.")
    @click.option("--language", default="en", show_default=True, help="Of titles in columns that name no language.")
    @click.option("--month-first", is_flag=True, help="Read 03/31/2026; default: 31/03/2026.")
    @click.option("--decimal", type=click.Choice([".", ","]), help="Mark before decimals, where it is not clear.")
    @json_option
    @with_database
    def command(file: BinaryIO | None, **options: Any) -> None:
        if options["list_columns"]:
            _print_columns(kind, as_json=options["as_json"])
        elif file is None:
            raise click.UsageError("Which file? Give its name, or --columns to see what can stand in it.")
        else:
            _import(kind, file, options)

    return command


def _print_columns(kind: str, *, as_json: bool) -> None:
    from ramah.commerce.commands import columns_of

    for column in columns_of(kind):
        fields = {
            "column": column.name,
            "required": column.required,
            "says": column.says,
            "also": list(column.aliases),
        }
        also = f" (also: {', '.join(column.aliases)})" if column.aliases else ""
        name = column.name + (" *" if column.required else "")
        emit(fields, as_json=as_json, text=f"{name:<22}{column.says}{also}")


def _import(kind: str, file: BinaryIO, options: dict[str, Any]) -> None:
    from ramah.commerce.commands import import_file
    from ramah.kernel import clock
    from ramah.kernel.actors import System

    if not file.seekable():
        raise click.UsageError("The file is read twice, so it must be one on disk.")
    with _Steps(file) as progress:
        report = import_file(
            actor=System("import"),
            kind=kind,
            source=file,
            at=clock.now(),
            options=_options(options, progress),
        )
    counts = {name: getattr(report, name) for name in ("created", "updated", "unchanged", "failed")}
    errors = [{"line": fault.line, "column": fault.column, "reason": fault.reason} for fault in report.faults]
    if options["as_json"]:
        emit({**counts, "errors": errors, "errors_left_out": report.faults_left_out}, as_json=True)
    else:
        _tell(report, counts, kind, dry_run=options["dry_run"])
    if report.failed:
        fail(f"{report.failed} of the {kind} failed. Mend the lines above and import the same file again.")


def _options(options: dict[str, Any], progress: "_Steps") -> Any:
    from ramah.commerce.commands import ImportOptions, Reading
    from ramah.config.settings import SHOP_TIME_ZONE

    try:
        reading = Reading.checked(
            time_zone=options["time_zone"] or SHOP_TIME_ZONE,
            region=options["region"].upper(),
            currency=options["currency"],
            language=options["language"],
            month_first=options["month_first"],
            decimal=options["decimal"] or "",
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return ImportOptions(
        reading=reading, encoding=options["encoding"], dry_run=options["dry_run"], progress=progress.note
    )


def _tell(report: Any, counts: dict[str, int], kind: str, *, dry_run: bool) -> None:
    if report.encoding not in {"", "utf-8", "utf-8-sig"}:
        click.echo(f"Read as {report.encoding}.")
    if report.unused:
        click.echo(f"Columns not read: {', '.join(report.unused)}")
    for fault in report.faults:
        where = f"line {fault.line}" + (f", {fault.column}" if fault.column else "")
        click.echo(f"{where}: {fault.reason}")
    if report.faults_left_out:
        click.echo(f"and {report.faults_left_out} more")
    if not any(counts.values()):
        click.echo("The file has a heading and no rows.")
    tried = " (dry run: nothing was stored)" if dry_run else ""
    click.echo(f"{kind}: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + tried)


class _Steps:
    """Two bars on stderr: bytes read, then things stored. Silent where nobody looks."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0, 2)
        self.size = file.tell()
        file.seek(0)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self.tasks: dict[str, Any] = {}

    def __enter__(self) -> "_Steps":
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def note(self, step: str, done: int) -> None:
        if step not in self.tasks:
            self.tasks[step] = self.bars.add_task(step, total=self.size if step == "reading" else None)
        self.bars.update(self.tasks[step], completed=done)
