"""Taking a mail apart into its parts, in one pass, whatever its nesting. Reads no text and judges nothing."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ramah.channels.email.headers import Headers, decode_base64, read_headers, read_parameters

MAX_DEPTH = 30
MAX_PARTS = 1_000

_MAX_BOUNDARY = 200
_GUESSED_BOUNDARY = re.compile(rb"(?:\A|(?<=\n))--([^\s-][^\n]{0,100}?)[ \t\r]*\n(?=[!-9;-~]{1,60}:|\r?\n)")


@dataclass
class Part:
    """One part of a mail: its header fields, and either its own parts or its content."""

    raw: bytes
    start: int
    body_start: int
    end: int
    headers: Headers
    default_type: str = "text/plain"
    parts: list["Part"] = field(default_factory=list)
    is_remainder: bool = False

    @cached_property
    def _type(self) -> tuple[str, dict[str, str]]:
        main, parameters = read_parameters(self.headers.first("content-type"))
        return main if main.count("/") == 1 and " " not in main else self.default_type, parameters

    @property
    def content_type(self) -> str:
        """The declared type, such as `text/plain`; RFC 2045's default if there is none."""
        return self._type[0]

    @property
    def parameters(self) -> dict[str, str]:
        """Parameters of the declared type: charset, boundary, name, format."""
        return self._type[1]

    @cached_property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """`attachment`, `inline` or "", with its parameters."""
        return read_parameters(self.headers.first("content-disposition"))

    @property
    def source(self) -> bytes:
        """The part as it stood in the mail, with its header."""
        return self.raw[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The body with its transfer encoding undone; as it stands where that cannot be done."""
        body = self.raw[self.body_start : self.end]
        encoding = self.headers.first("content-transfer-encoding").lower().strip(" \"';")
        if encoding == "base64":
            # A body that is not base64 at all was labeled wrong: its words are worth more than the label.
            return body if b" " in body.strip()[:200] else decode_base64(body)
        return binascii.a2b_qp(body) if encoding == "quoted-printable" else body

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in their order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))


def read_mail(raw: bytes) -> Part:
    """The tree of parts of a raw mail. Further parts than `MAX_PARTS` stay together in a last one."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    root = _part(raw, 0, len(raw), "text/plain")
    _open(root, [MAX_PARTS], MAX_DEPTH)
    return root


def _part(raw: bytes, start: int, end: int, default_type: str) -> Part:
    headers, body_start = read_headers(raw, start, end)
    return Part(raw, start, body_start, end, headers, default_type)


def _open(part: Part, left: list[int], depth: int) -> None:
    if not part.content_type.startswith("multipart/") or not depth:
        return
    child_type = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for start, end in _pieces(part, left):
        child = _part(part.raw, start, end, child_type)
        part.parts.append(child)
        child.is_remainder = left[0] <= 0
        if not child.is_remainder:
            _open(child, left, depth - 1)
    if not part.parts:
        part._type = ("text/plain", {})  # its boundary is nowhere: what is there is text


def _pieces(part: Part, left: list[int]) -> Iterator[tuple[int, int]]:
    raw, end = part.raw, part.end
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace")[:_MAX_BOUNDARY].rstrip()
    start = _next_delimiter(raw, boundary, part.body_start, end) if boundary else None
    if start is None:
        guessed = _GUESSED_BOUNDARY.search(raw, part.body_start, min(end, part.body_start + 100_000))
        boundary = guessed[1].rstrip() if guessed else b""
        start = _next_delimiter(raw, boundary, part.body_start, end) if boundary else None
    while start and not start[2]:
        left[0] -= 1
        following = _next_delimiter(raw, boundary, start[1], end) if left[0] > 0 else None
        yield start[1], following[0] if following else end
        start = following


def _next_delimiter(raw: bytes, boundary: bytes, position: int, end: int) -> tuple[int, int, bool] | None:
    """Where the delimiter line before the next part begins and ends, and whether it closes the multipart."""
    delimiter = b"\n--" + boundary
    # The line break before a delimiter belongs to it, and may be the one that ended the line before.
    at = position - 1 if position and raw.startswith(delimiter, position - 1) else raw.find(delimiter, position, end)
    while at >= 0:
        after = at + len(delimiter)
        is_last = raw.startswith(b"--", after)
        line_end = raw.find(b"\n", after, min(end, after + 200))
        line_end = min(end, after + 200) if line_end < 0 else line_end
        if not raw[after + 2 * is_last : line_end].strip():
            begin = at - 1 if at and raw[at - 1] == 13 else at
            return max(begin, position), min(line_end + 1, end), is_last
        at = raw.find(delimiter, after, end)
    return None
