"""Navigation up: each app offers links to its pages; the desk's bars show them without knowing the apps.

register_link(NavLink("quarantine", _("Quarantine"), "desk_quarantine", permissions.REPLAY, icon="inbox"))
"""

from dataclasses import dataclass

from django.utils.functional import Promise as LazyString

DESK, SETTINGS = "desk", "settings"


@dataclass(frozen=True, slots=True)
class NavLink:
    """One link. `permission` hides it from those who may not go there; `place` is the desk's bar or that of its settings;
    links of one `group` stand under that heading."""

    key: str
    title: str | LazyString
    url_name: str
    permission: str
    icon: str
    place: str = DESK
    group: str | LazyString = ""
    order: int = 100


_links: dict[tuple[str, str], NavLink] = {}


def register_link(link: NavLink) -> None:
    """Offer a link (called from an app's AppConfig.ready or a module that it imports)."""
    _links[link.place, link.key] = link


def links_of(place: str) -> list[NavLink]:
    """All links of a bar in the order in which they are shown."""
    return sorted((link for link in _links.values() if link.place == place), key=lambda link: (link.order, link.key))
