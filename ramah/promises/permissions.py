"""What agents may do with promises, and what customers may do with those made to them."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, LEADS, STAFF, permission

VIEW = permission("promises.view", to=EVERYONE, says=_("See what was promised to customers"))
RENEGOTIATE = permission("promises.renegotiate", to=STAFF, says=_("Agree on another time for a promise"))
CALENDARS = permission("promises.calendars", to=LEADS, says=_("Set opening hours and days off"))

# Of the identity ladder (`customers.proof`): a customer's own delivery, and whether proof of one order is asked for.
MOVE_DELIVERY: Final = "commerce.change_delivery"
EVERY_ORDER: Final = "commerce.view_all_orders"
