"""Reads the words on the pages of a PDF as reportlab writes it uncompressed."""

import re

_OBJECT = re.compile(rb"(?<!\d)(\d+) 0 obj\n(.*?)\nendobj", re.S)
_FONT = re.compile(rb"/(F\d+\+\d+) (\d+) 0 R")
_SHOWN = re.compile(rb"/(F\d+(?:\+\d+)?) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", re.S)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.S)


def pages_of(pdf: bytes) -> list[str]:
    """The words of each page, in the order in which they were written."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts = {name: _letters(objects, objects[int(key)]) for name, key in _FONT.findall(pdf)}
    kids = re.findall(rb"/Kids \[ ([^\]]*) \]", pdf)[0]
    return [_words(objects, objects[int(key)], fonts) for key in re.findall(rb"(\d+) 0 R", kids)]


def _letters(objects, font):
    key = int(re.search(rb"/ToUnicode (\d+) 0 R", font)[1])
    pairs = re.findall(rb"<([0-9A-F]{2})> <([0-9A-F]{4})>", objects[key])
    return {int(code, 16): chr(int(letter, 16)) for code, letter in pairs}


def _words(objects, page, fonts):
    stream = objects[int(re.search(rb"/Contents (\d+) 0 R", page)[1])]
    letters, shown = {}, []
    for font, text in _SHOWN.findall(stream):
        if font:
            letters = fonts.get(font, {})
            continue
        raw = _ESCAPE.sub(lambda found: _unescaped(found[1]), text)
        shown.append("".join(letters.get(code, "") for code in raw))
    return " ".join(" ".join(shown).split())


def _unescaped(sign):
    if len(sign) == 3:
        return bytes([int(sign, 8)])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(sign, sign)
