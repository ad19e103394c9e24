"""What the desk offers to others' bars: the customer panel beside a conversation, and links to its pages and settings."""

from django.utils.translation import gettext_lazy as _

from ramah.conversations.permissions import VIEW_DELIVERIES
from ramah.customers.permissions import VIEW as VIEW_CUSTOMERS
from ramah.desk import permissions
from ramah.kernel.access import ANY_AGENT
from ramah.kernel.panels import CustomerPanel, register_panel
from ramah.ui.navigation import SETTINGS, NavLink, register_link

register_panel(CustomerPanel("customer", _("Customer"), "desk_customer_panel", VIEW_CUSTOMERS, icon="user", order=10))
register_link(
    NavLink("settings", _("Settings"), "desk_settings", ANY_AGENT, icon="settings", group=_("Elsewhere"), order=900)
)
register_link(
    NavLink("sla", _("SLA policies"), "desk_policies", permissions.MANAGE_SLA, icon="flag", place=SETTINGS, order=30)
)
register_link(NavLink("outbox", _("Outbox"), "desk_outbox", VIEW_DELIVERIES, icon="out", place=SETTINGS, order=60))
register_link(
    NavLink(
        "failures", _("Failed work"), "desk_failures", permissions.VIEW_FAILURES, icon="alert", place=SETTINGS, order=80
    )
)
