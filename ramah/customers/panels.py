"""The panel beside a conversation, and the link to all customers."""

from django.utils.translation import gettext_lazy as _

from ramah.customers import permissions
from ramah.kernel.panels import CustomerPanel, register_panel
from ramah.ui.navigation import NavLink, register_link

register_panel(CustomerPanel("customer", _("Customer"), "customer-panel", permissions.VIEW, icon="user", order=10))
register_link(
    NavLink("customers", _("Customers"), "customers", permissions.VIEW, icon="users", group=_("Elsewhere"), order=50)
)
