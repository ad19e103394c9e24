"""Bytes into rows: which encoding, which separator, which heading is which column. One row in memory at a time."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from ramah.commerce.imports.columns import Column, columns_found, normalized
from ramah.commerce.imports.records import Fault, FileRefused

MAX_FIELD = 131_072
MAX_LINE = 4_000_000
MAX_COLUMNS = 400
_CHUNK = 1 << 16
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file: the line it begins on, and its cells by column name, trimmed.

    Empty cells are left out, but for columns in which an empty cell says something.
    """

    line: int
    cells: dict[str, str]


class Table:
    """A CSV file with its heading read: iterate for `Row`s, and for `Fault`s where a row cannot be read."""

    def __init__(self, source: BinaryIO, columns: tuple[Column, ...], *, encoding: str = "") -> None:
        self.encoding = encoding or sniff_encoding(source)
        source.seek(0)
        try:
            text = io.TextIOWrapper(source, encoding=self.encoding, newline="")
            sample = text.read(_CHUNK)
            text.seek(0)
        except (LookupError, UnicodeError) as error:
            reason = _("it cannot be read as %(encoding)s; save it as UTF-8, or give --encoding")
            raise FileRefused(reason % {"encoding": self.encoding}) from error
        self._text = text  # keeps the wrapper alive; it would close the file
        self._reader = csv.reader(_lines(text), delimiter=_delimiter(sample))
        try:
            heading = next(self._reader)
        except (StopIteration, csv.Error, UnicodeError):
            raise FileRefused(_("the file is empty: its first line must name the columns"), line=1) from None
        if len(heading) > MAX_COLUMNS:
            told = {"count": len(heading), "most": MAX_COLUMNS}
            raise FileRefused(_("it has %(count)d columns; at most %(most)d are read") % told, line=1)
        self.columns = columns_found(heading, columns)
        self._clearing = {column.name for column in columns if column.clears}
        used = set(self.columns.values())
        self.unused = [name for place, name in enumerate(heading) if place not in used and normalized(name)]

    def __iter__(self) -> Iterator[Row | Fault]:
        while True:
            line = self._reader.line_num + 1
            try:
                values = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                reason = _("a cell is longer than %(most)s characters; is a quotation mark left open?")
                yield Fault(line, "", reason % {"most": number_format(MAX_FIELD, force_grouping=True)})
                continue
            except FileRefused as error:
                yield Fault(line, "", error.reason)
                return
            except UnicodeError:
                reason = _("from here on it is not %(encoding)s; nothing further is read; save the file as UTF-8")
                yield Fault(line, "", reason % {"encoding": self.encoding})
                return
            if any(values):
                yield self._row(line, values)

    def _row(self, line: int, values: list[str]) -> Row:
        cells = {name: values[at].strip() for name, at in self.columns.items() if at < len(values)}
        return Row(line, {name: cell for name, cell in cells.items() if cell or name in self._clearing})

    def detach(self) -> None:
        """Let go of the file without closing it."""
        self._text.detach()


def sniff_encoding(source: BinaryIO) -> str:
    """UTF-8 (with or without mark), UTF-16, or Windows-1251, found by reading the whole file once.

    Raises `FileRefused` for what is no text.
    """
    head = source.read(4096)
    source.seek(0)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")):
        raise FileRefused(_("it is no text; save the sheet as CSV (UTF-8) and import that"), line=1)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        # Without a mark: in UTF-16 text every other byte of ASCII is null.
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    for encoding in ("utf-8", "cp1251"):
        if _is(source, encoding):
            return encoding
    reason = _("it is neither UTF-8 nor Windows-1251; save it as UTF-8, or give --encoding")
    raise FileRefused(reason, line=1)


def _is(source: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    source.seek(0)
    try:
        while chunk := source.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(sample: str) -> str:
    """The separator that the heading has most of; tab, semicolon or comma."""
    heading = sample.lstrip().splitlines()[0] if sample.strip() else ""
    return max(",;\t", key=heading.count)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            reason = _("a line is longer than %(most)s characters; nothing further is read")
            raise FileRefused(reason % {"most": number_format(MAX_LINE, force_grouping=True)})
        yield line.replace("\0", "")  # no database keeps a null character in a text
