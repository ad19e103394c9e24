"""Rows into orders: rows with the same number are one order, each of them one line of it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ramah.commerce import order_states as states
from ramah.commerce.addresses import KEYS, Address, make_address
from ramah.commerce.imports import values
from ramah.commerce.imports.grouping import Group
from ramah.commerce.imports.order_words import payment_method, state_of
from ramah.commerce.imports.people import person_of
from ramah.commerce.imports.reading import Row
from ramah.commerce.imports.records import (
    ImportedLine,
    ImportedOrder,
    ImportedPayment,
    ImportedRefund,
    Refused,
)
from ramah.commerce.imports.values import Reading

# If rows of one order differ in these, nobody can say which of them is right.
_SAME_ON_ALL_ROWS = ("currency", "email", "customer_id", "placed_at", "total")
_TIMES = (
    ("placed_at", states.PLACED),
    ("paid_at", states.PAID),
    ("shipped_at", states.SHIPPED),
    ("delivered_at", states.DELIVERED),
    ("cancelled_at", states.CANCELLED),
    ("refunded_at", states.REFUNDED),
)
MAX_LINES = 1000


def order_key(row: Row) -> str:
    """What makes two rows the same order."""
    return row.cells.get("number", "")


def order_of(group: Group, reading: Reading) -> ImportedOrder:
    """The order of a group of rows. Raises `Refused`, with the line where a single line of it is at fault."""
    told = _told(group)
    code = values.currency(told.get("currency") or reading.currency)
    lines = tuple(_line(row, code, reading) for row in group if "title" in row.cells or "sku" in row.cells)
    if not lines:
        raise Refused(_("the order has no lines"), column="title")
    times = _times(told, reading)
    sums = _sums(told, code, lines, reading)
    state = state_of(told, has=set(times))
    earliest, latest = _promised(told, reading)
    payments = _payments(told, code, sums["total_amount"], times, state=state, reading=reading)
    return ImportedOrder(
        number=values.text(told["number"], limit=40, column="number"),
        external_id=values.text(told.get("order_id", ""), limit=80, column="order_id"),
        person=person_of({name: cell for name, cell in told.items() if name != "note"}, reading),
        state=state,
        placed_at=times[states.PLACED],
        currency=code,
        language=values.language(told.get("language", "")),
        lines=lines,
        shipping_address=_address(told, "shipping"),
        billing_address=_address(told, "billing"),
        note=values.prose(told.get("note", ""), limit=4000, column="note"),
        payments=payments,
        refunds=_refunds(told, code, payments, times, reading),
        history=_history(state, times),
        line=group[0].line,
        promised_from=earliest,
        promised_to=latest,
        **sums,
    )


def _told(group: Group) -> dict[str, str]:
    """What the rows say of the order: exports put it on the first row only, or on each."""
    told: dict[str, str] = {}
    if "number" not in group[0].cells:
        raise Refused(_("it is empty"), column="number")
    if len(group) > MAX_LINES:
        raise Refused(_("the order has more than %(most)d lines") % {"most": MAX_LINES}, column="number")
    for row in group:
        for name in _SAME_ON_ALL_ROWS:
            if name in told and row.cells.get(name, told[name]) != told[name]:
                reason = _("it differs from that on line %(line)d, which is of the same order")
                raise Refused(reason % {"line": group[0].line}, column=name, line=row.line)
        told = {**row.cells, **told}
    if "placed_at" not in told:
        raise Refused(_("it is empty"), column="placed_at")
    return told


def _line(row: Row, code: str, reading: Reading) -> ImportedLine:
    cells = row.cells
    try:
        for column in ("quantity", "unit_price"):
            if column not in cells:
                raise Refused(_("it is empty"), column=column)
        quantity = values.pieces(cells["quantity"])
        price = values.amount(cells["unit_price"], code, column="unit_price", reading=reading)
        discount = _amount(cells, "line_discount", code, reading)
        if discount > price * quantity:
            raise Refused(_("it is more than the line costs"), column="line_discount")
        total = price * quantity - discount
        return ImportedLine(
            title=values.text(cells.get("title") or cells["sku"], limit=250, column="title"),
            sku=values.text(cells.get("sku", ""), limit=80, column="sku"),
            options=values.options(cells.get("options", "")),
            quantity=quantity,
            unit_amount=price,
            total_amount=_amount(cells, "line_total", code, reading, default=total),
        )
    except Refused as error:
        error.line = error.line or row.line
        raise


def _amount(
    cells: dict[str, str], column: str, code: str, reading: Reading, *, default: Decimal = Decimal(0)
) -> Decimal:
    return values.amount(cells[column], code, column=column, reading=reading) if column in cells else default


def _sums(told: dict[str, str], code: str, lines: tuple[ImportedLine, ...], reading: Reading) -> dict[str, Any]:
    items = sum((line.total_amount for line in lines), Decimal(0))
    shipping, discount, tax = (_amount(told, name, code, reading) for name in ("shipping", "discount", "tax"))
    inclusive = items + shipping - discount
    if inclusive < 0:
        raise Refused(_("it is more than the order costs"), column="discount")
    total = _amount(told, "total", code, reading, default=inclusive)
    return {
        "items_amount": items,
        "shipping_amount": shipping,
        "discount_amount": discount,
        "tax_amount": tax,
        # The file does not say whether prices hold the tax; the total does.
        "tax_included": not (tax and total == inclusive + tax),
        "total_amount": total,
    }


def _times(told: dict[str, str], reading: Reading) -> dict[str, datetime]:
    return {
        state: values.moment(told[column], column=column, reading=reading) for column, state in _TIMES if column in told
    }


def _promised(told: dict[str, str], reading: Reading) -> tuple[date | None, date | None]:
    earliest, latest = (
        values.day(told[name], column=name, reading=reading) if name in told else None
        for name in ("promised_from", "promised_to")
    )
    if earliest and latest and earliest > latest:
        raise Refused(_("it is before promised_from"), column="promised_to")
    return earliest, latest


def _history(state: str, times: dict[str, datetime]) -> tuple[tuple[str, datetime | None], ...]:
    """The steps that the file gives a time for, and the present state at the end."""
    # A part that was refunded, or a cancellation that was taken back, is no step on the way to another state.
    ends = {states.CANCELLED, states.REFUNDED, state}
    before = sorted((step for step in times.items() if step[0] not in ends), key=lambda step: step[1])
    return (*before, (state, times.get(state)))


def _payments(
    told: dict[str, str], code: str, total: Decimal, times: dict[str, datetime], *, state: str, reading: Reading
) -> tuple[ImportedPayment, ...]:
    paid_at = times.get(states.PAID) or (times[states.PLACED] if _is_paid(told, state) else None)
    if total == 0 or not (paid_at or "payment_method" in told):
        return ()
    return (
        ImportedPayment(
            external_id="import",
            method=payment_method(told.get("payment_method", "")),
            state="paid" if paid_at else "failed" if state == states.CANCELLED else "pending",
            amount=total,
            paid_at=paid_at,
            reference=values.text(
                told.get("payment_reference") or told.get("payment_method", ""), limit=80, column="payment_reference"
            ),
        ),
    )


def _is_paid(told: dict[str, str], state: str) -> bool:
    cash = payment_method(told.get("payment_method", "")) == "cod"
    paid_states = {states.PAID, states.COMPLETED, states.REFUNDED}
    return state in paid_states or (not cash and state in {states.PACKED, states.SHIPPED, states.DELIVERED})


def _refunds(
    told: dict[str, str],
    code: str,
    payments: tuple[ImportedPayment, ...],
    times: dict[str, datetime],
    reading: Reading,
) -> tuple[ImportedRefund, ...]:
    amount = _amount(told, "refunded", code, reading)
    if not amount:
        return ()
    if amount > sum(payment.amount for payment in payments if payment.state == "paid"):
        raise Refused(_("more was given back than was paid"), column="refunded")
    at = times.get(states.REFUNDED) or max(times.values())
    return (ImportedRefund(external_id="import", amount=amount, state="sent", at=at),)


def _address(told: dict[str, str], kind: str) -> Address:
    parts = {
        key: values.text(told[f"{kind}_{key}"], limit=200, column=f"{kind}_{key}")
        for key in KEYS
        if f"{kind}_{key}" in told
    }
    if len(parts.get("country", "")) == 2:
        parts["country"] = parts["country"].upper()
    return make_address(parts)
