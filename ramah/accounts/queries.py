"""Reads of accounts: who acts, who works here, and the doors to agents, teams and invitations."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import signing
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from ramah.accounts import permissions
from ramah.accounts.browsers import browser_of
from ramah.accounts.models import Agent, Invitation, Limit, Role, RolePolicy, Team, User
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.models import AuditEntry, PublicModel
from ramah.kernel.money import Money
from ramah.kernel.permissions import permissions_of

P = TypeVar("P", bound=PublicModel)
_TOKEN_SALT = "accounts.invitation"  # noqa: S105 - names a use of the key, is no secret


@dataclass(frozen=True, slots=True)
class AgentActor:
    """An active agent who acts. One whose role demands a second factor that is not set up yet holds no permission at all."""

    agent_id: int
    public_id: str
    name: str
    role: str
    team_ids: frozenset[int]
    permissions: frozenset[str]
    user_id: int
    time_zone: str
    needs_second_factor: bool = False
    last_seen_at: datetime | None = None

    @property
    def ref(self) -> str:
        return f"agent:{self.agent_id}"

    @property
    def label(self) -> str:
        return self.name

    @property
    def sees_contact_data(self) -> bool:
        """Whether e-mail addresses and phone numbers are shown in full; masked otherwise."""
        return permissions.SEE_CONTACT_DATA in self.permissions

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def agent_actor(user: User) -> AgentActor | None:
    """The agent behind a log-in, with teams and permissions, in one query; None for whoever does not (or no longer) work here."""
    if not user.is_active:
        return None
    rows = list(
        Agent.objects.filter(user_id=user.pk, is_active=True)
        .annotate(
            factor_required=Exists(RolePolicy.objects.filter(role=OuterRef("role"), second_factor_required=True)),
            factor_present=Exists(second_factors().filter(user=OuterRef("user_id"))),
        )
        .order_by()
        .values_list(
            "id", "public_id", "name", "role", "time_zone", "last_seen_at",
            "factor_required", "factor_present", "teams__id",
        )
    )  # fmt: skip
    if not rows:
        return None
    agent_id, public_id, name, role, time_zone, last_seen_at, required, present, _ = rows[0]
    locked = required and not present
    return AgentActor(
        agent_id=agent_id,
        public_id=public_id,
        name=name,
        role=role,
        team_ids=frozenset(row[-1] for row in rows if row[-1] is not None),
        permissions=frozenset() if locked else permissions_of(role),
        user_id=user.pk,
        time_zone=time_zone,
        needs_second_factor=locked,
        last_seen_at=last_seen_at,
    )


def is_agents(user: User) -> bool:
    """Whether the log-in is that of somebody who works or worked here: then nothing but password and second factor opens it."""
    return Agent.objects.filter(user_id=user.pk).exists()


def is_agents_address(email: str) -> bool:
    """Whether an agent, present or past, logs in with this address."""
    return Agent.objects.filter(user__email__iexact=email.strip()).exists()


def is_login_address(email: str) -> bool:
    """Whether anybody logs in with this address."""
    return User.objects.filter(email__iexact=email.strip()).exists()


def second_factors() -> QuerySet[Authenticator]:
    """What counts as a second factor: an authenticator app or a passkey. Recovery codes only stand in for one."""
    return Authenticator.objects.filter(type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])


def agents(*, team_id: int | None = None, role: str = "", active: bool | None = True) -> QuerySet[Agent]:
    """Agents by name, of one team or role if given; `active=None` includes those who were deactivated."""
    found = Agent.objects.select_related("user").order_by("name", "id")
    if team_id is not None:
        found = found.filter(teams=team_id)
    if role:
        found = found.filter(role=role)
    return found if active is None else found.filter(is_active=active)


def agents_with_state() -> QuerySet[Agent]:
    """All agents with their teams and `has_second_factor`, the active ones first."""
    return (
        agents(active=None)
        .prefetch_related("teams")
        .annotate(has_second_factor=Exists(second_factors().filter(user=OuterRef("user_id"))))
        .order_by("-is_active", "name", "id")
    )


def teams() -> QuerySet[Team]:
    """Teams by name."""
    return Team.objects.order_by("name", "id")


def acting_agent(actor: Actor) -> AgentActor:
    """`actor` as the agent it is. Raises `NotVisible` for anyone else."""
    if not isinstance(actor, AgentActor):
        raise NotVisible
    return actor


def acting_agent_row(actor: Actor) -> Agent:
    """The row of the agent who acts, with the user. Raises `NotVisible` for anyone else."""
    return agents().get(pk=acting_agent(actor).agent_id)


def teams_with_members() -> QuerySet[Team]:
    """Teams by name with their active members in `members`."""
    return teams().prefetch_related(Prefetch("agents", agents(), to_attr="members"))


def agent_for(actor: Actor, *, public_id: str) -> Agent:
    """The agent `public_id`, visible to everyone who works here. Raises `NotVisible`."""
    return _one(agents(active=None), actor, permissions.WORK_HERE, public_id)


def team_for(actor: Actor, *, public_id: str) -> Team:
    """The team `public_id`, visible to everyone who works here. Raises `NotVisible`."""
    return _one(teams(), actor, permissions.WORK_HERE, public_id)


def invitation_for(actor: Actor, *, public_id: str) -> Invitation:
    """The invitation `public_id`, visible to those who may invite. Raises `NotVisible`."""
    return _one(Invitation.objects.all(), actor, permissions.MANAGE_AGENTS, public_id)


def _one(rows: QuerySet[P], actor: Actor, permission: str, public_id: str) -> P:
    found = rows.filter(public_id=public_id).first() if actor.may(permission) else None
    if found is None:
        raise NotVisible
    return found


def open_invitations() -> QuerySet[Invitation]:
    """Invitations that were neither accepted nor withdrawn, newest first; some of them may have expired."""
    return (
        Invitation.objects.filter(accepted_at=None, withdrawn_at=None)
        .select_related("invited_by")
        .prefetch_related("teams")
        .order_by("-id")
    )


def token_of(invitation: Invitation) -> str:
    """The secret of an invitation's link. It changes when the invitation is renewed."""
    return signing.dumps([invitation.public_id, int(invitation.expires_at.timestamp())], salt=_TOKEN_SALT)


def invitation_by_token(token: str, *, at: datetime) -> Invitation | None:
    """The open invitation whose link carries `token`; None when that was altered, used, withdrawn, renewed or expired by `at`."""
    try:
        public_id, expires = signing.loads(token, salt=_TOKEN_SALT)
    except signing.BadSignature:
        return None
    found = Invitation.objects.filter(
        public_id=public_id, accepted_at=None, withdrawn_at=None, expires_at__gt=at
    ).first()
    return found if found and int(found.expires_at.timestamp()) == expires else None


def limit_of(actor: Actor, key: str, currency: str) -> Money | None:
    """How much `actor` may give away on his own (`Limit.Key`) in `currency`; zero without a row, None: without limit.

    Ramah itself has no limit: it carries out what a person or a policy decided.
    """
    if isinstance(actor, AgentActor):
        amount = Limit.objects.filter(role=actor.role, key=key, currency=currency).values_list("amount", flat=True)
        return Money(amount.first() or Decimal(0), currency)
    return None if actor.may(permissions.MANAGE_SECURITY) else Money(Decimal(0), currency)


def limits() -> dict[tuple[str, str, str], Decimal]:
    """All limits of authority, by role, key and currency."""
    return {(row.role, row.key, row.currency): row.amount for row in Limit.objects.all()}


def roles_with_second_factor() -> set[str]:
    """Roles whose agents must have a second factor."""
    return set(RolePolicy.objects.filter(second_factor_required=True).values_list("role", flat=True))


def sessions_of(user: User, *, at: datetime) -> list[UserSession]:
    """Sessions of a log-in that are still alive at `at`, the one last used first."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=at)
    return list(UserSession.objects.filter(Exists(alive), user=user).order_by("-last_seen_at", "-id"))


@dataclass(frozen=True, slots=True)
class SessionSight:
    """A place where somebody is logged in, as they recognize it."""

    key: int
    browser: str
    ip: str
    last_seen_at: datetime
    is_current: bool


def sessions_shown(user: User, *, current: str, at: datetime) -> list[SessionSight]:
    """Sessions of a log-in in words; `current` is the key of the one that asks."""
    return [
        SessionSight(row.pk, browser_of(row.user_agent), row.ip, row.last_seen_at, row.session_key == current)
        for row in sessions_of(user, at=at)
    ]


def audit_entries(
    *,
    actor: str = "",
    action: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """Lines of the audit log: by `actor` (`agent:7`), `action` (`conversation.` finds all that begin so), `subject`
    (`conversation:7`), from `since` up to but without `until`."""
    found = AuditEntry.objects.all()
    if actor:
        found = found.filter(actor=actor)
    if action:
        found = found.filter(action__startswith=action)
    if subject:
        found = found.filter(subject=subject)
    if since:
        found = found.filter(at__gte=since)
    return found.filter(at__lt=until) if until else found


def names_of_actors(entries: list[AuditEntry]) -> dict[str, str]:
    """What to call the agents in these lines of the audit log, by `AuditEntry.actor`."""
    ids = {entry.actor.removeprefix("agent:") for entry in entries if entry.actor.startswith("agent:")}
    return {f"agent:{pk}": name for pk, name in Agent.objects.filter(pk__in=ids).values_list("pk", "name")}


def is_last_owner(agent: Agent) -> bool:
    """Whether `agent` is the only active owner: then nobody could manage the rest."""
    others = Agent.objects.filter(role=Role.OWNER, is_active=True, user__is_active=True).exclude(pk=agent.pk)
    return agent.is_active and agent.role == Role.OWNER and not others.exists()
