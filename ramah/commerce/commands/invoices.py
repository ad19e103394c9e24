"""Giving invoices their numbers: once per order, without gaps, in the order of the asking."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ramah.commerce.invoice_paper import pdf_of
from ramah.commerce.models import Invoice, Order, ShopProfile
from ramah.commerce.queries.invoices import invoice_of, is_invoice_due, paper_of
from ramah.kernel.actors import Actor


class InvoiceNotDue(Exception):
    """The order is not paid (or, for cash on delivery, has not left), or was placed in another shop."""


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """An invoice to keep: the name of the file, and the bytes of a PDF."""

    name: str
    content: bytes


@transaction.atomic
def issue_invoice(*, order: Order, at: datetime) -> Invoice:
    """The invoice of the order, with the next number where it has none yet. Repeatable. Raises `InvoiceNotDue`.

    The number is taken and used in one transaction under the lock of the one row that counts, so none is ever left out.
    """
    if (known := invoice_of(order)) is not None:
        return known
    order = Order.objects.select_for_update().get(pk=order.pk)
    if (known := invoice_of(order)) is not None:
        return known
    if not is_invoice_due(order):
        raise InvoiceNotDue(order.number)
    shop, _is_new = ShopProfile.objects.select_for_update().get_or_create(key="shop")
    invoice = Invoice.objects.create(
        order=order, number=f"INV-{shop.next_invoice_number:05}", issued_at=at, seller=_seller(shop)
    )
    shop.next_invoice_number += 1
    shop.save(update_fields=["next_invoice_number"])
    return invoice


def invoice_file(*, actor: Actor, order: Order, at: datetime) -> InvoiceFile:
    """The invoice of an order that was let through the door to `actor`, as a PDF; issued at `at` if it was not before.

    Raises `InvoiceNotDue`.
    """
    invoice = issue_invoice(order=order, at=at)
    return InvoiceFile(f"{invoice.number}.pdf", pdf_of(paper_of(actor, order, invoice)))


def _seller(shop: ShopProfile) -> dict[str, str]:
    return {
        "name": shop.legal_name or shop.name,
        "address": shop.address,
        "tax_number": shop.tax_number,
        "email": shop.email,
        "phone": shop.phone,
    }
