"""How django-allauth works here: no sign-up, mails that cannot break a page, secrets encrypted, all of it on record."""

import logging
from typing import Any, cast

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from ramah.accounts import commands, queries
from ramah.accounts.models import User
from ramah.kernel import clock, encryption

_log = logging.getLogger(__name__)


def display_name(user: User) -> str:
    """What allauth's mails and passkeys call a person."""
    actor = queries.agent_actor(user)
    return actor.name if actor else user.email


class AccountAdapter(DefaultAccountAdapter):
    """Log-in by e-mail and password: for agents, who were invited, and for customers, whose log-in the shop makes."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: a seat comes by invitation, a customer's log-in with the first code that proves an address."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of allauth's mails under our name. When mail is down, say so; the same for known and unknown addresses."""
        site = {"name": "Ramah", "domain": settings.BASE_URL}
        try:
            super().send_mail(template_prefix, email, {**context, "current_site": site})
        except OSError:
            _log.exception("mail could not be sent", extra={"template": template_prefix})
            messages.error(self.request, _("No mail could be sent just now. Try again in some minutes."))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell somebody that a password or second factor of theirs changed, and put it on record."""
        commands.note_login(user=cast(User, user), what=f"login.{template_prefix.rsplit('/', 1)[-1]}", at=clock.now())
        super().send_notification_mail(template_prefix, user, context, email)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where a log-in leads that says nothing else: agents to the desk, customers to what the shop keeps for them."""
        if queries.is_agents(cast(User, request.user)):
            return resolve_url(settings.LOGIN_REDIRECT_URL)
        return resolve_url("signed_in")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether to ask for the password once more: not of somebody who has just logged in."""
        records = get_authentication_records(self.request, self.request.user)
        if records and clock.now().timestamp() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Put the log-in on record and bring the person's language to this browser."""
        person = cast(User, user)
        commands.note_login(user=person, what="login.start", at=clock.now())
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if person.language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, samesite="Lax")
        return response


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors stand encrypted in the database."""

    def encrypt(self, text: str) -> str:
        """The secret as it is stored."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The stored secret. Raises `SecretUnreadable`."""
        return encryption.decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What a passkey belongs to: the host in the address bar, shown as Ramah."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Ramah"}
