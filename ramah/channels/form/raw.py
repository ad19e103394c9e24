"""A submission of the contact form as it is stored before anybody reads it: JSON, an empty line, the bytes of its files. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

_END = b"\n\n"  # JSON as it is written here has no empty line


class BadSubmission(ValueError):
    """The bytes are no submission; says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent: named and typed by whoever sent it, which is not believed."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody typed into the form, and what the shop knows beside it.

    `key` stands in the form as it was opened: the same words with the same key are one submission sent twice. `about` names the
    thing they ask about, where they may know of it. `is_proved`: the address is that of a log-in or of an order that was proved.
    `is_trap`: a field was filled in that people do not see. `thread` is the key of their own conversation that it goes on in.
    """

    key: str
    email: str
    name: str
    subject: str
    text: str
    language: str
    about: str = ""
    is_proved: bool = False
    is_trap: bool = False
    thread: int | None = None


def write_raw(submission: Submission, files: Sequence[SentFile] = ()) -> bytes:
    """The bytes to be stored."""
    listed = [{"filename": f.filename, "content_type": f.content_type, "size": len(f.content)} for f in files]
    head = json.dumps({**asdict(submission), "files": listed}, ensure_ascii=False, indent=1)
    # A lone surrogate, as hostile senders write them, has no bytes.
    return head.encode("utf-8", "replace") + _END + b"".join(f.content for f in files)


def read_raw(raw: bytes) -> tuple[Submission, list[SentFile]]:
    """What `write_raw` has written. Raises `BadSubmission`."""
    head, _end, rest = raw.partition(_END)
    try:
        told = json.loads(head)
        listed = told.pop("files")
        submission = Submission(**told)
        files = []
        for one in listed:
            files.append(SentFile(str(one["filename"]), str(one["content_type"]), rest[: one["size"]]))
            rest = rest[one["size"] :]
            if len(files[-1].content) != one["size"]:
                raise BadSubmission(f"file {len(files)} is cut off")
    except BadSubmission:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSubmission(str(error)) from error
    return submission, files
