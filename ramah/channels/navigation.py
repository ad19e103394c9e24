"""The link to inboxes in the settings."""

from django.utils.translation import gettext_lazy as _

from ramah.channels.permissions import MANAGE_INBOXES, VIEW_INTAKE
from ramah.ui.navigation import SETTINGS, NavLink, register_link

register_link(
    NavLink(
        "mailboxes",
        _("Inboxes"),
        "channels-inboxes",
        MANAGE_INBOXES,
        icon="inbox",
        place=SETTINGS,
        group=_("Service"),
        order=20,
    )
)
register_link(
    NavLink(
        "quarantine",
        _("Quarantine"),
        "channels-intake",
        VIEW_INTAKE,
        icon="shield",
        place=SETTINGS,
        group=_("Operation"),
        order=50,
    )
)
