"""receive: take raw mails in through the normal door."""

import mailbox
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import Progress

from ramah.config.cli.output import emit, fail, json_option, with_database

if TYPE_CHECKING:
    from ramah.channels.models import IntakeItem

BATCH = 50


@click.group()
def receive() -> None:
    """Take in what reached a channel by other ways."""


@receive.command()
@click.option("--inbox", "inbox_key", required=True, help="Key of the inbox (see `ramah inboxes`).")
@click.option("--maildir", type=click.Path(path_type=Path), help="All mails of a maildir (new and cur).")
@click.option("--mbox", type=click.Path(path_type=Path), help="All mails of an mbox file.")
@click.argument("files", nargs=-1)
@json_option
@with_database
def email(inbox_key: str, maildir: Path | None, mbox: Path | None, files: tuple[str, ...], as_json: bool) -> None:
    """Take in raw mails from FILES (- is standard input), a maildir or an mbox file.

    Prints one line per mail: how its intake ended, and in which conversation.
    """
    from ramah.channels import commands
    from ramah.conversations.models import Inbox
    from ramah.kernel import clock

    if not (files or maildir or mbox):
        raise click.UsageError("Name files, --maildir or --mbox.")
    inbox = Inbox.objects.filter(key=inbox_key, channel="email").first()
    if inbox is None:
        return fail(f"There is no e-mail inbox with the key {inbox_key!r}. `ramah inboxes` lists them.")
    failed = 0
    with _progress(as_json) as step:
        for batch in _batches(_mails(files, maildir, mbox)):
            unreadable = [(name, raw) for name, raw in batch if isinstance(raw, OSError)]
            readable = [(name, raw) for name, raw in batch if isinstance(raw, bytes)]
            for name, error in unreadable:
                failed += 1
                emit({"file": name, "status": "unreadable", "reason": str(error)}, as_json=as_json)
            at = clock.now()
            raws: list[tuple[bytes, dict[str, object]]] = [(raw, {"transport": "command line"}) for _, raw in readable]
            items = commands.take_in(inbox_id=inbox.pk, raws=raws, at=at, claimed=True)
            for item in items:
                item.inbox = inbox
            commands.process(items, at=at)
            for (name, _), item in zip(readable, items, strict=True):
                failed += item.state == item.State.QUARANTINED
                emit(_line(name, item), as_json=as_json)
            step(len(batch))
    if failed:
        fail(
            f"{failed} could not be read. `ramah intake audit` lists what is quarantined; `ramah intake replay ID` tries again."
        )
    return None


def _progress(as_json: bool) -> Any:
    if as_json or not sys.stderr.isatty():
        return nullcontext(lambda _done: None)
    return _Bar()


class _Bar:
    def __enter__(self) -> Any:
        from rich.console import Console

        self.bar = Progress(console=Console(stderr=True))
        self.bar.start()
        task = self.bar.add_task("Mails", total=None)
        return lambda done: self.bar.advance(task, done)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def _mails(files: tuple[str, ...], maildir: Path | None, mbox: Path | None) -> Iterator[tuple[str, bytes | OSError]]:
    for name in files:
        yield name, sys.stdin.buffer.read() if name == "-" else _read(Path(name))
    if maildir is not None:
        yield from _mails_of_folder(maildir)
    if mbox is not None:
        yield from _mails_of_mbox(mbox)


def _mails_of_folder(maildir: Path) -> Iterator[tuple[str, bytes | OSError]]:
    if not maildir.is_dir():
        yield str(maildir), FileNotFoundError(f"{maildir} is not a folder")
        return
    # A maildir without new/ and cur/ is taken as a plain folder of mails.
    folders = [maildir / "new", maildir / "cur"] if (maildir / "cur").is_dir() else [maildir]
    paths = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    for path in paths:
        if path.is_file() and not path.name.startswith("."):
            yield str(path), _read(path)


def _mails_of_mbox(mbox: Path) -> Iterator[tuple[str, bytes | OSError]]:
    if not mbox.is_file():
        yield str(mbox), FileNotFoundError(f"{mbox} is not a file")
        return
    box = mailbox.mbox(str(mbox), create=False)
    for key in box.iterkeys():
        yield f"{mbox}#{key}", box.get_bytes(key)


def _read(path: Path) -> bytes | OSError:
    try:
        return path.read_bytes()
    except OSError as error:
        return error


def _batches(mails: Iterator[tuple[str, bytes | OSError]]) -> Iterator[list[tuple[str, bytes | OSError]]]:
    batch: list[tuple[str, bytes | OSError]] = []
    size = 0
    for mail in mails:
        batch.append(mail)
        size += len(mail[1]) if isinstance(mail[1], bytes) else 0
        if len(batch) >= BATCH or size > 16_000_000:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _line(name: str, item: "IntakeItem") -> dict[str, Any]:
    conversation = item.conversation
    return {
        "file": name,
        "intake": item.public_id,
        "status": item.state,
        "reason": item.reason,
        "conversation": conversation.public_id if conversation else None,
        "message": item.message.public_id if item.message else None,
        "customer": conversation.customer.public_id if conversation else None,
    }
