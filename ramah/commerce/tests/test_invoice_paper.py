"""What stands on the paper of an invoice."""

from datetime import date

import pytest
from django.utils.translation import get_language, override

from ramah.commerce.invoice_paper import InvoicePaper, PaperLine, pdf_of
from ramah.commerce.tests.pdf_text import pages_of


def paper(**facts):
    facts = {
        "language": "en",
        "number": "INV-00012",
        "issued_on": date(2026, 3, 2),
        "order_number": "R-10023",
        "ordered_on": date(2026, 3, 1),
        "seller": ["PT Toko Lestari", "Jl. Kemang 1", "Tax number 01.234.567"],
        "buyer": ["Dana Putri", "Jl. Margonda Raya 21"],
        "lines": [PaperLine("Sanur linen shirt", "M, Indigo", 2, "Rp\xa0389.000", "Rp\xa0778.000")],
        "sums": [("Goods", "Rp\xa0778.000"), ("Discount", "-Rp\xa078.000")],
        "total": "Rp\xa0700.000",
        "settled": [("Paid", "Rp\xa0700.000")],
    } | facts
    return InvoicePaper(**facts)


def text_of(**facts):
    return " ".join(pages_of(pdf_of(paper(**facts), is_compressed=False)))


def test_all_that_a_bookkeeper_looks_for_stands_there():
    text = text_of()

    for words in (
        "PT Toko Lestari",
        "Tax number 01.234.567",
        "Dana Putri",
        "INV-00012",
        "R-10023",
        "2 March 2026",
        "1 March 2026",
        "Sanur linen shirt M, Indigo 2 Rp 389.000 Rp 778.000",
        "Goods Rp 778.000 Discount -Rp 78.000 Total Rp 700.000 Paid Rp 700.000",
        "Page 1",
    ):
        assert words in text.replace("\xa0", " "), words


def test_the_typeface_has_cyrillic_and_the_signs_of_currencies():
    title = "Лляна сукня Ґ є і ї ’ “довга” № 5"

    text = text_of(language="uk", lines=[PaperLine(title, "", 1, "1\xa0249\xa0₴", "1\xa0249,50\xa0₴")], total="€ 5 £ 6")

    assert title in text
    assert "1 249,50 ₴" in text.replace("\xa0", " ")
    assert "€ 5 £ 6" in text
    assert "2 березня 2026" in text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<b>bold</b> & <img src=x>", "<b>bold</b> & <img src=x>"),
        ("<para><font size=99>big", "<para><font size=99>big"),
        ("&amp;lt;", "&amp;lt;"),
        ("two\nlines\x00\x07\x1b", "two lines"),
        ("漢字 😀 shirt", "?? ? shirt"),
        ("a\u202eb\u200bc", "abc"),
        ("\ud800quiz", "quiz"),
    ],
)
def test_what_customers_type_is_text_and_nothing_else(typed, shown):
    text = text_of(buyer=[typed], lines=[PaperLine(typed, typed, 1, "1", "1")])

    # Around signs that markup would need, the words come in pieces.
    assert text.replace(" ", "").count(shown.replace(" ", "")) == 3


def test_long_words_and_titles_wrap_and_lose_nothing():
    word = "x" * 250

    text = text_of(lines=[PaperLine(word, word, 1, "1", "1")], buyer=[word], seller=[word])

    assert text.count("x") == 3 * 250 + 120  # the letterhead is cut


def test_many_lines_go_over_pages_and_each_says_what_its_columns_are():
    lines = [PaperLine(f"Shirt {number}", "M", number, "Rp 1", "Rp 1") for number in range(120)]

    pages = pages_of(pdf_of(paper(lines=lines), is_compressed=False))

    assert len(pages) >= 4
    assert all("Product Pieces Price Amount" in page for page in pages[:-1])
    assert all(f"Page {number}" in page for number, page in enumerate(pages, 1))
    assert sum(page.count("Shirt ") for page in pages) == 120
    assert pages[-1].count("Total") == 1


def test_a_long_address_of_the_shop_is_cut_instead_of_breaking_the_page():
    text = text_of(seller=[f"line {number} " + "y" * 2000 for number in range(200)])

    assert "line 0" in text
    assert "INV-00012" in text


def test_the_language_of_whoever_asks_stays_what_it_was():
    with override("id"):
        pdf_of(paper(language="uk"))
        assert get_language() == "id"


def test_the_same_facts_give_the_same_bytes_and_a_small_file():
    first = pdf_of(paper())

    assert first == pdf_of(paper())
    assert first.startswith(b"%PDF-")
    assert len(first) < 60_000
