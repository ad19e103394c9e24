"""What agents may do with orders. Contractors see them with addresses and numbers masked."""

from django.utils.translation import gettext_lazy as _

from ramah.kernel.permissions import EVERYONE, LEADS, STAFF, permission

VIEW_ORDERS = permission("commerce.view_orders", to=EVERYONE, says=_("See orders, payments and refunds"))
VIEW_ADDRESSES = permission(
    "commerce.view_addresses", to=STAFF, says=_("See addresses and phone numbers of orders in full")
)
CHANGE_ORDERS = permission("commerce.change_orders", to=STAFF, says=_("Place orders and change their state"))
RECORD_PAYMENTS = permission("commerce.record_payments", to=STAFF, says=_("Record payments and refunds"))
IMPORT = permission("commerce.import", to=LEADS, says=_("Import products, orders and customers"))
MANAGE_CATALOG = permission(
    "commerce.manage_catalog", to=LEADS, says=_("Change products, variants, categories and pictures")
)
MODERATE = permission("commerce.moderate", to=STAFF, says=_("Show, answer or turn down reviews and questions"))
CHANGE_STOCK = permission("commerce.change_stock", to=STAFF, says=_("See the catalog and change what is on hand"))
MANAGE_SELLING = permission(
    "commerce.manage_selling", to=LEADS, says=_("Set vouchers, delivery, taxes and the terms of the shop")
)
FULFIL = permission("commerce.fulfil", to=STAFF, says=_("Pack, ship, cancel and annotate orders"))
