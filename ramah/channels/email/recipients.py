"""Which inbox an address belongs to."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from ramah.conversations.models import Inbox

FRESH_SECONDS = 5.0


def normal_address(address: str) -> str:
    """`address` in lower case, its domain in the form of the wire: what is compared."""
    local, at, domain = address.strip().lower().rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}{at}{domain}"


def inbox_of(address: str, inboxes: Mapping[str, int]) -> int | None:
    """The inbox (address -> id, both normal) that `address` reaches: as it is, or without what stands after a plus."""
    normal = normal_address(address)
    if normal in inboxes:
        return inboxes[normal]
    local, _, domain = normal.rpartition("@")
    base, plus, _ = local.rpartition("+")
    while plus:
        if f"{base}@{domain}" in inboxes:
            return inboxes[f"{base}@{domain}"]
        base, plus, _ = base.rpartition("+")
    return None


@dataclass(slots=True)
class AddressBook:
    """Addresses of the active e-mail inboxes, at most a few seconds old."""

    inboxes: dict[str, int] = field(default_factory=dict)
    read_at: float = -FRESH_SECONDS

    @property
    def is_fresh(self) -> bool:
        """Whether it need not be read again."""
        return time.monotonic() - self.read_at < FRESH_SECONDS

    @property
    def domains(self) -> frozenset[str]:
        """The domains that are ours."""
        return frozenset(address.rpartition("@")[2] for address in self.inboxes)

    def read(self) -> None:
        """Read it from the database."""
        rows = Inbox.objects.filter(channel="email", is_active=True).values_list("address", "pk")
        self.inboxes = {normal_address(address): pk for address, pk in rows}
        self.read_at = time.monotonic()
