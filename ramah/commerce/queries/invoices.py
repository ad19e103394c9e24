"""What an invoice says, read from its order; and whether there is one to give."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ramah.commerce import order_states as states
from ramah.commerce.addresses import address_lines
from ramah.commerce.invoice_paper import InvoicePaper, PaperLine
from ramah.commerce.models import Invoice, Order, OrderLine, Payment, Refund
from ramah.commerce.queries.orders import address_shown
from ramah.kernel.actors import Actor
from ramah.kernel.money import format_money

_OWN_SHOP = "shop"
_HANDED_OVER = (states.SHIPPED, states.DELIVERED, states.COMPLETED, states.RETURNED, states.REFUNDED)
_LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


def is_invoice_due(order: Order) -> bool:
    """Whether the order stands in the books: it was paid in full, or left for cash on delivery.

    Orders of other shops have their invoices there. No query where lines and payments are loaded.
    """
    if order.source != _OWN_SHOP:
        return False
    if order.payment_method == Payment.Method.COD:
        has_left = order.state in _HANDED_OVER or any(line.shipped_quantity for line in order.lines.all())
        return has_left or _is_paid(order)
    return _is_paid(order)


def invoice_of(order: Order) -> Invoice | None:
    """The invoice of the order, if its number was given."""
    return Invoice.objects.filter(order=order).first()


def paper_of(actor: Actor, order: Order, invoice: Invoice) -> InvoicePaper:
    """All that stands on the invoice, in the language of the order; payments and refunds as they are today.

    The address of the buyer as far as `actor` may see it: whoever proved an order and no more gets it masked here, too.
    """
    address = address_shown(actor, order.billing_address or order.shipping_address)
    language = order.language.split("-")[0] if order.language.split("-")[0] in _LANGUAGES else "en"
    zone = ZoneInfo(settings.SHOP_TIME_ZONE)
    with translation.override(language):
        return InvoicePaper(
            language=language,
            number=invoice.number,
            issued_on=invoice.issued_at.astimezone(zone).date(),
            order_number=order.number,
            ordered_on=order.placed_at.astimezone(zone).date(),
            seller=_seller(invoice.seller),
            buyer=address_lines(address) or [order.customer.name],
            lines=[_line(order, line) for line in order.lines.all()],
            sums=[(words, _written(order, amount)) for words, amount in _sums(order)],
            total=_written(order, order.total_amount),
            settled=[(words, _written(order, amount)) for words, amount in _settled(order)],
            note=_("This order was cancelled.") if order.state == states.CANCELLED else "",
        )


def _seller(told: dict[str, str]) -> list[str]:
    number = told.get("tax_number", "")
    return [
        told.get("name", ""),
        *told.get("address", "").splitlines(),
        *([_("Tax number %(number)s") % {"number": number}] if number else []),
        *(told[key] for key in ("email", "phone") if told.get(key)),
    ]


def _line(order: Order, line: OrderLine) -> PaperLine:
    detail = ", ".join([*map(str, line.options.values()), *([line.sku] if line.sku else [])])
    unit, total = _written(order, line.unit_amount), _written(order, line.total_amount)
    return PaperLine(line.title, detail, line.quantity, unit, total)


def _sums(order: Order) -> list[tuple[str, Decimal]]:
    fee = order.fee_amount
    parts = [
        (_("Goods"), order.items_amount),
        (_discount_words(order), -order.discount_amount),
        (_("Shipping"), order.shipping_amount),
        (_("Fee for cash on delivery"), fee),
        (pgettext("invoice", "Other"), order.other_amount),
        (_tax_words(order), order.tax_amount),
    ]
    return [(words, amount) for words, amount in parts if amount]


def _discount_words(order: Order) -> str:
    return _("Discount, %(code)s") % {"code": order.voucher_code} if order.voucher_code else _("Discount")


def _tax_words(order: Order) -> str:
    percent = f" {order.tax_percent.normalize():f} %" if order.tax_percent is not None else ""
    if not order.tax_name:
        words = _("of which tax") if order.tax_included else _("Tax")
        return f"{words}{percent}"
    tax = f"{order.tax_name}{percent}"
    return _("of which %(tax)s") % {"tax": tax} if order.tax_included else tax


def _settled(order: Order) -> list[tuple[str, Decimal]]:
    paid = order.received_amount
    back = sum((refund.amount for refund in order.refunds.all() if refund.state == Refund.State.SENT), Decimal(0))
    due = order.total_amount - paid
    parts = [
        (pgettext("invoice", "Paid"), paid),
        (pgettext("invoice", "Paid back"), back),
        (pgettext("invoice", "Due"), due if due > 0 else Decimal(0)),
    ]
    return [(words, amount) for words, amount in parts if amount]


def _is_paid(order: Order) -> bool:
    if order.state == states.PLACED and not order.total_amount:
        return False
    received = order.received_amount
    return received >= order.total_amount and (received > 0 or order.state != states.CANCELLED)


def _written(order: Order, amount: Decimal) -> str:
    return format_money(order.money(amount))
