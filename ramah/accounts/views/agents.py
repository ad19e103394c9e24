"""Settings: agents and invitations."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.accounts import commands, permissions, queries
from ramah.accounts.forms import AgentForm, InviteForm
from ramah.accounts.invitation_mail import send_invitation
from ramah.accounts.models import Invitation
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of


@access(permissions.MANAGE_AGENTS)
@require_GET
def agents(request: HttpRequest) -> HttpResponse:
    """Everyone who works or worked here, and who was invited."""
    context = {
        "agents": queries.agents_with_state(),
        "invitations": queries.open_invitations(),
        "now": clock.now(),
        "factor_roles": queries.roles_with_second_factor(),
    }
    return render(request, "accounts/agents.html", context)


@access(permissions.MANAGE_AGENTS)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Offer somebody a seat."""
    form = InviteForm(request.POST or None)
    if form.is_valid():
        try:
            invitation = commands.invite(
                actor=queries.acting_agent(actor_of(request)), at=clock.now(), **form.cleaned_data
            )
        except commands.EmailTaken:
            form.add_error("email", _("Somebody with this address already works here; look in the list of agents."))
        except commands.AlreadyInvited:
            form.add_error("email", _("This address is invited already; send the invitation again from the list."))
        else:
            return _sent(request, invitation)
    return render(request, "accounts/invite.html", {"form": form})


@access(permissions.MANAGE_AGENTS)
@require_POST
def renew_invitation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send an invitation again, with a new link."""
    actor = queries.acting_agent(actor_of(request))
    invitation = queries.invitation_for(actor, public_id=public_id)
    try:
        return _sent(request, commands.renew_invitation(actor=actor, invitation=invitation, at=clock.now()))
    except commands.InvitationClosed:
        return _closed(request)


@access(permissions.MANAGE_AGENTS)
@require_POST
def withdraw_invitation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an invitation back."""
    actor = queries.acting_agent(actor_of(request))
    invitation = queries.invitation_for(actor, public_id=public_id)
    try:
        commands.withdraw_invitation(actor=actor, invitation=invitation, at=clock.now())
    except commands.InvitationClosed:
        return _closed(request)
    messages.success(request, _("The invitation is withdrawn; its link no longer works."))
    return redirect("accounts_agents")


def _sent(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if send_invitation(invitation):
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": invitation.email})
    else:
        messages.error(request, _("The invitation stands, but no mail could be sent. Send it again in some minutes."))
    return redirect("accounts_agents")


def _closed(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("This invitation was accepted or withdrawn meanwhile."))
    return redirect("accounts_agents")


@access(permissions.MANAGE_AGENTS)
@require_http_methods(["GET", "POST"])
def agent(request: HttpRequest, public_id: str) -> HttpResponse:
    """One agent: name, role, teams, and what can be taken away."""
    found = queries.agent_for(actor_of(request), public_id=public_id)
    form = AgentForm(request.POST or None, initial=AgentForm.initial_of(found))
    if form.is_valid():
        try:
            commands.change_agent(actor=actor_of(request), agent=found, at=clock.now(), **form.cleaned_data)
        except commands.LastOwner:
            form.add_error("role", _last_owner())
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts_agents")
    context: dict[str, Any] = {
        "form": form,
        "agent": found,
        "sessions": queries.sessions_of(found.user, at=clock.now()),
    }
    context["factors"] = queries.second_factors().filter(user=found.user)
    return render(request, "accounts/agent.html", context)


@access(permissions.MANAGE_AGENTS)
@require_POST
def change_access(request: HttpRequest, public_id: str, change: str) -> HttpResponse:
    """Deactivate or reactivate an agent, end their sessions, or take their second factors away."""
    found = queries.agent_for(actor_of(request), public_id=public_id)
    command, said = {
        "deactivate": (commands.deactivate_agent, _("%(name)s is out; all their sessions have ended.")),
        "reactivate": (commands.reactivate_agent, _("%(name)s can log in again.")),
        "end-sessions": (commands.end_sessions, _("%(name)s is logged out everywhere.")),
        "remove-factors": (commands.remove_second_factors, _("%(name)s logs in with the password alone for now.")),
    }[change]
    try:
        command(actor=actor_of(request), agent=found, at=clock.now())
    except commands.LastOwner:
        messages.error(request, _last_owner())
    else:
        messages.success(request, said % {"name": found.name})
    return redirect("accounts_agent", public_id)


def _last_owner() -> str:
    return _("This is the last active owner. Make somebody else an owner first.")
