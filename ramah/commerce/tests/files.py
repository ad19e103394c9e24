"""CSV files for tests of imports."""

import io
from datetime import UTC, datetime

from ramah.commerce.commands import ImportOptions, Reading, import_file
from ramah.kernel.actors import SYSTEM

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORDERS = "number,placed_at,email,title,sku,quantity,unit_price,currency"
PRODUCTS = "product_id,title,sku,price,currency,stock,size"
CUSTOMERS = "customer_id,name,email,phone,language"


def csv_file(*lines, encoding="utf-8"):
    """A file of these lines."""
    return io.BytesIO("\n".join(lines).encode(encoding))


def bring(kind, *lines, encoding="utf-8", dry_run=False, **reading):
    """Import a file of these lines."""
    return import_file(
        actor=SYSTEM,
        kind=kind,
        source=csv_file(*lines, encoding=encoding),
        at=AT,
        options=ImportOptions(reading=Reading(**reading), dry_run=dry_run),
    )


def counts(report):
    """created, updated, unchanged, failed"""
    return (report.created, report.updated, report.unchanged, report.failed)


def faults(report):
    """(line, column) of each fault."""
    return [(fault.line, fault.column) for fault in report.faults]
