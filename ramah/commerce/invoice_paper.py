"""The invoice as a page to keep: what stands on it in, the bytes of a PDF out. Pure: no rows, no clock.

A4, in the language of the order, set in Roboto (Latin, Cyrillic and the signs of currencies; from the package font-roboto). Texts
of customers are texts: markup is shown as it was typed, and what the typeface cannot show becomes a question mark.
"""

import io
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any
from xml.sax.saxutils import escape

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from font_roboto import font_files  # type: ignore[import-untyped]
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import KeepTogether, LongTable, Paragraph, SimpleDocTemplate, Spacer, Table

_MARGIN = 20 * mm
_FRAME = 6  # points that the library keeps free inside of its margins
_MOST_LINES, _MOST_SIGNS = 10, 120
_WIDTH = A4[0] - 2 * _MARGIN
_SEA, _LINE, _QUIET = HexColor("#0c5b5d"), HexColor("#d9d5ca"), HexColor("#545047")
_FACES = {"Roboto": font_files["Roboto"], "Roboto-Bold": font_files["RobotoBold"]}


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line of the invoice, amounts as they are written."""

    title: str
    detail: str
    quantity: int
    unit: str
    total: str


@dataclass(frozen=True, slots=True)
class InvoicePaper:
    """All that stands on an invoice. `sums` lead to the total, `settled` from there to what is left; `note` ends it."""

    language: str
    number: str
    issued_on: date
    order_number: str
    ordered_on: date
    seller: Sequence[str]
    buyer: Sequence[str]
    lines: Sequence[PaperLine]
    sums: Sequence[tuple[str, str]]
    total: str
    settled: Sequence[tuple[str, str]] = ()
    note: str = ""


def pdf_of(paper: InvoicePaper, *, is_compressed: bool = True) -> bytes:
    """The invoice as a PDF; the same facts give the same bytes."""
    with translation.override(paper.language):
        title = _("Invoice %(number)s") % {"number": paper.number}
        target = io.BytesIO()
        document = SimpleDocTemplate(
            target,
            pagesize=A4,
            leftMargin=_MARGIN - _FRAME,
            rightMargin=_MARGIN - _FRAME,
            topMargin=_MARGIN,
            bottomMargin=24 * mm,
            title=_plain(title),
            author=_plain(next(iter(paper.seller), "")),
            lang=paper.language,
            pageCompression=int(is_compressed),
            invariant=1,
        )
        foot = partial(_foot, words=_plain(title))
        document.build(_story(paper, title), onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


def _story(paper: InvoicePaper, title: str) -> list[Any]:
    # A cell cannot go over pages: what the merchant wrote is cut to what a letterhead holds.
    seller = [line[:_MOST_SIGNS] for line in paper.seller[:_MOST_LINES]]
    head = Table([[_block(seller, bold_first=True), _dates(paper)]], colWidths=[_WIDTH * 0.55, _WIDTH * 0.45])
    head.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_no_padding()])
    return [
        head,
        Spacer(1, 10 * mm),
        _text(_("Billed to"), "quiet"),
        *_block(paper.buyer, bold_first=True),
        Spacer(1, 9 * mm),
        _text(title, "title"),
        Spacer(1, 4 * mm),
        _lines(paper.lines),
        Spacer(1, 4 * mm),
        KeepTogether([_sums(paper)]),
        *([Spacer(1, 8 * mm), _text(paper.note, "quiet")] if paper.note else []),
    ]


def _dates(paper: InvoicePaper) -> Table:
    facts = [
        (pgettext("invoice", "Number"), paper.number),
        (pgettext("invoice", "Date"), date_format(paper.issued_on, "j E Y")),
        (_("Order"), paper.order_number),
        (_("Ordered on"), date_format(paper.ordered_on, "j E Y")),
    ]
    table = Table(
        [[_text(name, "quiet"), _text(value, "right")] for name, value in facts],
        colWidths=[_WIDTH * 0.19, _WIDTH * 0.26],
    )
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_no_padding()])
    return table


def _lines(lines: Sequence[PaperLine]) -> LongTable:
    head = [
        _text(pgettext("invoice", "Product"), "head"),
        _text(pgettext("invoice", "Pieces"), "head-right"),
        _text(pgettext("invoice", "Price"), "head-right"),
        _text(pgettext("invoice", "Amount"), "head-right"),
    ]
    rows = [
        [
            [_text(line.title), *([_text(line.detail, "quiet")] if line.detail else [])],
            _text(str(line.quantity), "right"),
            _text(line.unit, "right"),
            _text(line.total, "right"),
        ]
        for line in lines
    ]
    widths = [_WIDTH * share for share in (0.47, 0.13, 0.2, 0.2)]
    table = LongTable([head, *rows], colWidths=widths, repeatRows=1)
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, _SEA),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, _LINE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ]
    )
    return table


def _sums(paper: InvoicePaper) -> Table:
    rows = [[_text(words), _text(amount, "right")] for words, amount in paper.sums]
    rows.append([_text(_("Total"), "total"), _text(paper.total, "total-right")])
    rows += [[_text(words), _text(amount, "right")] for words, amount in paper.settled]
    table = Table(rows, colWidths=[_WIDTH * 0.3, _WIDTH * 0.25], hAlign="RIGHT")
    last = len(paper.sums)
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEABOVE", (0, last), (-1, last), 0.8, _SEA),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ]
    )
    return table


def _block(lines: Sequence[str], *, bold_first: bool) -> list[Paragraph]:
    return [_text(line, "bold" if bold_first and not place else "text") for place, line in enumerate(lines)]


def _foot(canvas: Any, document: Any, *, words: str) -> None:
    canvas.saveState()
    canvas.setFont(_faces()[0], 8)
    canvas.setFillColor(_QUIET)
    canvas.drawString(_MARGIN, 14 * mm, words[:90])
    canvas.drawRightString(A4[0] - _MARGIN, 14 * mm, _("Page %(page)d") % {"page": document.page})
    canvas.restoreState()


def _text(words: str, style: str = "text") -> Paragraph:
    return Paragraph(escape(_plain(words)), _styles()[style])


def _plain(words: str) -> str:
    """One line, of signs that the typeface has."""
    known = pdfmetrics.getFont(_faces()[0]).face.charToGlyph
    signs = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in words)
    kept = (sign for sign in signs if not _is_unseen(sign, known))
    return "".join(sign if ord(sign) in known else "?" for sign in kept)


def _is_unseen(sign: str, known: Container[int]) -> bool:
    kind = unicodedata.category(sign)
    return kind in {"Cf", "Cs"} or (kind == "Mn" and ord(sign) not in known)


def _no_padding() -> list[tuple[Any, ...]]:
    return [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP")]


@cache
def _faces() -> tuple[str, str]:
    for name, file in _FACES.items():
        pdfmetrics.registerFont(TTFont(name, file))
    return "Roboto", "Roboto-Bold"


@cache
def _styles() -> dict[str, ParagraphStyle]:
    plain, bold = _faces()
    text = ParagraphStyle("text", fontName=plain, fontSize=9.5, leading=13.5)
    quiet = ParagraphStyle("quiet", text, fontSize=8.5, leading=12, textColor=_QUIET)
    head = ParagraphStyle("head", quiet, fontName=bold)
    total = ParagraphStyle("total", text, fontName=bold, fontSize=12, leading=17)
    return {
        "text": text,
        "quiet": quiet,
        "head": head,
        "total": total,
        "bold": ParagraphStyle("bold", text, fontName=bold),
        "title": ParagraphStyle("title", text, fontName=bold, fontSize=18, leading=23, textColor=_SEA),
        "right": ParagraphStyle("right", text, alignment=TA_RIGHT),
        "head-right": ParagraphStyle("head-right", head, alignment=TA_RIGHT),
        "total-right": ParagraphStyle("total-right", total, alignment=TA_RIGHT),
    }
