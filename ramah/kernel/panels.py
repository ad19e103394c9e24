"""Panels up: an app offers a panel beside the conversation, or on the page of an order; who shows it does not know the app.

The view behind `url_name` takes the public id of the customer (or the order), checks its own door and renders a fragment.
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


@dataclass(frozen=True, slots=True)
class OrderPanel(CustomerPanel):
    """One panel on the page of an order."""


_panels: dict[str, CustomerPanel] = {}


def register_panel(panel: CustomerPanel) -> None:
    """Offer a panel (called from an app's `panels.py`, which its AppConfig.ready imports)."""
    _panels[panel.key] = panel


def customer_panels() -> list[CustomerPanel]:
    """All panels in the order in which they are shown."""
    return _shown([panel for panel in _panels.values() if not isinstance(panel, OrderPanel)])


def order_panels() -> list[CustomerPanel]:
    """All panels of an order's page in the order in which they are shown."""
    return _shown([panel for panel in _panels.values() if isinstance(panel, OrderPanel)])


def _shown(panels: list[CustomerPanel]) -> list[CustomerPanel]:
    return sorted(panels, key=lambda panel: (panel.order, panel.key))
