"""An order in words for mails: how to pay, when it arrives, what it costs, what can still be changed. In the active language."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ramah.commerce.models import DeliveryOption, Order, Payment, Refund, ShopProfile
from ramah.kernel.money import format_money
from ramah.promises.queries import by_words

Method = Payment.Method
_DAY = {"uk": "EEEE, d MMMM"}


@dataclass(frozen=True, slots=True)
class Paying:
    """What is left to pay and how: a sentence, and facts as they are typed into a bank's form."""

    sentence: str
    facts: tuple[tuple[str, str], ...] = ()


def day_words(day: date) -> str:
    """`Tuesday, 18 November`."""
    language = (get_language() or "en").split("-")[0]
    return str(format_date(day, _DAY.get(language, "EEEE, d MMMM"), locale=language))


def zone_of(order: Order) -> ZoneInfo:
    """On whose clock the customer is told the time: that of the delivery's region, else of the shop."""
    option = order.delivery_option
    return ZoneInfo(option.calendar.time_zone if option and option.calendar else settings.SHOP_TIME_ZONE)


def refunded_amount(order: Order) -> Decimal:
    """What has gone back or is about to."""
    return sum((row.amount for row in order.refunds.all() if row.state != Refund.State.FAILED), Decimal(0))


def paying_words(order: Order, shop: ShopProfile, *, at: datetime) -> Paying:
    """How the rest of the order is paid, by the way that was chosen."""
    left = order.total_amount - order.received_amount
    if left <= 0:
        return Paying(_("It is paid in full: %(amount)s.") % {"amount": format_money(order.total)})
    amount = {"amount": format_money(order.money(left))}
    if order.payment_method == Method.BANK_TRANSFER:
        return Paying(_transfer_sentence(order, amount, at=at), _transfer_facts(order, shop, amount["amount"]))
    if order.payment_method == Method.COD:
        return Paying(_("You pay %(amount)s in cash when the parcel arrives.") % amount)
    if order.payment_method in (Method.CARD, Method.WALLET):
        return Paying(
            _until(_("If you have not paid yet, pay %(amount)s on the page of your order."), order, amount, at)
        )
    return Paying(_("%(amount)s is left to pay.") % amount)


def _transfer_sentence(order: Order, amount: dict[str, str], *, at: datetime) -> str:
    return _until(_("One step is left: transfer %(amount)s to the account below."), order, amount, at)


def _until(sentence: str, order: Order, amount: dict[str, str], at: datetime) -> str:
    said = sentence % amount
    if order.payment_due_at is None:
        return said
    language = (get_language() or "en").split("-")[0]
    by_time = by_words(order.payment_due_at, zone_of(order), language, now=at)
    # Translators: by_time is "by Monday 10:30 WIB".
    deadline = _("The money must be there %(by_time)s; after that the order is cancelled.") % {"by_time": by_time}
    return f"{said} {deadline}"


def _transfer_facts(order: Order, shop: ShopProfile, amount: str) -> tuple[tuple[str, str], ...]:
    accounts = [account for account in shop.bank_accounts if account.get("currency", order.currency) == order.currency]
    facts = [
        fact
        for account in accounts
        for fact in (
            (_("Account number, %(bank)s") % {"bank": account.get("bank", "")}, str(account.get("number", ""))),
            (_("In the name of"), str(account.get("holder", ""))),
        )
    ]
    return (*facts, (_("Amount"), amount), (_("Payment reference"), order.number))


def promise_words(order: Order) -> str:
    """The promised day; empty where none was promised."""
    if order.promised_to is None:
        return ""
    day = {"day": day_words(order.promised_to)}
    if order.delivery_option is not None and order.delivery_option.kind == DeliveryOption.Kind.PICKUP:
        return _("Ready to be picked up by %(day)s") % day
    return _("Arrives by %(day)s") % day


def sum_words(order: Order) -> list[tuple[str, str]]:
    """What makes up the total, without the total itself; parts of nothing are left out, but shipping is always named."""
    tax = order.tax_name or _("tax")
    parts = [
        (_("Goods"), order.items_amount, False),
        (
            _("Voucher %(code)s") % {"code": order.voucher_code} if order.voucher_code else _("Discount"),
            -order.discount_amount,
            False,
        ),
        (_("Shipping"), order.shipping_amount, True),
        (_("Fee for cash on delivery"), order.fee_amount, False),
        (_("Rounding"), order.other_amount, False),
        (
            (_("of which %(tax)s") if order.tax_included else _("plus %(tax)s")) % {"tax": tax},
            order.tax_amount,
            False,
        ),
    ]
    return [(words, format_money(order.money(amount))) for words, amount, always in parts if amount or always]


def changing_words(shop: ShopProfile) -> str:
    """What the customer may change, until when."""
    if shop.cancel_until == Order.State.SHIPPED:
        return _(
            "You can change the address until the parcel is packed, and cancel until it is handed to the carrier:"
            " both on the page of your order."
        )
    if shop.cancel_until == Order.State.PAID:
        return _(
            "You can change the address until the parcel is packed, and cancel until it is paid:"
            " both on the page of your order."
        )
    return _("You can change the address or cancel until the parcel is packed: both on the page of your order.")


def returning_words(shop: ShopProfile) -> str:
    """How long goods can be sent back; empty where they cannot."""
    if not shop.return_days:
        return ""
    said = ngettext(
        "You can send goods back within %(days)d day of their arrival.",
        "You can send goods back within %(days)d days of their arrival.",
        shop.return_days,
    )
    return said % {"days": shop.return_days}
