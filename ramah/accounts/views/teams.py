"""Settings: teams."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ramah.accounts import commands, permissions, queries
from ramah.accounts.forms import NewTeamForm, TeamForm
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of


@access(permissions.MANAGE_TEAMS)
@require_http_methods(["GET", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """All teams, and a form for one more."""
    form = NewTeamForm(request.POST or None)
    if form.is_valid():
        try:
            team = commands.create_team(actor=actor_of(request), name=form.cleaned_data["name"], at=clock.now())
        except commands.TeamNameTaken:
            form.add_error("name", _name_taken())
        else:
            return redirect("accounts_team", team.public_id)
    return render(request, "accounts/teams.html", {"form": form, "teams": queries.teams_with_members()})


@access(permissions.MANAGE_TEAMS)
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, public_id: str) -> HttpResponse:
    """One team: its name and its members."""
    found = queries.team_for(actor_of(request), public_id=public_id)
    form = TeamForm(request.POST or None, initial=TeamForm.initial_of(found))
    if form.is_valid():
        try:
            commands.change_team(actor=actor_of(request), team=found, at=clock.now(), **form.cleaned_data)
        except commands.TeamNameTaken:
            form.add_error("name", _name_taken())
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts_teams")
    return render(request, "accounts/team.html", {"form": form, "team": found})


def _name_taken() -> str:
    return _("There is a team of this name.")
