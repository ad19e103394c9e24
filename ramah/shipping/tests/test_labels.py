"""Labels: what stands on them, for people and for machines, whatever the address is made of."""

from dataclasses import replace

import pytest
from django.utils import translation

from ramah.kernel.money import Money
from ramah.shipping import labels
from ramah.shipping.carriers.contract import Address, ParcelAsked
from ramah.shipping.labels import LabelPaper, paper_of, pdf_of

HOME = Address("Toko Laut", "Jl. Kemang 1\nLantai 2", "Jakarta", "ID", "Jakarta", "12730", "+62211")
GOAL = Address("Марія Шевченко", "вул. Хрещатик 22", "Київ", "UA", "Київ", "01001", "+380441234567")
PARCEL = ParcelAsked(HOME, GOAL, 1200, Money(389000, "IDR"), "TL-7", cash=Money(389000, "IDR"))


def paper(parcel=PARCEL, *, number="RM0123456789", language="en"):
    with translation.override(language):
        return paper_of(parcel, carrier="JNE", service="REG", number=number)


class Board:
    """A canvas that remembers what was written on it, and where."""

    def __init__(self, canvas):
        self.canvas, self.written = canvas, []

    def __getattr__(self, name):
        return getattr(self.canvas, name)

    def drawString(self, x, y, words):
        self.written.append((words, y))
        self.canvas.drawString(x, y, words)

    def drawRightString(self, x, y, words):
        self.written.append((words, y))
        self.canvas.drawRightString(x, y, words)

    drawCentredString = drawRightString


@pytest.fixture
def written(monkeypatch):
    """What is written on labels from now on, as (words, height)."""
    boards, draw = [], labels._draw

    def draw_on_board(canvas, paper):
        boards.append(Board(canvas))
        draw(boards[-1], paper)

    monkeypatch.setattr(labels, "_draw", draw_on_board)
    return lambda: boards[-1].written


def test_all_that_a_carrier_needs_stands_on_it(written):
    content = pdf_of(paper())

    words = [words for words, _height in written()]
    assert content.startswith(b"%PDF-")
    assert words == [
        "JNE",
        "REG",
        "Sender",
        "Toko Laut",
        "Jl. Kemang 1",
        "Lantai 2",
        "Jakarta 12730, ID",
        "+62211",
        "Recipient",
        "Марія Шевченко",
        "вул. Хрещатик 22",
        "Київ 01001, UA",
        "+380441234567",
        "Order: TL-7",
        "Weight: 1200 g",
        "Cash on delivery",
        "Rp\xa0389.000",
        "RM0123456789",
    ]


def test_nothing_is_said_of_money_that_nobody_takes():
    assert paper(replace(PARCEL, cash=None)).cash == ""


def test_the_same_facts_give_the_same_bytes_on_either_paper():
    one, other = pdf_of(paper()), pdf_of(paper())
    assert one == other
    a4 = pdf_of(paper(), size="A4", is_compressed=False)
    assert b"/MediaBox [ 0 0 595.2756 841.8898 ]" in a4
    assert b"/MediaBox [ 0 0 297.6378 419.5276 ]" in pdf_of(paper(), is_compressed=False)


@pytest.mark.parametrize(
    "number",
    ["1", "RM0123456789", "1001921334250001000300779017972697", "X" * 60, "1Z-5R89 390"],
)
def test_a_number_of_any_length_stands_on_it(written, number):
    pdf_of(paper(number=number))
    assert number in [words for words, _height in written()][-1] or len(number) > 40


@pytest.mark.parametrize("number", ["", "№5", "1\n2", "\0"])
def test_what_no_bar_code_can_say_is_no_number(number):
    with pytest.raises(ValueError, match="ASCII"):
        pdf_of(paper(number=number))


HOSTILE = (
    "x" * 5000,
    "<b>bold</b> & more",
    "名前 \ud800 \0\x1b[31m",
    "مرحبا",
    "‮evil",
    "a\u2028b",
    "\n" * 50,
    "🐦" * 300,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_an_address_is_made_of_it_stays_in_its_place(written, text):
    hostile = Address(*([text] * 9))
    pdf_of(paper(replace(PARCEL, origin=hostile, destination=hostile, reference=text)))

    heights = [height for _words, height in written()]
    number_at = heights[-1]
    assert min(heights[:-1]) > number_at + 60  # the bar code is never written over
    assert max(heights) < 420


def test_markup_is_shown_as_it_was_typed(written):
    pdf_of(paper(replace(PARCEL, destination=replace(GOAL, name="<i>Dana</i>"))))
    assert "<i>Dana</i>" in [words for words, _height in written()]


@pytest.mark.parametrize("language", ["id", "uk"])
def test_a_label_is_in_the_language_of_whoever_makes_it(written, language):
    pdf_of(paper(language=language))
    assert "TL-7" in " ".join(words for words, _height in written())


def test_an_empty_label_is_still_one():
    assert pdf_of(LabelPaper("", "", "1", [], [], [])).startswith(b"%PDF-")
