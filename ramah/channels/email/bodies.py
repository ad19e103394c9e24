"""What a mail says and what it carries: its text, its HTML and its attachments, out of the tree of its parts."""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape

from ramah.channels.email.charsets import decode
from ramah.channels.email.headers import one_line, read_headers
from ramah.channels.email.mime import Part
from ramah.channels.email.reply_text import marked_text
from ramah.channels.email.tnef import read_tnef

MAX_TEXT = 1_000_000
MAX_FILENAME = 150

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_HTML_START = re.compile(r"\s*<(?:!doctype\s+html|html|body|head|div|p|table)\b", re.I)
_NOT_IN_FILENAMES = re.compile(r'[<>:"|?*\\/]+')
_CONTENT_ID = re.compile(r"cid:([^\s\"'<>()]+)", re.I)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([a-z0-9_-]{2,40})", re.I)
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,40}/[a-z0-9!#$&^_.+-]{1,80}")
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_OTHER_RENDERINGS = frozenset({"text/x-amp-html", "text/watch-html"})
_TEXT_TYPES = frozenset({"text/plain", "text/html", "text/markdown", "text/enriched", "text"})
_ENDINGS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/rfc822-headers": ".txt",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/ms-tnef": ".dat",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail. `content_type` is what the mail claims; `filename` is safe to show and to store."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    is_inline: bool = False
    content_id: str = ""

    @property
    def size(self) -> int:
        """Bytes, decoded."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Body:
    """All text of a mail, all of its HTML ("" if it has none) as written, and its files.

    `text` made from HTML carries marks of what is quoted and signed there: see `reply_text.unmarked`.
    """

    text: str
    html: str
    attachments: tuple[Attachment, ...]


@dataclass(slots=True)
class _Block:
    """One stretch of the body. No text means: the text is that of the HTML."""

    text: str = ""
    html: str = ""


def read_body(root: Part) -> Body:
    """The text, HTML and attachments of a mail."""
    blocks: list[_Block] = []
    files: list[Attachment] = []
    _read(root, root, blocks, files)
    for file in list(files):
        if file.content_type in _TNEF or file.filename.lower() == "winmail.dat":
            files += _unwrapped(file.content, blocks)
    html = "\n".join(map(_html_of, blocks)) if any(block.html for block in blocks) else ""
    shown = {content_id.lower() for content_id in _CONTENT_ID.findall(html)} if files else ()
    attachments = [
        replace(file, is_inline=True) if file.content_id.lower() in shown and file.content_id else file
        for file in files
    ]
    return Body("\n\n".join(filter(None, map(_text_of, blocks))), html, tuple(attachments))


def _read(part: Part, parent: Part, blocks: list[_Block], files: list[Attachment]) -> None:
    if part.parts and part.content_type == "multipart/alternative":
        blocks.append(_alternative(part, files))
    elif part.parts:
        for child in part.parts:
            _read(child, part, blocks, files)
    elif part.is_remainder:
        files.append(Attachment("further-parts.eml", "application/octet-stream", part.source))
    elif _is_words(part, parent, blocks):
        blocks.append(_words(part, files))
    elif part.content_type not in _OTHER_RENDERINGS:
        files.append(_attachment(part, parent))


def _alternative(part: Part, files: list[Attachment]) -> _Block:
    chosen = _Block()
    for child in part.parts:
        blocks: list[_Block] = []
        _read(child, part, blocks, files)
        if any(block.html for block in blocks):
            chosen.html = "\n".join(map(_html_of, blocks))
        elif blocks and not chosen.text:
            chosen.text = "\n\n".join(block.text for block in blocks)
    if chosen.html and len(chosen.text) < 300 and "html" in chosen.text.lower():
        chosen.text = ""  # "Your program cannot show HTML."
    return chosen


def _is_words(part: Part, parent: Part, blocks: list[_Block]) -> bool:
    if part.content_type not in _TEXT_TYPES or part.disposition[0] == "attachment":
        return False
    return not blocks or not _given_name(part) or parent.content_type == "multipart/alternative"


def _words(part: Part, files: list[Attachment]) -> _Block:
    content = part.content
    if len(content) > MAX_TEXT:
        files.append(_attachment(part, part))  # shown cut, kept whole
        content = content[:MAX_TEXT]
    charset = part.parameters.get("charset", "")
    is_html = part.content_type == "text/html"
    if is_html and not charset:
        declared = _META_CHARSET.search(content[:2000])
        charset = declared[1].decode("ascii") if declared else ""
    text = clean_text(decode(content, charset))
    if is_html or (not part.headers.first("content-type") and _HTML_START.match(text)):
        return _Block(html=text)
    if part.parameters.get("format", "").lower() == "flowed":
        text = _unflowed(text, part.parameters.get("delsp", "").lower() == "yes")
    return _Block(text=text.strip("\n").rstrip())


def clean_text(text: str) -> str:
    """Text with line feeds as line ends and without control characters."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def _unflowed(text: str, joins_words: bool) -> str:
    # format=flowed, RFC 3676: a line that ends in a blank goes on in the next.
    lines: list[str] = []
    going_on = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        quotes = len(line) - len(content)
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        shown = content[:-1] if flows and joins_words else content
        if going_on == quotes and content != "-- ":
            lines.append(shown)
        else:
            lines.append(("\n" if lines else "") + (">" * quotes + " " if quotes else "") + shown)
        going_on = quotes if flows else -1
    return "".join(lines)


def _text_of(block: _Block) -> str:
    return block.text if block.text.strip() or not block.html else marked_text(block.html)


def _html_of(block: _Block) -> str:
    return block.html or f"<div>{escape(block.text, quote=False).replace(chr(10), '<br>')}</div>"


def _given_name(part: Part) -> str:
    return part.disposition[1].get("filename") or part.parameters.get("name") or ""


def _attachment(part: Part, parent: Part) -> Attachment:
    kind = part.content_type if _TYPE.fullmatch(part.content_type) else "application/octet-stream"
    content = part.source if kind.startswith("multipart/") else part.content
    content_id = one_line(part.headers.first("content-id")).strip("<> ")[:200]
    disposition = part.disposition[0]
    is_inline = disposition == "inline" or (
        not disposition and bool(content_id) and parent.content_type == "multipart/related"
    )
    name = _given_name(part)
    if not name and kind == "message/rfc822":
        name = read_headers(content, 0, min(len(content), 200_000))[0].text("subject")[:80] + ".eml"
    return Attachment(safe_filename(name, kind), kind, content, is_inline, content_id)


def safe_filename(name: str, content_type: str = "") -> str:
    """A name to show and store a file under: without folders, control characters, turned direction or too great a length."""
    name = unicodedata.normalize("NFC", one_line(name).replace("\\", "/").rpartition("/")[2])
    name = _NOT_IN_FILENAMES.sub("_", name).strip(". ")
    stem, ending = os.path.splitext(name)
    if not stem.strip("_ "):
        ending = ending or _ENDINGS.get(content_type, "")
        stem = "attachment"
    return stem[: MAX_FILENAME - len(ending[:20])] + ending[:20]


def _unwrapped(content: bytes, blocks: list[_Block]) -> Iterator[Attachment]:
    tnef = read_tnef(content)
    if not tnef:
        return
    if not any(block.text.strip() or block.html for block in blocks):
        blocks.append(_Block(clean_text(tnef.text)[:MAX_TEXT].strip(), clean_text(tnef.html)[:MAX_TEXT]))
    for file in tnef.files:
        kind = file.content_type.lower()
        kind = kind if _TYPE.fullmatch(kind) else "application/octet-stream"
        yield Attachment(safe_filename(file.filename), kind, file.content, False, one_line(file.content_id)[:200])
