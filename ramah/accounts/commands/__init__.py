"""Writes of accounts, by topic."""

from ramah.accounts.commands.agents import (
    EmailTaken,
    LastOwner,
    OwnProfileOnly,
    change_agent,
    change_profile,
    create_agent,
    create_owner,
    deactivate_agent,
    put_into_teams,
    reactivate_agent,
)
from ramah.accounts.commands.invitations import (
    AlreadyInvited,
    InvitationClosed,
    accept_invitation,
    invite,
    renew_invitation,
    withdraw_invitation,
)
from ramah.accounts.commands.presence import note_login, note_presence
from ramah.accounts.commands.security import NegativeLimit, require_second_factor, set_limits
from ramah.accounts.commands.sessions import (
    end_other_sessions,
    end_own_session,
    end_sessions,
    remove_second_factors,
    rewrite_second_factor_secrets,
)
from ramah.accounts.commands.shoppers import (
    BelongsToAgent,
    change_login_email,
    choose_language,
    close_login,
    log_out_everywhere,
    open_login,
    remove_password,
    set_password,
)
from ramah.accounts.commands.teams import TeamNameTaken, change_team, create_team

__all__ = [
    "AlreadyInvited",
    "BelongsToAgent",
    "EmailTaken",
    "InvitationClosed",
    "LastOwner",
    "NegativeLimit",
    "OwnProfileOnly",
    "TeamNameTaken",
    "accept_invitation",
    "change_agent",
    "change_login_email",
    "change_profile",
    "change_team",
    "choose_language",
    "close_login",
    "create_agent",
    "create_owner",
    "create_team",
    "deactivate_agent",
    "end_other_sessions",
    "end_own_session",
    "end_sessions",
    "invite",
    "log_out_everywhere",
    "note_login",
    "note_presence",
    "open_login",
    "put_into_teams",
    "reactivate_agent",
    "remove_password",
    "remove_second_factors",
    "renew_invitation",
    "require_second_factor",
    "rewrite_second_factor_secrets",
    "set_limits",
    "set_password",
    "withdraw_invitation",
]
