"""Telling those who wait for a variant. The first are told by the event that brings it back; the job here tells the next ones.

What is told stands in the customer's conversation about the product. Each mail has a link that ends all waiting at its address.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from ramah.commerce.commands.alerts import take_alerts, withdraw_alert, withdraw_orphans
from ramah.commerce.models import Alert, Variant
from ramah.commerce.queries.alerts import alerts_gone, alerts_lapsed, variant_by_key, variants_awaited
from ramah.commerce.queries.terms import shop_profile
from ramah.conversations.commands.opening import open_conversation
from ramah.kernel.actors import SYSTEM
from ramah.kernel.money import Money, format_money
from ramah.storefront.answering import answering_hours
from ramah.storefront.letters import both_forms, inbox_for

BATCH = 50
_signer = Signer(sep=".", salt="storefront.alerts.stop")


def tell_about(variant_id: int, *, at: datetime) -> int:
    """Tell the next ones who wait for the variant, at most `BATCH` of either kind. Returns how many."""
    with transaction.atomic():
        variant = variant_by_key(variant_id)
        told = take_alerts(variant=variant, at=at, limit=BATCH) if variant is not None else []
        for alert in told:
            _tell(alert, variant, at=at)  # type: ignore[arg-type]  # there are none without it
        return len(told)


def attend(*, at: datetime) -> int:
    """The job: tell those whose turn has come meanwhile, and end the watch of those who waited too long, or for what was deleted.

    Returns how many.
    """
    told = sum(tell_about(key, at=at) for key in variants_awaited(at=at))
    return (
        told
        + withdraw_orphans(at=at)
        + sum(
            withdraw_alert(actor=SYSTEM, alert=alert, reason="not back in time", at=at)
            for alert in alerts_lapsed(at=at)
        )
    )


def withdraw_gone(product_id: int, *, at: datetime) -> None:
    """Let those go who wait for what is sold no more. No mail: that it is not back is what they know."""
    for alert in alerts_gone(product_id):
        withdraw_alert(actor=SYSTEM, alert=alert, reason="no longer sold", at=at)


def stop_token(contact_point_id: int) -> str:
    """What stands in the link that ends all waiting at an address."""
    return _signer.sign(str(contact_point_id))


def address_of_token(token: str) -> int | None:
    """The key of the address that a link speaks of; None when it was altered."""
    try:
        return int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None


def _tell(alert: Alert, variant: Variant, *, at: datetime) -> None:
    inbox = inbox_for(alert.language)
    with translation.override(alert.language):
        told = _context(alert, variant)
        stop = settings.BASE_URL + reverse("alerts_stop", args=[stop_token(alert.contact_point_id)])
        plain_stop = settings.BASE_URL + reverse("alert")
        hours = answering_hours(alert.language, at=at)
        context = {**told, "stop_url": plain_stop, "language": alert.language, "hours": hours}
        text, html = both_forms("alert", context)
        open_conversation(
            inbox=inbox,
            contact_point=alert.contact_point,
            subject=context["subject"],
            text=text,
            html=html,
            language=alert.language,
            about=f"product:{variant.product_id}",
            purpose=f"alert.{alert.pk}",
            at=at,
            sealed={plain_stop: stop},
        )


def _context(alert: Alert, variant: Variant) -> dict[str, Any]:
    title = " ".join(variant.product.title_in(alert.language).text.split())
    options = ", ".join(" ".join(str(value).split()) for value in variant.options.values())
    price = variant.price_in(alert.currency) if alert.currency else None
    price = price or variant.price
    is_price = alert.kind == Alert.Kind.PRICE_DROP
    return {
        "subject": (_("%(title)s costs less now") if is_price else _("%(title)s is back")) % {"title": title},
        "is_price": is_price,
        "before": format_money(Money(alert.below_amount, alert.currency)) if is_price else "",
        "title": title,
        "options": options,
        "price": format_money(price),
        "shop": (shop := shop_profile()),
        "shop_name": shop.name,
        "action_url": settings.BASE_URL + reverse("product", args=[variant.product.slug]),
        "action_label": _("See it"),
    }
