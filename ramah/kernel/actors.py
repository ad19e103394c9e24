"""Who acts. Every command and every door takes an actor and asks it, never a role name.

An agent's actor is made by `accounts.queries.agent_actor`, a customer's by `customers.proof`; both satisfy `Actor`.
"""

from dataclasses import dataclass
from typing import Protocol


class PermissionDenied(Exception):
    """The actor may not do this. Nothing was changed."""


class NotVisible(Exception):
    """There is no such object, or the actor may not know that there is: both look alike from outside."""


class Actor(Protocol):
    """What commands and doors need to know of whoever acts."""

    @property
    def ref(self) -> str:
        """Stable reference for the audit log: `agent:7`, `customer:12`, `system`."""

    @property
    def label(self) -> str:
        """Name to show beside what was done."""

    def may(self, permission: str) -> bool:
        """Whether the actor holds `permission` (a constant of some app's `permissions.py`)."""


@dataclass(frozen=True, slots=True)
class System:
    """Ramah itself: workers, imports, command line. May do everything; never stands for a person."""

    part: str = "system"

    @property
    def ref(self) -> str:
        return self.part

    @property
    def label(self) -> str:
        return "Ramah"

    def may(self, permission: str) -> bool:
        return True


SYSTEM = System()


def require(actor: Actor, permission: str) -> None:
    """Raise `PermissionDenied` unless `actor` holds `permission`."""
    if not actor.may(permission):
        raise PermissionDenied(permission)


@dataclass(frozen=True, slots=True)
class Nobody:
    """A request without a log-in."""

    @property
    def ref(self) -> str:
        return "nobody"

    @property
    def label(self) -> str:
        return ""

    def may(self, permission: str) -> bool:
        return False


NOBODY = Nobody()
