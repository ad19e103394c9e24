"""Reading HTML that others wrote: its tags one by one, and its text as a person would read it.

Time and depth are bounded by the length of the input, whatever it holds. What comes out is text: nothing here makes HTML safe.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<attributes>(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|=)*+)(?:>|\Z)"
    r"|<[!?/][^>]*+(?:>|\Z)"
    r"|(?P<text>[^<]++|<)",
    re.S,
)
_ATTRIBUTE = re.compile(r"([^\s\"'>/=]++)\s*+(?:=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]++)))?")
_END_OF_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.I)
    for name in ("script", "style", "title", "iframe", "xmp", "noembed", "noframes")
}
_BLANKS = re.compile(r"[ \t\n\r\f\xa0\u2003]+")
_MANY_LINES = re.compile(r"\n[ \t]*\n\s*\n")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names(
    """
    address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1
    h2 h3 h4 h5 h6 header hr html li main nav ol pre section summary table tbody tfoot thead tr ul
    """
)
_APART = _names(
    """
    p h1 h2 h3 h4 h5 h6 ul ol table pre blockquote
    """
)


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag as it stands in HTML: lower-case name, its attributes as written."""

    name: str
    is_end: bool
    source: str

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes by lower-case name, entities decoded, the first of equal names."""
        found: dict[str, str] = {}
        for name, double, single, bare in _ATTRIBUTE.findall(self.source):
            found.setdefault(name.lower(), html.unescape(double or single or bare))
        return found


def tokens(source: str) -> Iterator[Tag | str]:
    """The tags and texts (entities not decoded) of HTML, in their order. Comments and the insides of scripts are left out."""
    position = 0
    length = len(source)
    while position < length:
        for found in _TOKEN.finditer(source, position):
            position = found.end()
            if found["text"]:
                yield found["text"]
            elif found["name"]:
                tag = Tag(found["name"].lower(), bool(found["close"]), found["attributes"])
                yield tag
                if not tag.is_end and tag.name in _END_OF_RAW:
                    end = _END_OF_RAW[tag.name].search(source, position)
                    position = end.start() if end else length
                    break
        else:
            return


def html_to_text(source: str, *, quote_mark: Callable[[Tag], str] | None = None) -> str:
    """The text of HTML with its paragraphs, list items, table cells and quotations (`> `).

    `quote_mark` may name a line to set before an element: mail programs mark the start of a quotation in their own ways.
    """
    return _Writer(quote_mark).text_of(source)


class _Writer:
    def __init__(self, quote_mark: Callable[[Tag], str] | None) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.preformatted = 0
        self.quote_mark = quote_mark

    def text_of(self, source: str) -> str:
        for token in tokens(source):
            if isinstance(token, str):
                self._write(token)
            else:
                self._tag(token)
        self._end_line()
        return _MANY_LINES.sub("\n\n", "\n".join(self.lines)).strip()

    def _write(self, text: str) -> None:
        text = html.unescape(text) if "&" in text else text
        if self.preformatted:
            first, *more = text.replace("\r\n", "\n").split("\n")
            self.line.append(first)
            for line in more:
                self._end_line(keep=True)
                self.line.append(line)
        else:
            self.line.append(text if text.isprintable() and "  " not in text else _BLANKS.sub(" ", text))

    def _end_line(self, *, keep: bool = False) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.preformatted else _BLANKS.sub(" ", text).strip() if "  " in text else text.strip()
        if text or keep:
            self.lines.append("> " * min(self.quotes, 9) + text if self.quotes else text)
        self.line.clear()

    def _blank_line(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append("> " * min(self.quotes, 9) if self.quotes else "")

    def _tag(self, tag: Tag) -> None:
        name = tag.name
        if name == "br":
            self._end_line(keep=True)
        elif name in _BLOCKS or name == "p":
            self._block(tag)
        elif name in ("td", "th"):
            self.line.append(" ")
        elif name == "img":
            alt = tag.attributes.get("alt", "")
            self.line.append(alt if len(alt) < 5 and not alt.isascii() else "")  # an emoji

    def _block(self, tag: Tag) -> None:
        self._end_line()
        if tag.name == "blockquote" and tag.is_end:
            self.quotes = max(0, self.quotes - 1)
        if tag.name in _APART:
            self._blank_line()
        if tag.name == "pre":
            self.preformatted = max(0, self.preformatted + (-1 if tag.is_end else 1))
        if not tag.is_end:
            self._begin_block(tag)

    def _begin_block(self, tag: Tag) -> None:
        self.quotes += tag.name == "blockquote"
        mark = self.quote_mark(tag) if self.quote_mark else ""
        if mark:
            self.lines.append(mark)
        if tag.name == "li":
            self.line.append("- ")
        elif tag.name == "hr":
            self.lines.append("> " * min(self.quotes, 9) + "---" if self.quotes else "---")
