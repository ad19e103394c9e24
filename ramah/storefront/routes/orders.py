"""Orders: finding one, following it, changing it."""

from django.urls import URLPattern, URLResolver, path

from ramah.storefront.views import order_changes, order_doors, orders

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/", order_doors.find, name="order_find"),
    path("orders/code/", order_doors.code, name="order_code"),
    path("orders/open/<str:token>/", order_doors.open_link, name="order_open"),
    path("orders/<str:public_id>/", orders.order, name="shop_order"),
    path("orders/<str:public_id>/invoice.pdf", orders.invoice, name="shop_invoice"),
    path("orders/<str:public_id>/again/", orders.reorder, name="order_again"),
    path("orders/<str:public_id>/cancel/", order_changes.cancel, name="order_cancel"),
    path("orders/<str:public_id>/address/", order_changes.address, name="order_address"),
    path("account/orders/", orders.history, name="account_orders"),
]
