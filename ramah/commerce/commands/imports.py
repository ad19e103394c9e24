"""Importing a file: read, check, store in batches, report. One bad thing never stops the next.

What can be imported is a registry: apps above offer kinds of their own by `register_import`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Protocol

from ramah.commerce import permissions
from ramah.commerce.commands.catalog_import import save_imported_products
from ramah.commerce.commands.order_import import save_imported_orders
from ramah.commerce.imports import columns, orders, people, products
from ramah.commerce.imports.columns import Column
from ramah.commerce.imports.grouping import Group, grouped
from ramah.commerce.imports.reading import Row, Table
from ramah.commerce.imports.records import Fault, FileRefused, Refused
from ramah.commerce.imports.values import Reading
from ramah.customers.commands import Saved, save_imported_customers
from ramah.kernel.actors import Actor, require

BATCH = 500
MAX_FAULTS = 1000


class UnknownImport(LookupError):
    """Nothing of this kind can be imported."""


class Store(Protocol):
    """Writes a batch in one transaction and says of each record, in the same sequence, what became of it."""

    def __call__(
        self, *, actor: Actor, batch: Sequence[Any], at: datetime, options: "ImportOptions"
    ) -> list[Saved]: ...


def _store_products(*, actor: Actor, batch: Sequence[Any], at: datetime, options: "ImportOptions") -> list[Saved]:
    told = {"keep_stock": options.keep_stock, "dry_run": options.dry_run}
    return save_imported_products(actor=actor, products=batch, at=at, **told)


def _store_orders(*, actor: Actor, batch: Sequence[Any], at: datetime, options: "ImportOptions") -> list[Saved]:
    return save_imported_orders(actor=actor, orders=batch, at=at, dry_run=options.dry_run)


def _store_customers(*, actor: Actor, batch: Sequence[Any], at: datetime, options: "ImportOptions") -> list[Saved]:
    return save_imported_customers(actor=actor, people=batch, at=at, dry_run=options.dry_run)


@dataclass(frozen=True, slots=True)
class ImportKind:
    """What an import reads and how; `says`, a sentence for `ramah import --help`, tells which rows belong together."""

    says: str
    columns: tuple[Column, ...]
    key: Callable[[Row], str]
    read: Callable[[Group, Reading], Any]
    store: Store


_kinds: dict[str, ImportKind] = {}


def register_import(
    kind: str,
    *,
    says: str,
    columns: tuple[Column, ...],
    key: Callable[[Row], str],
    read: Callable[[Group, Reading], Any],
    store: Store,
) -> None:
    """Offer an import (called from a module that the app's AppConfig.ready imports), under a name that is taken once.

    Rows with the same `key` come to `read` as one group, which makes a record with a `line` of it, or raises `Refused`.
    """
    told = ImportKind(says, columns, key, read, store)
    if _kinds.setdefault(kind, told) != told:
        raise ValueError(f"import {kind!r} is taken")


register_import(
    "products",
    says="One row per variant; rows with the same product_id are one product.",
    columns=columns.PRODUCTS,
    key=products.product_key,
    read=products.product_of,
    store=_store_products,
)
register_import(
    "orders",
    says="One row per line; rows with the same number are one order, wherever they stand.",
    columns=columns.ORDERS,
    key=orders.order_key,
    read=orders.order_of,
    store=_store_orders,
)
register_import(
    "customers",
    says="One row per customer; known by customer_id, e-mail address or phone number.",
    columns=columns.CUSTOMERS,
    key=people.person_key,
    read=people.customer_of,
    store=_store_customers,
)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read a file. `progress` is called with the step (`reading`, `storing`) and how far it is: bytes, then things.

    `keep_stock`: variants that are here keep what is on hand, whatever the file says.
    """

    reading: Reading = field(default_factory=Reading)
    encoding: str = ""
    dry_run: bool = False
    keep_stock: bool = False
    progress: Callable[[str, int], None] = lambda step, done: None


@dataclass(slots=True)
class ImportReport:
    """What became of a file. The counts are of things (orders, not rows); of faults the first thousand are kept."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    faults: list[Fault] = field(default_factory=list)
    faults_left_out: int = 0
    encoding: str = ""
    unused: list[str] = field(default_factory=list)

    def note(self, fault: Fault) -> None:
        """Count a thing that failed, and say why."""
        self.failed += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)
        else:
            self.faults_left_out += 1


def import_file(*, actor: Actor, kind: str, source: BinaryIO, at: datetime, options: ImportOptions) -> ImportReport:
    """Import things of a registered kind from a CSV file that can be read twice (it is searched for its encoding).

    Batches are stored as they come, each in its own transaction: what is reported stored stays, should the rest fail.
    Raises `UnknownImport`.
    """
    require(actor, permissions.IMPORT)
    report = ImportReport()
    wanted = _kind_of(kind)
    try:
        table = Table(source, wanted.columns, encoding=options.encoding)
    except FileRefused as error:
        report.note(Fault(error.line or 1, error.column, error.reason))
        return report
    report.encoding, report.unused = table.encoding, table.unused
    try:
        rows = _watched(table, source, options)
        records = _records(grouped(rows, wanted.key, report=report.note), wanted, options.reading, report)
        done = 0
        while batch := list(islice(records, BATCH)):
            saved = wanted.store(actor=actor, batch=batch, at=at, options=options)
            for record, one in zip(batch, saved, strict=True):
                _count(report, one, line=record.line)
            done += len(batch)
            options.progress("storing", done)
    finally:
        table.detach()
    report.faults.sort(key=lambda fault: fault.line)
    return report


def _watched(table: Table, source: BinaryIO, options: ImportOptions) -> Iterator[Row | Fault]:
    for count, row in enumerate(table):
        if count % 1000 == 0:
            options.progress("reading", source.tell())
        yield row


def _records(groups: Iterable[Group], kind: ImportKind, reading: Reading, report: ImportReport) -> Iterator[Any]:
    for group in groups:
        try:
            yield kind.read(group, reading)
        except Refused as error:
            report.note(Fault(error.line or group[0].line, error.column, error.reason))


def _count(report: ImportReport, saved: Saved, *, line: int) -> None:
    if saved.result == "failed":
        report.note(Fault(line, saved.column, saved.reason))
    else:
        setattr(report, saved.result, getattr(report, saved.result) + 1)


def import_kinds() -> dict[str, ImportKind]:
    """All that can be imported, by name."""
    return dict(sorted(_kinds.items()))


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns that an import of this kind reads. Raises `UnknownImport`."""
    return _kind_of(kind).columns


def _kind_of(kind: str) -> ImportKind:
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownImport(f"{kind!r} cannot be imported; what can be: {', '.join(import_kinds())}") from None
