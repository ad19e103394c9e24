from datetime import UTC, datetime, timedelta

import pytest

from ramah.kernel.models import AuditEntry
from ramah.kernel.paging import BadCursor, keyset_page, merged_page

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def entries():
    """25 entries, many of them of the same moment."""
    return AuditEntry.objects.bulk_create(
        AuditEntry(at=START + timedelta(minutes=number // 7), actor="system", action="test", subject=f"test:{number}")
        for number in range(25)
    )


def walk(order, size):
    cursor, seen = "", []
    while True:
        page = keyset_page(AuditEntry.objects.all(), order=order, cursor=cursor, size=size)
        assert len(page.rows) <= size
        seen += [row.subject for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            return seen


@pytest.mark.parametrize("size", [1, 3, 7, 24, 25, 26])
@pytest.mark.parametrize("order", [("at", "id"), ("-at", "-id"), ("-id",)])
def test_pages_together_are_the_whole_list_in_order(entries, order, size):
    assert walk(order, size) == [row.subject for row in AuditEntry.objects.order_by(*order)]


def test_a_row_that_comes_in_meanwhile_neither_doubles_nor_hides_another(entries):
    first = keyset_page(AuditEntry.objects.all(), order=("-at", "-id"), size=10)
    AuditEntry.objects.create(at=START + timedelta(days=1), actor="system", action="test", subject="test:new")

    second = keyset_page(AuditEntry.objects.all(), order=("-at", "-id"), cursor=first.next_cursor, size=10)

    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}
    assert [row.subject for row in second.rows] == [f"test:{number}" for number in range(14, 4, -1)]


def test_a_page_of_an_empty_list_is_empty_and_the_last():
    page = keyset_page(AuditEntry.objects.all(), order=("-id",))

    assert (page.rows, page.next_cursor) == ([], "")


@pytest.mark.parametrize("bend", [lambda c: c[:-1] + ("A" if c[-1] != "A" else "B"), lambda c: "x", lambda c: "a:b:c"])
def test_a_bent_cursor_is_refused(entries, bend):
    cursor = keyset_page(AuditEntry.objects.all(), order=("-at", "-id"), size=5).next_cursor

    with pytest.raises(BadCursor):
        keyset_page(AuditEntry.objects.all(), order=("-at", "-id"), cursor=bend(cursor), size=5)


def test_a_cursor_of_another_list_is_refused(entries):
    cursor = keyset_page(AuditEntry.objects.all(), order=("-id",), size=5).next_cursor

    with pytest.raises(BadCursor):
        keyset_page(AuditEntry.objects.all(), order=("id",), cursor=cursor, size=5)


def test_a_page_over_parts_is_a_page_over_the_whole():
    at = START
    for number in range(23):
        AuditEntry.objects.create(at=at, actor=f"agent:{number % 3}", action="x", subject="x")
    parts = [AuditEntry.objects.filter(actor=f"agent:{number}") for number in range(3)]
    seen, cursor = [], ""
    for _ in range(3):
        page = merged_page(parts, order=("-at", "-id"), cursor=cursor, size=9)
        seen += page.rows
        cursor = page.next_cursor

    assert cursor == ""
    assert seen == list(AuditEntry.objects.order_by("-at", "-id"))
