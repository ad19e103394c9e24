"""Mails on the log-in of a customer: codes, and what changed. Sent at once, since somebody waits; nothing of them is logged."""

import logging
from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from ramah.commerce.queries.terms import shop_profile

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says: one heading, a code in large figures if any, some lines, perhaps a button."""

    subject: str
    heading: str
    lines: tuple[str, ...]
    code: str = ""
    closing: str = ""
    action_url: str = ""
    action_label: str = ""


def sign_in_code(code: str) -> Words:
    """The code that signs in, or proves once more who somebody is."""
    return Words(
        _("%(code)s is your code to sign in") % {"code": code},
        _("Your code to sign in"),
        (
            _(
                "Enter it on the page where you asked for it. It is good for 15 minutes. Tell it to nobody, not even to us."
            ),
        ),
        code,
        _("You did not ask for it? Then somebody mistyped an address. Nothing was opened; you can delete this mail."),
    )


def agents_sign_in() -> Words:
    """To an agent, who signs in by password and second factor only."""
    return Words(
        _("Signing in with this address"),
        _("This address signs in with a password"),
        (
            _("Somebody, perhaps you, asked for a code to sign in to the shop. This address belongs to our team."),
            _("For your safety it opens with password and second factor only, so we sent no code."),
        ),
        action_url=settings.BASE_URL + reverse("account_login"),
        action_label=_("Log in to the desk"),
    )


def new_address_code(code: str) -> Words:
    """The code that proves a new address."""
    return Words(
        _("%(code)s confirms your new address") % {"code": code},
        _("Confirm your new address"),
        (_("Enter this code in your account. From then on you sign in with this address, and we write to it."),),
        code,
        _("You did not ask for it? Then somebody mistyped an address. Nothing changes; you can delete this mail."),
    )


def address_in_use() -> Words:
    """To an address that was to become somebody's new one, and has an account."""
    return Words(
        _("This address has an account already"),
        _("This address has an account already"),
        (
            _(
                "Somebody, perhaps you, wanted to use it for another account. Sign in with it instead; nothing was changed."
            ),
        ),
        action_url=settings.BASE_URL + reverse("sign_in"),
        action_label=_("Sign in"),
    )


def address_changed(new_address: str) -> Words:
    """To the old address."""
    return _changed(
        _("Your e-mail address was changed"),
        _("You sign in with %(address)s from now on. This address opens your account no more.")
        % {"address": new_address},
    )


def password_set() -> Words:
    """A password was set or changed."""
    return _changed(
        _("Your password was set"), _("You can sign in with it from now on. Other devices were signed out.")
    )


def password_removed() -> Words:
    """There is no password any more."""
    return _changed(
        _("Your password was removed"), _("You sign in with a code by mail from now on. Other devices were signed out.")
    )


def _changed(heading: str, line: str) -> Words:
    return Words(
        heading,
        heading,
        (line,),
        closing=_("Was it not you? Write to us at once."),
        action_url=settings.BASE_URL + reverse("contact"),
        action_label=_("Write to us"),
    )


def send(address: str, words: Words) -> bool:
    """Send it in the active language, under the shop's name. False when mail is down."""
    shop = shop_profile()
    told = {"words": words, "shop": shop, "action_url": words.action_url, "action_label": words.action_label}
    mail = EmailMultiAlternatives(
        " ".join(words.subject.split()),
        render_to_string("storefront/email/account.txt", told),
        formataddr((shop.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        [address],
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("storefront/email/account.html", told), "text/html")
    try:
        mail.send()
    except OSError as error:  # smtplib's errors are of this kind, too; their text may hold the address
        _log.error("a mail on an account could not be sent", extra={"error": type(error).__name__})
        return False
    return True
