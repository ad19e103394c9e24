"""Invitations: a seat is offered by mail, taken once, resent or withdrawn."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from ramah.accounts import permissions
from ramah.accounts.commands.agents import EmailTaken, give_seat
from ramah.accounts.commands.shoppers import BelongsToAgent, open_login
from ramah.accounts.models import Agent, Invitation, Team
from ramah.accounts.queries import AgentActor, invitation_by_token, is_agents_address, is_login_address
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, require

VALID = timedelta(days=7)


class AlreadyInvited(Exception):
    """An invitation to this address is open: resend or withdraw it."""


class InvitationClosed(Exception):
    """The invitation was accepted, withdrawn, resent under another link, or is too old."""


def invite(*, actor: AgentActor, email: str, name: str, role: str, teams: Iterable[Team], at: datetime) -> Invitation:
    """Offer a seat. The link that goes out is valid for seven days. Who shops with the address may be offered one, too.

    Raises `PermissionDenied`, `EmailTaken` (an agent, present or past, has the address), `AlreadyInvited`.
    """
    require(actor, permissions.MANAGE_AGENTS)
    email = email.strip().lower()
    with transaction.atomic():
        if is_agents_address(email):
            raise EmailTaken
        if Invitation.objects.filter(email=email, accepted_at=None, withdrawn_at=None).exists():
            raise AlreadyInvited
        invitation = Invitation.objects.create(
            email=email, name=name, role=role, invited_by_id=actor.agent_id, expires_at=at + VALID, created_at=at
        )
        invitation.teams.set(teams)
        audit.record(actor, "invitation.create", f"invitation:{invitation.pk}", at=at, role=role)
    return invitation


def renew_invitation(*, actor: AgentActor, invitation: Invitation, at: datetime) -> Invitation:
    """Give an invitation seven more days and a new link; the old link is void. Raises `PermissionDenied`, `InvitationClosed`."""
    require(actor, permissions.MANAGE_AGENTS)
    with transaction.atomic():
        invitation = _open(invitation)
        invitation.expires_at = at + VALID
        invitation.save(update_fields=["expires_at"])
        audit.record(actor, "invitation.renew", f"invitation:{invitation.pk}", at=at)
    return invitation


def withdraw_invitation(*, actor: AgentActor, invitation: Invitation, at: datetime) -> None:
    """Take an offered seat back; its link is void. Raises `PermissionDenied`, `InvitationClosed`."""
    require(actor, permissions.MANAGE_AGENTS)
    with transaction.atomic():
        invitation = _open(invitation)
        invitation.withdrawn_at = at
        invitation.save(update_fields=["withdrawn_at"])
        audit.record(actor, "invitation.withdraw", f"invitation:{invitation.pk}", at=at)


def accept_invitation(*, token: str, name: str, password: str, language: str = "", at: datetime) -> Agent:
    """Take the offered seat: the holder of the link becomes an agent, with the log-in they shop with if they have one.

    Raises `InvitationClosed`, `EmailTaken`.
    """
    with transaction.atomic():
        found = invitation_by_token(token, at=at)
        if found is None:
            raise InvitationClosed
        invitation = _open(found)
        shopped = is_login_address(invitation.email)
        try:
            open_login(email=invitation.email, language=language, at=at)
        except BelongsToAgent:
            raise EmailTaken from None
        agent = give_seat(
            email=invitation.email,
            name=name,
            role=invitation.role,
            password=password,
            teams=invitation.teams.all(),
            language=language,
            at=at,
        )
        invitation.accepted_at = at
        invitation.save(update_fields=["accepted_at"])
        subject = f"invitation:{invitation.pk}"
        audit.record(SYSTEM, "invitation.accept", subject, at=at, agent=agent.pk, shopped=shopped)
    return agent


def _open(invitation: Invitation) -> Invitation:
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_at or invitation.withdrawn_at:
        raise InvitationClosed
    return invitation


__all__ = [
    "VALID", "AlreadyInvited", "EmailTaken", "InvitationClosed",
    "accept_invitation", "invite", "renew_invitation", "withdraw_invitation",
]  # fmt: skip
