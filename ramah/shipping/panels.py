"""The parcels on the page of an order."""

from django.utils.translation import gettext_lazy as _

from ramah.commerce.permissions import VIEW_ORDERS
from ramah.kernel.panels import OrderPanel, register_panel

register_panel(OrderPanel("parcels", _("Parcels"), "parcels", VIEW_ORDERS, icon="truck", order=10))
