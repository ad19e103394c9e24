"""The mail with the code that proves an order. Its job runs in the lane of what waits for a mail server."""

import logging
from datetime import datetime

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from ramah.commerce.commands import order_codes
from ramah.commerce.models import CodeRequest
from ramah.commerce.queries.terms import shop_profile

_log = logging.getLogger(__name__)


def mail_codes(*, at: datetime) -> int:
    """Answer those who want to see an order and named its number and their address. Returns how many had asked."""
    asked = order_codes.claim_requests(at=at)
    for request in asked:
        found = order_codes.code_for(request, at=at)
        if found is None or _sent(request, number=found[0].number, code=found[1]):
            order_codes.forget_request(request)
        else:
            order_codes.try_later(request, at=at)
    return len(asked)


def _sent(asked: CodeRequest, *, number: str, code: str) -> bool:
    shop = shop_profile()
    said = {"number": number, "code": code, "shop": shop}
    with translation.override(asked.language):
        subject = _("%(code)s is your code for order %(number)s") % {"code": code, "number": number}
        text = render_to_string("storefront/email/order_code.txt", said)
        html = render_to_string("storefront/email/order_code.html", said)
    mail = EmailMultiAlternatives(" ".join(subject.split()), text, to=[asked.email])
    mail.attach_alternative(html, "text/html")
    try:
        mail.send()
    except OSError:  # the mail server is away: smtplib's errors are of this kind, too
        _log.exception("a code could not be mailed")
        return False
    return True
