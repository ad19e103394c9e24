"""mail-parse, reply-text and sanitize: reading mail without a database, for scripts and for evaluation on one's own mail."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ramah.config.cli.output import always_json, emit

if TYPE_CHECKING:
    from ramah.channels.email.headers import Address
    from ramah.channels.email.parsing import ParsedMail

_FILES = click.argument("files", nargs=-1, type=click.Path())


@click.command()
@_FILES
@always_json
def mail_parse(files: tuple[str, ...]) -> None:
    """Read raw mails; one JSON line for each. `-` or nothing reads one mail from standard input."""
    from ramah.channels.email.parsing import parse_mail

    with _Reading(files) as inputs:
        for name, raw in inputs:
            emit({"file": name, **_mail_fields(parse_mail(raw))}, as_json=True)


@click.command()
@_FILES
@always_json
@click.option("--html", "is_html", is_flag=True, help="The bodies are HTML.")
def reply_text(files: tuple[str, ...], is_html: bool) -> None:
    """Tell what was written from what was quoted, in one body per file; one JSON line for each."""
    from ramah.channels.email import reply_text as rules
    from ramah.channels.email.bodies import clean_text
    from ramah.channels.email.charsets import decode

    with _Reading(files) as inputs:
        for name, raw in inputs:
            body = clean_text(decode(raw, "utf-8"))
            parts = rules.reply_text_of_html(body) if is_html else rules.reply_text(body)
            found = {"reply_text": parts.reply_text, "quoted": parts.quoted, "signature": parts.signature}
            emit({"file": name, **found}, as_json=True)


@click.command()
@click.argument("file", default="-", type=click.Path())
@click.option("--jsonl", is_flag=True, help='Lines {"html": ...} in, lines {"html": ...} out.')
def sanitize(file: str, jsonl: bool) -> None:
    """HTML in, safe HTML out, exactly as the desk shows it."""
    from ramah.channels.email.charsets import decode
    from ramah.ui.sanitize import clean_html

    with _Reading((file,)) as inputs:
        for _, raw in inputs:
            if not jsonl:
                sys.stdout.write(clean_html(decode(raw, "utf-8")) + "\n")
            else:
                for line in raw.splitlines():
                    inputs.failed |= bool(line.strip()) and not _sanitize_line(line)


def _sanitize_line(line: bytes) -> bool:
    """Write the answer to one line; False if it is no `{"html": "..."}`."""
    from ramah.ui.sanitize import clean_html

    try:
        given = json.loads(line)
        source = given["html"]
    except (ValueError, TypeError, KeyError, RecursionError):
        given = source = None
    if not isinstance(source, str):
        emit({"error": 'Not a line of JSON of the form {"html": "..."}.'}, as_json=True)
        return False
    emit({**given, "html": str(clean_html(source))}, as_json=True)
    return True


class _Reading:
    """The contents of files one by one; a file that cannot be read is told, the others are read, and the exit code is 1."""

    def __init__(self, files: tuple[str, ...]) -> None:
        self.files = files or ("-",)
        self.failed = False

    def __enter__(self) -> "_Reading":
        sys.stdout.reconfigure(encoding="utf-8", errors="replace") if hasattr(sys.stdout, "reconfigure") else None
        return self

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for name in self.files:
            try:
                with click.open_file(name, "rb") as stream:
                    content = stream.read()
            except OSError as error:
                click.echo(f"{name}: {error.strerror or error}. Check the path; the other files were read.", err=True)
                self.failed = True
            else:
                yield name, content

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.failed and kind is None:
            sys.exit(1)


def _mail_fields(mail: "ParsedMail") -> dict[str, Any]:
    from ramah.channels.email.traffic import Kind, classify

    is_automatic = classify(mail).kind is Kind.AUTO_REPLY
    return {
        "message_id": mail.message_id,
        "from": _address_fields(mail.from_),
        "reply_to": _address_fields(mail.reply_to) if mail.reply_to else None,
        "to": [_address_fields(address) for address in mail.to],
        "cc": [_address_fields(address) for address in mail.cc],
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "html": mail.html,
        "reply_text": mail.reply_text,
        "attachments": [
            {
                "filename": attachment.filename,
                "content_type": attachment.content_type,
                "size": attachment.size,
                "inline": attachment.is_inline,
            }
            for attachment in mail.attachments
        ],
        "auto_submitted": mail.auto_submitted or ("auto-replied" if is_automatic else ""),
        "bounce": {
            "is_bounce": mail.bounce.is_bounce,
            "hard": mail.bounce.hard,
            "recipients": list(mail.bounce.recipients),
            "reason": mail.bounce.reason,
        },
        "language": mail.language,
    }


def _address_fields(address: "Address") -> dict[str, str]:
    return {"name": address.name, "email": address.email}
