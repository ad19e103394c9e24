"""What the roles may do with deliveries. Parcels of an order go by the permissions of orders (`commerce.permissions`)."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, LEADS, STAFF, permission

VIEW_BOARD = permission("shipping.view_board", to=EVERYONE, says=_("See the delivery board"))
REROUTE = permission("shipping.reroute", to=STAFF, says=_("Ask carriers to redirect, cancel or return a parcel"))
MANAGE_CLAIMS = permission("shipping.manage_claims", to=STAFF, says=_("Claim lost and damaged parcels from carriers"))
MANAGE_CARRIERS = permission("shipping.manage_carriers", to=LEADS, says=_("Set up carriers and their accounts"))
