"""Addresses of the app: the entrance under accounts/, the settings under desk/settings/."""

from django.urls import URLPattern, URLResolver, path, re_path

from ramah.accounts.views import agents, entrance, profile, security, teams

urlpatterns: list[URLPattern | URLResolver] = [
    path("invitation/<str:token>/", entrance.accept_invitation, name="accounts_accept_invitation"),
    # allauth's pages for what does not exist here.
    re_path(r"^(?:signup|email|confirm-email|password/set|login/code)/", entrance.closed),
]

settings_urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/", profile.profile, name="accounts_profile"),
    path("profile/sessions/end-others/", profile.end_other_sessions, name="accounts_end_other_sessions"),
    path("profile/sessions/<int:session_id>/end/", profile.end_session, name="accounts_end_session"),
    path("agents/", agents.agents, name="accounts_agents"),
    path("agents/invite/", agents.invite, name="accounts_invite"),
    path("agents/invitations/<str:public_id>/renew/", agents.renew_invitation, name="accounts_renew_invitation"),
    path(
        "agents/invitations/<str:public_id>/withdraw/", agents.withdraw_invitation, name="accounts_withdraw_invitation"
    ),
    path("agents/<str:public_id>/", agents.agent, name="accounts_agent"),
    *(
        path(f"agents/<str:public_id>/{change}/", agents.change_access, {"change": change}, name=f"accounts_{name}")
        for change, name in {
            "deactivate": "deactivate_agent",
            "reactivate": "reactivate_agent",
            "end-sessions": "end_sessions",
            "remove-factors": "remove_factors",
        }.items()
    ),
    path("teams/", teams.teams, name="accounts_teams"),
    path("teams/<str:public_id>/", teams.team, name="accounts_team"),
    path("roles/", security.roles, name="accounts_roles"),
    path("security/", security.security, name="accounts_security"),
    path("audit/", security.audit_log, name="accounts_audit"),
]
