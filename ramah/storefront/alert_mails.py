"""Telling those who wait for a variant. The first are told by the event that brings it back; the job here tells the next ones.

Each is a notice by the rule of its kind, in the customer's conversation about the product. Taking an alert and writing what is
told are one transaction. Each mail has a link that ends all waiting at its address.
"""

from datetime import datetime
from functools import partial
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
from ramah.kernel.actors import SYSTEM
from ramah.notices.commands.on_request import BACK_IN_STOCK, PRICE_DROP, are_open, is_awake, tell_on_request
from ramah.notices.commands.tellers import Told, register_teller
from ramah.notices.models import Notice
from ramah.storefront.answering import answering_hours
from ramah.storefront.letters import both_forms, inbox_for

BATCH = 50
_signer = Signer(sep=".", salt="storefront.alerts.stop")


def tell_about(variant_id: int, *, at: datetime) -> int:
    """Tell the next ones who wait for the variant, at most `BATCH` of either kind. Returns how many.

    In their quiet hours, and while notices are switched off or the rule of either kind rests, they go on waiting.
    """
    with transaction.atomic():
        variant = variant_by_key(variant_id)
        if variant is None or not are_open((BACK_IN_STOCK, PRICE_DROP), at=at):
            return 0
        told = take_alerts(variant=variant, at=at, limit=BATCH, is_ready=partial(is_awake, at=at))
        for alert in told:
            _tell(alert, variant, at=at)
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


def write_alert(notice: Notice, *, subject: str, text: str, at: datetime) -> Told:
    """The notice to whoever waited, with a link that ends all waiting at the address."""
    facts = notice.facts
    with translation.override(notice.language):
        stop = settings.BASE_URL + reverse("alerts_stop", args=[stop_token(int(facts["contact_point"]))])
        plain_stop = settings.BASE_URL + reverse("alert")
        shop = shop_profile()
        context = {
            "subject": subject,
            "text": text,
            "title": facts.get("product", ""),
            "options": facts.get("options", ""),
            "shop": shop,
            "shop_name": shop.name,
            "action_url": settings.BASE_URL + reverse("product", args=[facts["slug"]]),
            "action_label": _("See it"),
            "stop_url": plain_stop,
            "language": notice.language,
            "hours": answering_hours(notice.language, at=at),
        }
        plain, html = both_forms("alert", context)
    return Told(subject=subject, text=plain, html=html, plain=plain, sealed={plain_stop: stop})


def _tell(alert: Alert, variant: Variant, *, at: datetime) -> None:
    inbox_for(alert.language)  # without one they wait, in sight, until there is one
    tell_on_request(
        kind=alert.kind,
        alert_id=alert.pk,
        contact_point=alert.contact_point,
        language=alert.language,
        about=f"product:{variant.product_id}",
        facts=_facts(alert, variant),
        at=at,
    )


def _facts(alert: Alert, variant: Variant) -> dict[str, Any]:
    price = variant.price_in(alert.currency) if alert.currency else None
    price = price or variant.price
    facts = {
        "product": " ".join(variant.product.title_in(alert.language).text.split()),
        "options": ", ".join(" ".join(str(value).split()) for value in variant.options.values()),
        "slug": variant.product.slug,
        "price": {"amount": str(price.amount), "currency": price.currency.code},
    }
    if alert.kind == Alert.Kind.PRICE_DROP:
        facts["old_price"] = {"amount": str(alert.below_amount), "currency": alert.currency}
    return facts


for _kind in (BACK_IN_STOCK, PRICE_DROP):
    register_teller(_kind, write_alert)
