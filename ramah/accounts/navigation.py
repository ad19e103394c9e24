"""Links to our pages in the settings."""

from django.utils.translation import gettext_lazy as _

from ramah.accounts import permissions
from ramah.ui.navigation import SETTINGS, NavLink, register_link

_PEOPLE = _("People and access")

for _order, (_key, _title, _permission, _icon) in enumerate(
    [
        ("profile", _("Your profile"), permissions.WORK_HERE, "user"),
        ("agents", _("Agents"), permissions.MANAGE_AGENTS, "users"),
        ("teams", _("Teams"), permissions.MANAGE_TEAMS, "team"),
        ("roles", _("Roles"), permissions.WORK_HERE, "key"),
        ("security", _("Security"), permissions.MANAGE_SECURITY, "shield"),
        ("audit", _("Audit log"), permissions.VIEW_AUDIT, "list"),
    ]
):
    register_link(
        NavLink(
            f"accounts_{_key}",
            _title,
            f"accounts_{_key}",
            _permission,
            icon=_icon,
            place=SETTINGS,
            group=_PEOPLE,
            order=10 + _order,
        )
    )
