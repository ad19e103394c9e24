"""Panels up: an app offers a panel beside the conversation; the desk shows it without knowing the app.

The view behind `url_name` takes the customer's public id, checks its own door and renders a fragment.
"""

from dataclasses import dataclass

from django.utils.functional import Promise as LazyString


@dataclass(frozen=True, slots=True)
class CustomerPanel:
    """One panel: `order` sorts, `permission` hides it from those who may not see it, `icon` is a name of ui's icon set."""

    key: str
    title: str | LazyString
    url_name: str
    permission: str
    icon: str
    order: int = 100


_panels: dict[str, CustomerPanel] = {}


def register_panel(panel: CustomerPanel) -> None:
    """Offer a panel (called from an app's `panels.py`, which its AppConfig.ready imports)."""
    _panels[panel.key] = panel


def customer_panels() -> list[CustomerPanel]:
    """All panels in the order in which they are shown."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))
