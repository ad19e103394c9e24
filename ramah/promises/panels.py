"""The panel of promises beside a conversation, and the link to calendars in the settings."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.panels import CustomerPanel, register_panel
from ramah.promises import permissions
from ramah.ui.navigation import SETTINGS, NavLink, register_link

register_panel(CustomerPanel("promises", _("Promises"), "promises-panel", permissions.VIEW, icon="clock", order=30))
register_link(
    NavLink(
        "calendars",
        _("Opening hours"),
        "promises-calendars",
        permissions.CALENDARS,
        icon="cal",
        place=SETTINGS,
        group=_("Service"),
        order=40,
    )
)
