"""Ownership up: each app says which of its rows belong to a customer; merging moves them without knowing the apps.

    register_owned("conversations.Conversation", field="customer_id")

Rows are moved by their foreign key alone. A test walks all models and finds a foreign key to a customer that is not registered.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owned:
    """Rows of `model` (`app.Model`) belong to the customer whose key stands in `field`."""

    model: str
    field: str

    @property
    def key(self) -> str:
        """The name under which moved rows are noted: `conversations.Conversation.customer_id`."""
        return f"{self.model}.{self.field}"


_owned: dict[str, Owned] = {}


def register_owned(model: str, *, field: str = "customer_id") -> None:
    """Declare rows of a customer (called from an app's `ownership.py`, which its AppConfig.ready imports)."""
    owned = Owned(model, field)
    _owned[owned.key] = owned


def owned_by_customers() -> dict[str, Owned]:
    """All declared rows by `Owned.key`."""
    return dict(sorted(_owned.items()))
