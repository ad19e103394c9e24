"""Parts up: an app adds something to every page of the desk, such as whether one is online; the bases do not know the app.

    register_desk_part(TOP, "desk/_offers.html", permission)

A part costs the page no query: it fetches what it shows after the page.
"""

# In the bar's head; above its links; after everything else.
HEAD, TOP, END = "head", "top", "end"

_parts: dict[tuple[str, str], str] = {}


def register_desk_part(place: str, template_name: str, permission: str) -> None:
    """Add a template to all pages of the desk, for those who hold the permission."""
    _parts[place, template_name] = permission


def desk_parts_of(place: str) -> list[tuple[str, str]]:
    """Templates of a place with the permission of each, in the order in which they came."""
    return [(name, permission) for (where, name), permission in _parts.items() if where == place]
