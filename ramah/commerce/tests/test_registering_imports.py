"""Apps above commerce offer imports of their own; file, report and command line treat them as those that are here."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

import pytest
from click.testing import CliRunner

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands import (
    Column,
    Refused,
    UnknownImport,
    columns_of,
    import_file,
    import_kinds,
    imports,
    register_import,
    values,
)
from ramah.commerce.tests.files import AT, bring, counts, csv_file, faults
from ramah.config.cli import main
from ramah.customers.commands import Saved
from ramah.kernel.actors import PermissionDenied

COLUMNS = (
    Column("tracking_number", "Number of the parcel; its rows are what is in it", ("Tracking",), required=True),
    Column("handed_over_at", "When the carrier took it"),
    Column("sku", "SKU of what is in it"),
)


@dataclass(frozen=True, slots=True)
class Parcel:
    number: str
    handed_over_at: datetime | None
    skus: tuple[str, ...]
    line: int


def number_of(row):
    return row.cells.get("tracking_number", "")


def parcel_of(group, reading):
    if not number_of(group[0]):
        raise Refused("there is no number", column="tracking_number")
    told = group[0].cells.get("handed_over_at")
    return Parcel(
        number=number_of(group[0]),
        handed_over_at=values.moment(told, column="handed_over_at", reading=reading) if told else None,
        skus=tuple(row.cells["sku"] for row in group if "sku" in row.cells),
        line=group[0].line,
    )


@pytest.fixture
def stored(monkeypatch):
    """Parcels that were stored, by a kind of import that is gone when the test ends."""
    monkeypatch.setattr(imports, "_kinds", {name: import_kinds()[name] for name in ("orders", "products", "customers")})
    parcels = []

    def store(*, actor, batch, at, options):
        if not options.dry_run:
            parcels.extend(batch)
        return [Saved("failed", "unknown", "sku") if "X" in parcel.skus else Saved("created") for parcel in batch]

    register_import(
        "crates", says="Rows of a number are one.", columns=COLUMNS, key=number_of, read=parcel_of, store=store
    )
    return parcels


HEADING = "Tracking,handed_over_at,sku"
ROWS = ("A,2026-03-01 08:00,S", "B,,T", "A,,U")


@pytest.mark.django_db
def test_a_registered_import_is_read_grouped_and_stored(stored):
    report = bring("crates", HEADING, *ROWS, time_zone="Europe/Kyiv")

    assert (counts(report), faults(report)) == ((2, 0, 0, 0), [])
    assert [(parcel.number, parcel.skus, parcel.line) for parcel in stored] == [("A", ("S", "U"), 2), ("B", ("T",), 3)]
    assert stored[0].handed_over_at.isoformat() == "2026-03-01T06:00:00+00:00"
    assert columns_of("crates") == COLUMNS


@pytest.mark.django_db
def test_what_it_refuses_or_cannot_store_is_reported_and_the_rest_lands(stored):
    report = bring("crates", HEADING, ",,S", "B,soon,T", "C,,X", "D,,S")

    assert (counts(report), faults(report)) == (
        (1, 0, 0, 3),
        [(2, "tracking_number"), (3, "handed_over_at"), (4, "sku")],
    )


def test_a_name_is_taken_once(stored):
    before = import_kinds()
    same = {name: getattr(before["crates"], name) for name in ("says", "columns", "key", "read", "store")}

    register_import("crates", **same)
    with pytest.raises(ValueError, match="'crates' is taken"):
        register_import("crates", **{**same, "columns": COLUMNS[:1]})
    with pytest.raises(ValueError, match="'orders' is taken"):
        register_import("orders", **same)

    assert import_kinds() == before


def test_what_nobody_registered_is_named_with_what_can_be_imported(stored):
    for ask in (columns_of, lambda kind: bring(kind, HEADING, *ROWS)):
        with pytest.raises(UnknownImport, match=r"'pallets' cannot be imported.*crates, customers, orders, products"):
            ask("pallets")

    assert stored == []


@pytest.mark.django_db
def test_whoever_may_not_import_is_told_so_whatever_the_kind(stored):
    chris = actor_of_agent(make_agent(name="Chris", role="contractor"))

    for kind in ("crates", "pallets"):
        with pytest.raises(PermissionDenied):
            import_file(actor=chris, kind=kind, source=csv_file(HEADING, *ROWS), at=AT, options=imports.ImportOptions())

    assert stored == []


@pytest.mark.django_db
def test_the_command_line_takes_what_is_registered(stored, tmp_path):
    file = tmp_path / "crates.csv"
    file.write_text("\n".join((HEADING, *ROWS)))

    def run(*arguments):
        return CliRunner().invoke(main, ["import", *arguments])

    told = run("--help").stdout
    assert re.findall(r"^  (\w+) +Import", told, re.MULTILINE) == ["crates", "customers", "orders", "products"]
    assert "Rows of a number are one." in run("crates", "--help").stdout
    listed = [json.loads(line) for line in run("crates", "--columns", "--json").stdout.splitlines()]
    assert [column["column"] for column in listed] == ["tracking_number", "handed_over_at", "sku"]
    assert run("crates", str(file), "--dry-run").exit_code == 0
    assert stored == []
    assert run("crates", str(file)).stdout == "crates: 2 created, 0 updated, 0 unchanged, 0 failed\n"
    assert [parcel.number for parcel in stored] == ["A", "B"]


@pytest.mark.parametrize("word", ["pallets", "Crates", "", "crates "])
def test_an_unknown_kind_is_wrong_usage_and_says_what_there_is(stored, word):
    result = CliRunner().invoke(main, ["import", word, "file.csv"])

    assert result.exit_code == 2
    assert f"{word!r} cannot be imported. What can be: crates, customers, orders, products." in result.stderr
    assert stored == []
