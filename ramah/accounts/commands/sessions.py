"""Sessions and second factors of a log-in, as others end them."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from ramah.accounts import permissions
from ramah.accounts.models import Agent
from ramah.kernel import audit, encryption
from ramah.kernel.actors import SYSTEM, Actor, require


def end_all_sessions(*, user_id: int, but: str = "") -> int:
    """End all sessions of a log-in except the one with the key `but`. Returns how many."""
    keys = list(
        UserSession.objects.filter(user_id=user_id).exclude(session_key=but).values_list("session_key", flat=True)
    )
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


def end_sessions(*, actor: Actor, agent: Agent, at: datetime) -> int:
    """Log an agent out everywhere. Returns how many sessions ended. Raises `PermissionDenied`."""
    require(actor, permissions.MANAGE_AGENTS)
    with transaction.atomic():
        ended = end_all_sessions(user_id=agent.user_id)
        audit.record(actor, "agent.end_sessions", f"agent:{agent.pk}", at=at, sessions=ended)
    return ended


def end_own_session(*, actor: Actor, user_id: int, session_id: int, at: datetime) -> bool:
    """Somebody ends one of their own sessions. False when there is no such session of theirs."""
    with transaction.atomic():
        session = UserSession.objects.filter(pk=session_id, user_id=user_id).first()
        if session is None:
            return False
        session.end()
        audit.record(actor, "session.end", f"user:{user_id}", at=at)
    return True


def end_other_sessions(*, actor: Actor, user_id: int, keep: str, at: datetime) -> int:
    """Somebody ends all their own sessions but the one with the key `keep`. Returns how many."""
    with transaction.atomic():
        ended = end_all_sessions(user_id=user_id, but=keep)
        audit.record(actor, "session.end_others", f"user:{user_id}", at=at, sessions=ended)
    return ended


def rewrite_second_factor_secrets(*, at: datetime) -> int:
    """Encrypt the secrets of all second factors under the newest key (`ramah rotate-secrets`). Returns how many.

    Raises `SecretUnreadable`; then nothing was changed.
    """
    rewritten = 0
    with transaction.atomic():
        for factor in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN):
            # allauth keeps the secret of an app under one name, the seed of recovery codes under the other.
            for name in {"secret", "seed"} & factor.data.keys():
                factor.data[name] = encryption.encrypt(encryption.decrypt(factor.data[name]))
                rewritten += 1
            factor.save(update_fields=["data"])
        audit.record(SYSTEM, "second_factor.rewrite_secrets", "system", at=at, factors=rewritten)
    return rewritten


def remove_second_factors(*, actor: Actor, agent: Agent, at: datetime) -> None:
    """Take all second factors from an agent who lost them, and end their sessions. Raises `PermissionDenied`."""
    require(actor, permissions.MANAGE_AGENTS)
    with transaction.atomic():
        Authenticator.objects.filter(user_id=agent.user_id).delete()
        end_all_sessions(user_id=agent.user_id)
        audit.record(actor, "agent.remove_second_factors", f"agent:{agent.pk}", at=at)
