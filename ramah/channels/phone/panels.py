"""The panel beside a conversation, the list of calls in the bar, and the link in the settings."""

from django.utils.translation import gettext_lazy as _

from ramah.channels.permissions import MANAGE_INBOXES
from ramah.conversations.permissions import VIEW
from ramah.kernel.panels import CustomerPanel, register_panel
from ramah.ui.navigation import SETTINGS, NavLink, register_link

register_panel(CustomerPanel("calls", _("Calls"), "phone-panel", VIEW, icon="phone", order=35))
register_link(NavLink("calls", _("Calls"), "phone-calls", VIEW, icon="phone", group=_("Elsewhere"), order=45))
register_link(
    NavLink(
        "phone",
        _("Phone"),
        "phone-settings-all",
        MANAGE_INBOXES,
        icon="phone",
        place=SETTINGS,
        group=_("Service"),
        order=22,
    )
)
