"""Bytes into rows: encodings, separators, headings, and files that are none."""

import io

import pytest

from ramah.commerce.imports import columns
from ramah.commerce.imports.grouping import grouped
from ramah.commerce.imports.reading import MAX_FIELD, Row, Table
from ramah.commerce.imports.records import Fault, FileRefused
from ramah.commerce.tests.files import CUSTOMERS, csv_file


def read(*lines, encoding="utf-8", told=""):
    table = Table(csv_file(*lines, encoding=encoding), columns.CUSTOMERS, encoding=told)
    return table, list(table)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1251", "cp1251"),
    ],
)
def test_the_encoding_is_found_out(encoding, found):
    table, rows = read("email,name", "o@example.com,Оксана", encoding=encoding)

    assert table.encoding == found
    assert rows == [Row(2, {"email": "o@example.com", "name": "Оксана"})]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separator_is_found_out(delimiter):
    _, rows = read(delimiter.join(["email", "name"]), delimiter.join(["a@example.com", '"Prasetyo, Dewi; SE"']))

    assert rows == [Row(2, {"email": "a@example.com", "name": "Prasetyo, Dewi; SE"})]


def test_headings_are_compared_without_case_spaces_and_signs():
    table, rows = read("E-MAIL , Customer_Name,shoe size", "a@example.com,Dana,38")

    assert rows == [Row(2, {"email": "a@example.com", "name": "Dana"})]
    assert table.unused == ["shoe size"]


def test_cells_over_several_lines_empty_rows_and_short_rows():
    _, rows = read("email,name,note", 'a@example.com,Dana,"one', 'two"', "", ",,", "b@example.com")

    assert rows == [
        Row(2, {"email": "a@example.com", "name": "Dana", "note": "one\ntwo"}),
        Row(6, {"email": "b@example.com"}),
    ]


def test_null_characters_are_dropped():
    _, rows = read("email,name", "a@example.com,Da\0na", told="utf-8")

    assert rows == [Row(2, {"email": "a@example.com", "name": "Dana"})]


def test_a_huge_cell_is_reported_and_reading_goes_on():
    _, rows = read("email,name", "a@example.com," + "x" * (MAX_FIELD + 1), "b@example.com,Eli")

    assert isinstance(rows[0], Fault)
    assert rows[0].line == 2
    assert "longer than 131,072" in rows[0].reason
    assert rows[1:] == [Row(3, {"email": "b@example.com", "name": "Eli"})]


def test_a_wrong_told_encoding_is_reported_with_its_line():
    _, rows = read(
        "email,name", *["a@example.com,Dana"] * 9000, "o@example.com,Оксана", encoding="cp1251", told="utf-8"
    )

    assert isinstance(rows[-1], Fault)
    assert "it is not utf-8" in rows[-1].reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 a workbook", "save the sheet as CSV"),
        (b"%PDF-1.7", "save the sheet as CSV"),
        (b"email,name\na@example.com,\x98", "neither UTF-8 nor Windows-1251"),
        (b",".join(b"c%d" % n for n in range(401)) + b"\n", "at most 400"),
    ],
)
def test_what_is_no_table_is_refused(raw, reason):
    with pytest.raises(FileRefused, match=reason):
        Table(io.BytesIO(raw), columns.CUSTOMERS)


@pytest.mark.parametrize("encoding", ["martian", "utf-16"])
def test_an_encoding_that_cannot_be_is_refused(encoding):
    with pytest.raises(FileRefused, match="encoding"):
        Table(csv_file(CUSTOMERS), columns.CUSTOMERS, encoding=encoding)


def test_a_missing_column_names_what_it_may_be_called():
    with pytest.raises(FileRefused, match="Lineitem quantity") as caught:
        Table(csv_file("number,placed_at,title,unit_price"), columns.ORDERS)

    assert (caught.value.column, caught.value.line) == ("quantity", 1)


def test_rows_of_a_thing_come_together_in_the_sequence_of_their_first_lines():
    rows = [Row(2, {"n": "b"}), Fault(3, "", "bad"), Row(4, {"n": "a"}), Row(5, {"n": "b"}), Row(6, {}), Row(7, {})]
    reported = []

    groups = list(grouped(rows, lambda row: row.cells.get("n", ""), report=reported.append))

    assert [[row.line for row in group] for group in groups] == [[2, 5], [4], [6], [7]]
    assert reported == [Fault(3, "", "bad")]
