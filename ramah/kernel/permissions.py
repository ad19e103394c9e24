"""The permission table, gathered from every app's `permissions.py`.

    REPLY = permission("conversations.reply", to=EVERYONE, says=_("Answer customers"))

Code asks for the permission, never for a role; `accounts` turns a role into the set of its permissions.
"""

from dataclasses import dataclass

from django.utils.functional import Promise as LazyString

OWNER, LEAD, AGENT, CONTRACTOR = "owner", "lead", "agent", "contractor"
EVERYONE = (OWNER, LEAD, AGENT, CONTRACTOR)
STAFF = (OWNER, LEAD, AGENT)
LEADS = (OWNER, LEAD)
OWNERS = (OWNER,)


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of the table."""

    name: str
    roles: tuple[str, ...]
    says: str | LazyString


_table: dict[str, Permission] = {}


def permission(name: str, *, to: tuple[str, ...], says: str | LazyString) -> str:
    """Enter a permission into the table and return its name. `says` tells an owner what it allows."""
    _table[name] = Permission(name, to, says)
    return name


def permissions_of(role: str) -> frozenset[str]:
    """Names of all permissions that a role holds."""
    return frozenset(line.name for line in _table.values() if role in line.roles)


def permission_table() -> list[Permission]:
    """The whole table, by name."""
    return [_table[name] for name in sorted(_table)]
