"""A notice as its customer reads it: the rule's words, what may be chosen as buttons, and the way out of it.

What is kept of a message holds clean addresses; the signed ones stand in `Told.sealed`, for whoever reads the customer's own mail
(see `conversations.commands.sealing`). An address of the delivery stands in no notice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ramah.commerce.models import Order
from ramah.commerce.queries.terms import shop_profile
from ramah.kernel.money import Money, format_money
from ramah.notices import kinds, tokens
from ramah.notices.choosing import CARRIER, REFUND
from ramah.notices.models import Notice
from ramah.notices.queries.wishes import zone_for

_GAP = re.compile(r"\n\s*\n\s*\n+")


class Choosable(Protocol):
    """What is offered: a kind and what it is worth (`choosing.Offered`, or a row of it)."""

    @property
    def kind(self) -> str: ...

    @property
    def offer(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in its forms, as `open_conversation` takes them. `plain` is for channels that are no mail: without what stands
    around a mail. `sealed` holds the signed link for each clean one; `headers` are those of promotions (RFC 8058)."""

    subject: str
    text: str
    html: str
    plain: str = ""
    sealed: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChoiceWords:
    """A choice as a button: what it does, and what goes with it."""

    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Button:
    words: ChoiceWords
    url: str


def compose(
    notice: Notice, offered: Sequence[Choosable], *, subject: str, text: str, at: datetime, further: Sequence[str] = ()
) -> Told:
    """The notice in its language. `subject` and `text` are the rule's words, filled in, as plain text; `further` has a line for
    each notice that goes out with it."""
    zone = ZoneInfo(zone_for(notice.customer, notice.order))
    with translation.override(notice.language or "en"), timezone.override(zone):
        page, sealed, buttons = _page_of(notice), {}, []
        for one in offered:
            url = f"{page}?choice={one.kind}"
            sealed[url] = tokens.choice_link(notice, one.kind)
            buttons.append(_Button(choice_words(one.kind, one.offer), url))
        if page:
            sealed[page] = tokens.choice_link(notice)
        is_promotion = kinds.KINDS[notice.kind].is_promotion
        way_out = _clean("account_consents" if is_promotion else "account_notices")
        link = tokens.unsubscribe_link if is_promotion else tokens.preferences_link
        sealed[way_out] = link(notice.customer)
        context = {
            "buttons": buttons,
            "further": list(further),
            "until": notice.choice_until if buttons else None,
            "page": "" if buttons else page,
            "is_promotion": is_promotion,
            "way_out": way_out,
        }
        one_click = {"List-Unsubscribe": f"<{sealed[way_out]}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return _told(subject, text, context, sealed=sealed, headers=one_click if is_promotion else {})


def compose_result(order: Order, notice: Notice | None, *, subject: str, text: str) -> Told:
    """What came of a choice, in the active language."""
    page = _clean("track", order.public_id)
    sealed = {page: tokens.choice_link(notice)} if notice is not None else {}
    return _told(subject, text, {"page": page}, sealed=sealed, headers={})


def choice_words(kind: str, offer: Mapping[str, str]) -> ChoiceWords:
    """A choice in the active language, with what it is worth."""
    amount, day = _amount(offer), _day(offer.get("until", ""))
    if kind == kinds.CANCEL:
        return _cancel_words(offer.get("how", ""), amount)
    return {
        kinds.WAIT: ChoiceWords(_("Wait for it"), _("It arrives by %(day)s.") % {"day": day}),
        kinds.CREDIT: ChoiceWords(
            _("Wait, and keep %(amount)s") % {"amount": amount},
            _("Off your next order, within half a year. It arrives by %(day)s.") % {"day": day},
        ),
        kinds.ADDRESS: ChoiceWords(_("Another address"), _("In the same country.")),
        kinds.DATE: ChoiceWords(_("Another day"), _("You choose which.")),
        kinds.PICKUP_POINT: ChoiceWords(_("To a pick-up point"), _("You fetch it when it suits you.")),
        kinds.NEIGHBOR: ChoiceWords(_("To a neighbor"), _("You say to whom.")),
        kinds.LEAVE: ChoiceWords(_("Leave it at a safe place"), _("You say where. Nobody has to be there.")),
        kinds.PAY: ChoiceWords(_("Pay now"), ""),
        kinds.TALK: ChoiceWords(_("Talk to a person"), _("We answer in the conversation about your order.")),
    }[kind]


def _cancel_words(how: str, amount: str) -> ChoiceWords:
    back = {"amount": amount}
    if how == REFUND:
        return ChoiceWords(_("Get your money back"), _("%(amount)s, the way you paid it.") % back)
    if how == CARRIER:
        return ChoiceWords(_("Send it back"), _("Your money goes back once it is here again.") if amount else "")
    if not amount:
        return ChoiceWords(_("Cancel the order"), _("Nothing was paid yet."))
    return ChoiceWords(_("Cancel, and get your money back"), _("%(amount)s, the way you paid it.") % back)


def _amount(offer: Mapping[str, str]) -> str:
    return format_money(Money(Decimal(offer["amount"]), offer["currency"])) if offer.get("amount") else ""


def _day(text: str) -> str:
    return str(date_format(date.fromisoformat(text), "j E")) if text else ""


def _page_of(notice: Notice) -> str:
    return _clean("track", notice.order.public_id) if notice.order is not None else ""


def _clean(name: str, *args: str) -> str:
    return settings.BASE_URL + reverse(name, args=args)


def _told(
    subject: str, text: str, further: Mapping[str, Any], *, sealed: Mapping[str, str], headers: Mapping[str, str]
) -> Told:
    shop = shop_profile()
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    context = {**further, "subject": subject, "paragraphs": paragraphs, "shop": shop, "shop_name": shop.name}
    return Told(
        subject=subject,
        text=_close_up(render_to_string("notices/email/notice.txt", context)),
        html=render_to_string("notices/email/notice.html", context),
        plain=_close_up(render_to_string("notices/email/plain.txt", context)),
        sealed=sealed,
        headers=headers,
    )


def _close_up(text: str) -> str:
    return _GAP.sub("\n\n", text).strip()
