"""Order histories as files hold them: what is read, what is refused, and what the message says."""

import numpy as np
import pytest

from ramah.shipping.forecast.reading import read_csv
from ramah.shipping.forecast.table import ForecastError

HEADING = "order_id,purchased_at,handed_over_at,promised_at,delivered_at,origin,destination,carrier,service"


@pytest.fixture
def write(tmp_path):
    def write(*lines, heading=HEADING, encoding="utf-8"):
        path = tmp_path / "orders.csv"
        path.write_bytes("\n".join([heading, *lines]).encode(encoding))
        return path

    return write


def seconds(text):
    return np.datetime64(text, "s").astype(np.int64)


def test_a_file_becomes_columns(write):
    table = read_csv(
        write(
            "1,2026-03-02 08:00:00,2026-03-02T12:00:00Z,2026-03-05,2026-03-04T10:00:00+07:00,Jakarta,Kyiv,Nusa,fast",
            "1,2026-03-02 08:00:00,,2026-03-05 00:00:00,,jakarta,LVIV,,",
        )
    )
    assert len(table) == 2
    assert table.ids == ("1", "1")
    assert table.purchased.tolist() == [seconds("2026-03-02T08:00:00")] * 2
    assert table.handed[0] == seconds("2026-03-02T12:00:00")
    assert np.isnan(table.handed[1])
    assert table.promised.tolist() == [seconds("2026-03-05T23:59:59")] * 2
    assert table.delivered[0] == seconds("2026-03-04T03:00:00")
    assert table.texts["origin"].codes.tolist() == [0, 0]
    assert table.texts["destination"].labels == ("kyiv", "lviv")
    assert table.texts["carrier"].codes.tolist() == [0, -1]


@pytest.mark.parametrize(
    ("told", "zone", "moment"),
    [
        ("2026-03-05", "Asia/Jakarta", "2026-03-05T16:59:59"),
        ("2026-03-05T00:00:00+07:00", "UTC", "2026-03-05T16:59:59"),
        ("2026-03-05T00:01:00", "UTC", "2026-03-05T00:01:00"),
        ("2026/03/05 10:00", "UTC", "2026-03-05T10:00:00"),
        ("1969-12-31 23:00:00", "UTC", "1969-12-31T23:00:00"),
        ("2026-10-25 03:30:00", "Europe/Kyiv", "2026-10-25T00:30:00"),
        ("2026-03-29 12:00:00", "Europe/Kyiv", "2026-03-29T09:00:00"),
        ("9999-12-31 10:00:00", "Asia/Jakarta", "9999-12-31T03:00:00"),
    ],
)
def test_promises_are_read_in_their_zone_and_a_midnight_lasts_the_day(write, told, zone, moment):
    table = read_csv(write(f"1,2026-03-02,,{told},,,,,"), zone=zone)
    assert table.promised.tolist() == [seconds(moment)]


def test_headings_may_be_in_any_case_and_order_with_semicolons_and_a_byte_order_mark(write):
    path = write("2026-03-05;X;2026-03-02", heading="Promised_At;ORDER_ID;Purchased At", encoding="utf-8-sig")
    table = read_csv(path)
    assert table.ids == ("X",)
    assert not table.texts
    assert np.isnan(table.delivered).all()


@pytest.mark.parametrize(
    ("heading", "line", "message"),
    [
        ("order_id,purchased_at", "1,2026-03-02", "promised_at: no such column"),
        ("", "", "order_id, purchased_at, promised_at: no such column"),
        ("order_id,purchased_at,promised_at,promised_at", "1,,,", "promised_at: this heading stands there twice"),
        ("order_id,purchased_at,promised_at", "1,2026-03-02", "line 2: 2 cells"),
        ("order_id,purchased_at,promised_at", "1,2026-03-02,soon", "promised_at, row 1: an ISO 8601 time is accepted"),
        ("order_id,purchased_at,promised_at", "1,2026-02-30,2026-03-05", "purchased_at, row 1"),
        ("order_id,purchased_at,promised_at", '1,2026-03-02,"' + "x" * 1_100_000 + '"', "line 2: field larger"),
    ],
)
def test_what_cannot_be_read_is_named(write, heading, line, message):
    with pytest.raises(ForecastError, match=message):
        read_csv(write(line, heading=heading))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ForecastError, match=r"none\.csv"):
        read_csv(tmp_path / "none.csv")


def test_a_file_without_rows_is_an_empty_table(write):
    assert len(read_csv(write())) == 0


def test_bytes_that_are_no_text_do_not_stop_the_reading(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(b"order_id,purchased_at,promised_at,city\n1,2026-03-02,2026-03-05,Ja\xffkarta\x00\n")
    assert len(read_csv(path)) == 1


def test_further_columns_are_numbers_times_or_words_as_they_look(write):
    path = write(
        "1,2026-03-02,2026-03-05,10.5,2026-03-01 10:00,1310,shoes,",
        "2,2026-03-02,2026-03-05,nan,,2000,hats,",
        heading="order_id,purchased_at,promised_at,price,approved,zip_prefix,category,empty",
    )
    table = read_csv(path)
    assert table.numbers["price"][0] == 10.5
    assert np.isnan(table.numbers["price"][1])
    assert table.times["approved"][0] == seconds("2026-03-01T10:00:00")
    assert table.texts["zip_prefix"].labels == ("1310", "2000")
    assert table.texts["category"].labels == ("shoes", "hats")
    assert "empty" not in table.texts
