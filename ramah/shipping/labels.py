"""The label that is stuck on a parcel, as a page: what stands on it in, the bytes of a PDF out. Pure: no rows, no clock.

A6, or A4 with the label on its upper left quarter, for printers without a roll. The number stands there as a Code 128 and
a QR code for machines, and in letters for people. Set in Roboto; what the typeface cannot show becomes a question mark.
"""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django.utils.translation import gettext as _
from font_roboto import font_files  # type: ignore[import-untyped]
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4, A6
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ramah.kernel.money import format_money
from ramah.shipping.carriers.contract import Address, ParcelAsked

Size = Literal["A6", "A4"]
_EDGE, _QR = 6 * mm, 28 * mm
_MOST_SIGNS, _MOST_LINES = 200, 3
_NARROW, _WIDE = 0.22 * mm, 0.5 * mm


@dataclass(frozen=True, slots=True)
class LabelPaper:
    """All that stands on a label; `cash` is what is taken at the door, as it is written. `qr` is what the QR code says."""

    carrier: str
    service: str
    number: str
    sender: Sequence[str]
    recipient: Sequence[str]
    facts: Sequence[tuple[str, str]]
    cash: str = ""
    qr: str = ""


def paper_of(parcel: ParcelAsked, *, carrier: str, service: str, number: str, qr: str = "") -> LabelPaper:
    """The label of a parcel, in the active language."""
    facts = [(_("Order"), parcel.reference)]
    if parcel.grams:
        facts.append((_("Weight"), _("%(grams)d g") % {"grams": parcel.grams}))
    return LabelPaper(
        carrier=carrier,
        service=service,
        number=number,
        sender=_lines(parcel.origin),
        recipient=_lines(parcel.destination),
        facts=facts,
        cash=format_money(parcel.cash) if parcel.cash else "",
        qr=qr or number,
    )


def pdf_of(paper: LabelPaper, *, size: Size = "A6", is_compressed: bool = True) -> bytes:
    """The label as a PDF; the same facts give the same bytes. Raises ValueError for a number that no bar code can say."""
    if not paper.number or not paper.number.isascii() or not paper.number.isprintable():
        raise ValueError("a label needs a number of ASCII signs")
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4 if size == "A4" else A6, invariant=1, pageCompression=int(is_compressed))
    canvas.setTitle(paper.number)
    if size == "A4":
        canvas.translate(0, A4[1] - A6[1])
    _draw(canvas, paper)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _draw(canvas: Canvas, paper: LabelPaper) -> None:
    width, height = A6
    inner = width - 2 * _EDGE
    y = height - _EDGE - 14
    _write(canvas, _EDGE, y, _fit(paper.carrier, 16, inner * 0.6), 16, bold=True)
    canvas.setFont(_faces()[0], 10)
    canvas.drawRightString(width - _EDGE, y, _fit(paper.service, 10, inner * 0.38))
    y = _rule(canvas, y - 6)
    y = _block(canvas, y, _("Sender"), paper.sender, size=8, most=5)
    y = _rule(canvas, y)
    y = _block(canvas, y, _("Recipient"), paper.recipient, size=12, most=8, bold=True)
    y = _rule(canvas, y)
    _foot(canvas, paper, y, inner)


def _foot(canvas: Canvas, paper: LabelPaper, y: float, inner: float) -> None:
    """Facts and money on the left, the QR code on the right, the bar code and the number below."""
    _square(canvas, paper.qr or paper.number, A6[0] - _EDGE - _QR, y - _QR)
    line = y - 11
    for name, value in paper.facts:
        _write(canvas, _EDGE, line, _fit(f"{name}: {value}", 9, inner - _QR - 8), 9)
        line -= 13
    if paper.cash:
        _write(canvas, _EDGE, line - 6, _fit(_("Cash on delivery"), 9, inner - _QR - 8), 9)
        _write(canvas, _EDGE, line - 22, _fit(paper.cash, 14, inner - _QR - 8), 14, bold=True)
    _bars(canvas, paper.number, inner)
    canvas.setFont(_faces()[1], 12)
    canvas.drawCentredString(A6[0] / 2, _EDGE, _fit(paper.number, 12, inner))


def _bars(canvas: Canvas, number: str, inner: float) -> None:
    """The number as Code 128, as wide as there is room; one that is too long for that stands in the QR code alone."""
    modules = Code128(number, barWidth=1, quiet=False).width
    wide = min(_WIDE, inner / modules)
    if wide >= _NARROW:
        bars = Code128(number, barHeight=16 * mm, barWidth=wide, quiet=False)
        bars.drawOn(canvas, (A6[0] - bars.width) / 2, _EDGE + 14)


def _block(
    canvas: Canvas, y: float, title: str, lines: Sequence[str], *, size: float, most: int, bold: bool = False
) -> float:
    """A title and its lines, downward from `y`; where they end. What is long goes on in the next line; `most` are shown."""
    y -= 9
    _write(canvas, _EDGE, y, title, 7)
    faces = [_faces()[bool(bold and not place)] for place in range(len(lines))]
    parts = [
        (face, part)
        for face, words in zip(faces, lines, strict=True)
        for part in simpleSplit(_plain(words), face, size, A6[0] - 2 * _EDGE)[:_MOST_LINES]
    ]
    for face, part in parts[:most]:
        y -= size * 1.25
        canvas.setFont(face, size)
        canvas.drawString(_EDGE, y, part)
    return y - 6


def _square(canvas: Canvas, words: str, x: float, y: float) -> None:
    code = QrCodeWidget(words[:300], barLevel="M")
    left, bottom, right, top = code.getBounds()
    drawing = Drawing(_QR, _QR, transform=(_QR / (right - left), 0, 0, _QR / (top - bottom), 0, 0))
    drawing.add(code)
    renderPDF.draw(drawing, canvas, x, y)


def _rule(canvas: Canvas, y: float) -> float:
    canvas.setLineWidth(0.8)
    canvas.line(_EDGE, y, A6[0] - _EDGE, y)
    return y - 2


def _write(canvas: Canvas, x: float, y: float, words: str, size: float, *, bold: bool = False) -> None:
    canvas.setFont(_faces()[bold], size)
    canvas.drawString(x, y, words)


def _fit(words: str, size: float, width: float) -> str:
    """As much of the words as goes into the width."""
    words = _plain(words)
    while words and pdfmetrics.stringWidth(words, _faces()[1], size) > width:
        words = words[:-1]
    return words


def _lines(of: Address) -> list[str]:
    place = " ".join(filter(None, (of.city, of.postal_code)))
    region = "" if of.region == of.city else of.region
    lines = (
        of.name,
        of.company,
        *of.street.splitlines(),
        ", ".join(filter(None, (place, region, of.country))),
        of.phone,
    )
    return [line for line in lines if line]


def _plain(words: str) -> str:
    """One line, of signs that the typeface has."""
    known = pdfmetrics.getFont(_faces()[0]).face.charToGlyph
    words = unicodedata.normalize("NFC", words[:_MOST_SIGNS])
    signs = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in words)
    return "".join(
        sign if ord(sign) in known else "?" for sign in signs if unicodedata.category(sign) not in {"Cf", "Cs"}
    )


@cache
def _faces() -> tuple[Any, Any]:
    for name, file in (("Roboto", "Roboto"), ("Roboto-Bold", "RobotoBold")):
        pdfmetrics.registerFont(TTFont(name, font_files[file]))
    return "Roboto", "Roboto-Bold"
