"""Opening `winmail.dat` (TNEF), in which Outlook sometimes wraps what it sends. Reads the files and the body, nothing else.

Format: [MS-OXTNEF]. One pass over the bytes; what is broken ends the reading, and what was read until there counts.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ramah.channels.email.charsets import decode

MAX_FILES = 200

_SIGNATURE = 0x223E9F78
_BODY, _FILE_DATA, _FILE_TITLE = 0x800C, 0x800F, 0x8010
_FILE_BEGINS, _MESSAGE_PROPERTIES, _FILE_PROPERTIES = 0x9002, 0x9003, 0x9005
_CODE_PAGE = 0x9007
_P_BODY, _P_HTML, _P_FILENAME, _P_LONG_FILENAME = 0x1000, 0x1013, 0x3704, 0x3707
_P_CONTENT, _P_TYPE, _P_CONTENT_ID = 0x3701, 0x370E, 0x3712
_WIDTHS = {0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0x0D, 0x1E, 0x1F, 0x102})


@dataclass(slots=True)
class TnefFile:
    """One file found in a TNEF stream, as it is named there."""

    filename: str = ""
    content_type: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Tnef:
    """What was found in a TNEF stream."""

    text: str
    html: str
    files: list[TnefFile]


def read_tnef(data: bytes) -> Tnef | None:
    """The body and the files in a TNEF stream; None if it is none."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    found = Tnef("", "", [])
    charset = "cp1252"
    for name, value in _attributes(data):
        if name == _CODE_PAGE and len(value) >= 4:
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        elif name == _FILE_BEGINS and len(found.files) < MAX_FILES:
            found.files.append(TnefFile())
        elif name in (_BODY, _MESSAGE_PROPERTIES):
            _read_message(found, name, value, charset)
        elif found.files:
            _read_file(found.files[-1], name, value, charset)
    found.files = [file for file in found.files if file.content]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    while position + 11 <= len(data):
        name, _, length = struct.unpack_from("<HHI", data, position + 1)
        if position + 9 + length > len(data):
            return
        yield name, data[position + 9 : position + 9 + length]
        position += 11 + length


def _read_message(found: Tnef, name: int, value: bytes, charset: str) -> None:
    if name == _BODY:
        found.text = decode(value.rstrip(b"\0"), charset)
        return
    for key, kind, content in _properties(value):
        if key == _P_BODY:
            found.text = _string(kind, content, charset) or found.text
        elif key == _P_HTML:
            found.html = _string(kind, content, "")


def _read_file(file: TnefFile, name: int, value: bytes, charset: str) -> None:
    if name == _FILE_TITLE:
        file.filename = file.filename or decode(value.rstrip(b"\0"), charset)
    elif name == _FILE_DATA:
        file.content = value
    elif name == _FILE_PROPERTIES:
        found = {key: (kind, content) for key, kind, content in _properties(value)}
        named = found.get(_P_LONG_FILENAME) or (None if file.filename else found.get(_P_FILENAME))
        file.filename = _string(*named, charset) if named else file.filename
        file.content_type = _string(*found.get(_P_TYPE, (0, b"")), charset)
        file.content_id = _string(*found.get(_P_CONTENT_ID, (0, b"")), charset)
        file.content = found.get(_P_CONTENT, (0, b""))[1][16:] or file.content  # after the id of an interface


def _string(kind: int, content: bytes, charset: str) -> str:
    return decode(content, "utf-16-le").rstrip("\0") if kind == 0x1F else decode(content.rstrip(b"\0"), charset)


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    try:
        yield from _read_properties(data)
    except (struct.error, KeyError):
        return


def _read_properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    (count,) = struct.unpack_from("<I", data)
    position = 4
    for _ in range(min(count, len(data) // 8)):
        kind, name = struct.unpack_from("<HH", data, position)
        position += 4
        if name >= 0x8000:  # a named property: a GUID, then a number or a name
            (is_name, length) = struct.unpack_from("<II", data, position + 16)
            position += 24 + (-(-length // 4) * 4 if is_name else 0)
        values = 1
        if kind & 0x1000 or kind & 0xFFF in _VARIABLE:
            (values,) = struct.unpack_from("<I", data, position)
            position += 4
        for _ in range(min(values, len(data))):
            if kind & 0xFFF in _VARIABLE:
                (length,) = struct.unpack_from("<I", data, position)
                position += 4
                step = -(-length // 4) * 4
            else:
                length = step = _WIDTHS[kind & 0xFFF]
            if position + length > len(data):
                return
            yield name, kind & 0xFFF, data[position : position + length]
            position += step
