"""The orders panel beside the conversation, and the link to all orders."""

from django.utils.translation import gettext_lazy as _

from ramah.commerce import permissions
from ramah.kernel.panels import CustomerPanel, register_panel
from ramah.ui.navigation import NavLink, register_link

register_panel(CustomerPanel("orders", _("Orders"), "orders-panel", permissions.VIEW_ORDERS, icon="cart", order=20))
register_link(
    NavLink("orders", _("Orders"), "orders", permissions.VIEW_ORDERS, icon="cart", group=_("Elsewhere"), order=60)
)
register_link(
    NavLink("shop", _("Shop"), "shop-products", permissions.CHANGE_STOCK, icon="tag", group=_("Elsewhere"), order=61)
)
