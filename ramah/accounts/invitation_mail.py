"""The mail that brings an invitation."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from ramah.accounts.models import Invitation
from ramah.accounts.queries import token_of


def send_invitation(invitation: Invitation) -> bool:
    """Send the link to the invited address, in the active language. False when mail is down: the invitation stands, resend it."""
    link = settings.BASE_URL + reverse("accounts_accept_invitation", args=[token_of(invitation)])
    body = render_to_string("accounts/email/invitation.txt", {"invitation": invitation, "link": link})
    subject = _("%(name)s invites you to Ramah") % {"name": invitation.invited_by.name}
    try:
        send_mail(" ".join(subject.splitlines()), body, None, [invitation.email])
    except OSError:
        return False
    return True
