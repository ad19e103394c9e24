"""Reading header fields: unfolding, encoded words, parameters, addresses, message ids, dates. Knows nothing of bodies.

Everything here takes whatever stands in a mail, takes time in proportion to its length, and never raises.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from ramah.channels.email.charsets import decode

MAX_FIELDS = 2_000
MAX_BROKEN_LINES = 50
MAX_FIELD_BYTES = 100_000
MAX_ADDRESSES = 500
MAX_IDS = 100
MAX_NAME = 200
MAX_ADDRESS = 320

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_FIELD_START = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")
# Marks that turn the reading direction: in a name they only serve to make one thing look like another.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WORD = re.compile(r"=\?([^?\s*]*+)(?:\*[^?\s]*+)?\?([bBqQ])\?((?:[^?=]++|=(?!\?[^=])|\?(?!=))*+)\?=(\s*+)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PARAMETER = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)(?:"|\Z)|([^;"]*+))', re.S)
_PART_OF_PARAMETER = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]++|\\.)*+)"|\((?P<comment>(?:[^()\\]++|\\.)*+)\)|<(?P<angle>[^<>]*+)>'
    r'|(?P<mark>[,;:])|(?P<text>[^"(<,;:]++|.)',
    re.S,
)
_BARE_ADDRESS = re.compile(r'(?:"[^"@]{1,64}"|[^\s"<>(),;:\\@\[\]]{1,128})@[^\s"<>(),;:\\@]{1,255}')
_ESCAPED = re.compile(r"\\(.)")
_ID = re.compile(r"<([^<>\s]{1,990})>")


@dataclass(frozen=True, slots=True)
class Address:
    """A name and an address as they were written; either may be empty. The address proves nothing."""

    name: str = ""
    email: str = ""


class Headers:
    """The header fields of a mail or of one part, in their order; decoded when they are asked for."""

    __slots__ = ("_fields",)

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self._fields = fields

    def all(self, name: str) -> list[str]:
        """Each value of the field `name` (lower case), unfolded, encoded words left as they are."""
        return [unfolded(value) for field, value in self._fields if field == name]

    def first(self, name: str) -> str:
        """The first value of the field `name` (lower case), unfolded; "" if there is none."""
        for field, value in self._fields:
            if field == name:
                return unfolded(value)
        return ""

    def text(self, name: str) -> str:
        """The first value of the field `name` as a person reads it: one line, encoded words decoded."""
        return one_line(decode_words(self.first(name)))

    def count(self, name: str) -> int:
        """How often the field `name` stands there."""
        return sum(1 for field, _ in self._fields if field == name)

    def __contains__(self, name: str) -> bool:
        return any(field == name for field, _ in self._fields)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def read_headers(data: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The header fields of data[start:end] and where the body begins. Lines end in LF or CRLF."""
    fields: list[tuple[str, bytes]] = []
    position = start
    broken = 0
    while position < end:
        found = _FIELD.match(data, position, end)
        if found:
            fields.append((found[1].decode("ascii").lower(), found[2][:MAX_FIELD_BYTES]))
            position = found.end()
            if len(fields) < MAX_FIELDS:
                continue
            blank = _BLANK_LINE.search(data, position - 1, end)
            return Headers(fields), blank.end() if blank else end
        line_end = data.find(b"\n", position, end)
        line_end = end if line_end < 0 else line_end + 1
        line = data[position : min(line_end, position + 8)]
        if not line.strip():
            return Headers(fields), line_end
        # A line that is no header: `From ` of a mailbox file, or broken; the body begins here unless headers go on.
        broken += 1
        goes_on = line.startswith((b"From ", b">From ")) or _FIELD_START.match(data, line_end, end)
        if not goes_on or broken > MAX_BROKEN_LINES:
            return Headers(fields), position
        position = line_end
    return Headers(fields), end


def unfolded(value: bytes) -> str:
    """A header value as one line of text, whatever its charset."""
    text = decode(value.replace(b"\r", b"").replace(b"\n", b""))
    return text.replace("\0", "").strip()


def one_line(text: str) -> str:
    """Text without control characters, marks of reading direction and doubled blanks."""
    return " ".join(_DIRECTION.sub("", _CONTROLS.sub(" ", text)).split())


def decode_base64(content: bytes) -> bytes:
    """Base64 with anything between and after it; each padded piece counts."""
    padding = content.find(b"=")
    try:
        if padding < 0 or not content[padding : padding + 4096].strip(b"= \t\r\n"):
            return binascii.a2b_base64(content)
    except binascii.Error:
        pass
    return b"".join(_base64_piece(piece) for piece in content.split(b"="))


def _base64_piece(piece: bytes) -> bytes:
    piece = _NOT_BASE64.sub(b"", piece)
    rest = len(piece) % 4
    return binascii.a2b_base64((piece[:-1] if rest == 1 else piece) + b"==="[: -rest % 4 if rest > 1 else 0])


def decode_words(value: str) -> str:
    """Text with its encoded words (RFC 2047) decoded, also those cut in the middle of a character."""
    if "=?" not in value:
        return value
    pieces: list[str] = []
    position = 0
    pending, charset, blank = b"", "", ""
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        if between or word[1].lower() != charset:
            pieces += decode(pending, charset), blank if between else "", between
            pending = b""
        charset, blank = word[1].lower(), word[4]
        text = word[3].encode("utf-8")
        pending += decode_base64(text) if word[2] in "bB" else binascii.a2b_qp(text, header=True)
        position = word.end()
    return "".join([*pieces, decode(pending, charset), blank, value[position:]])


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=x` as its value in lower case and its parameters, RFC 2231 and RFC 2047 decoded."""
    main = value.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, quoted, bare in _PARAMETER.findall(value)[:MAX_IDS]:
        text = _ESCAPED.sub(r"\1", quoted) if "\\" in quoted and '\\"' in quoted else quoted or bare.strip()
        found = _PART_OF_PARAMETER.match(name.lower())
        if found and "*" in name:
            pieces.setdefault(found[1], []).append((int(found[2] or 0), bool(found[3]), text))
        else:
            plain.setdefault(name.lower(), decode_words(text))
    return main, plain | {name: _joined(parts) for name, parts in pieces.items()}


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    parts.sort(key=lambda part: part[0])
    charset = ""
    if parts[0][1] and parts[0][2].count("'") >= 2:
        charset, _, first = parts[0][2].split("'", 2)
        parts[0] = (0, True, first)
    # Joined before they are decoded: some programs cut in the middle of `%D0`.
    escaped = "".join(text if is_encoded else text.replace("%", "%25") for _, is_encoded, text in parts)
    return decode(unquote_to_bytes(escaped), charset)


def read_addresses(value: str) -> list[Address]:
    """The addresses of a From, To or Cc, encoded words decoded only in the names: nothing in a name becomes an address."""
    found = _AddressReader().read(value)
    if not any(address.email for address in found) and "=?" in value:
        decoded = decode_words(value)  # some programs encode all of it
        return read_addresses(decoded) if "=?" not in decoded else found
    return found


class _AddressReader:
    """One address after the other, as its pieces come: words, comments, an address in angle brackets."""

    def __init__(self) -> None:
        self.found: list[Address] = []
        self._begin()

    def _begin(self) -> None:
        self.words: list[str] = []
        self.raw: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None

    def read(self, value: str) -> list[Address]:
        for token in _TOKEN.finditer(value):
            self._take(token.lastgroup or "", token[token.lastgroup or 0], token[0])
            if len(self.found) >= MAX_ADDRESSES:
                return self.found
        self._end()
        return self.found

    def _take(self, kind: str, text: str, raw: str) -> None:
        if kind == "mark":
            is_group_name = text == ":" and self.angle is None and "@" not in "".join(self.raw)
            self._begin() if is_group_name else self._end()
        elif kind == "comment":
            self.comments.append(text)
        elif kind == "angle":
            self.angle = text if self.angle is None else self.angle
        else:
            self.words.append(_ESCAPED.sub(r"\1", text) if kind == "quoted" else text)
            self.raw.append(raw)

    def _end(self) -> None:
        words = "".join(self.words)
        if self.angle is None:
            bare = _BARE_ADDRESS.search("".join(self.raw))
            email = bare[0] if bare else ""
            words = words.replace(email.replace('"', ""), " ").strip(" <>") if email else words
        else:
            email = "".join(self.angle.split())
            email = email.rpartition(":")[2] if email.startswith(("@", "mailto:")) else email
        email = _DIRECTION.sub("", _CONTROLS.sub("", email))[:MAX_ADDRESS]
        name = one_line(decode_words(words.strip())).strip("'\" ") or one_line(decode_words(" ".join(self.comments)))
        if email or name:
            self.found.append(Address(name[:MAX_NAME].strip(), email))
        self._begin()


def read_ids(value: str) -> tuple[str, ...]:
    """The message ids of a References or In-Reply-To, in their order, each once; of very many the first and the last."""
    ids = list(dict.fromkeys(f"<{found}>" for found in _ID.findall(value)))
    return tuple(ids if len(ids) <= MAX_IDS else ids[:1] + ids[1 - MAX_IDS :])


def read_id(value: str) -> str:
    """One message id with its angle brackets, also if the mail forgot them or broke it with blanks; "" if there is none."""
    found = _ID.search(value)
    if found:
        return found[0]
    bare = "".join(_CONTROLS.sub("", value).split()).strip("<>")
    return f"<{bare[:990]}>" if bare else ""


def read_date(value: str) -> datetime | None:
    """A Date in UTC; None if it is missing or makes no sense."""
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        try:
            date = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    try:
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
