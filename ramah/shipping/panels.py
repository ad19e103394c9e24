"""What shipping offers to other pages: parcels on an order's page and beside the conversation, the board, and its actions."""

from django.utils.translation import gettext_lazy as _

from ramah.commerce.permissions import VIEW_ORDERS
from ramah.kernel.panels import CustomerPanel, OrderPanel, register_panel
from ramah.shipping.board_actions import CHECK, CLAIM, LOSE, NOTE
from ramah.shipping.permissions import VIEW_BOARD
from ramah.shipping.queries.board_parts import register_action
from ramah.ui.navigation import NavLink, register_link

register_panel(OrderPanel("parcels", _("Parcels"), "parcels", VIEW_ORDERS, icon="truck", order=10))
register_panel(CustomerPanel("delivery", _("Shipments"), "delivery-panel", VIEW_BOARD, icon="truck", order=25))
register_link(
    NavLink("deliveries", _("Shipments"), "deliveries", VIEW_BOARD, icon="box", group=_("Elsewhere"), order=59)
)
for action in (CHECK, CLAIM, LOSE, NOTE):
    register_action(action)
