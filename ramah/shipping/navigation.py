"""The link to carriers in the settings."""

from django.utils.translation import gettext_lazy as _

from ramah.shipping.permissions import MANAGE_CARRIERS
from ramah.ui.navigation import SETTINGS, NavLink, register_link

register_link(
    NavLink(
        "carriers",
        _("Carriers"),
        "carriers",
        MANAGE_CARRIERS,
        icon="truck",
        place=SETTINGS,
        group=_("Service"),
        order=25,
    )
)
