"""Orders and what is done with them, and the panel of them beside a conversation."""

from django.urls import URLPattern, URLResolver, path

from ramah.commerce.views import fulfilling, orders

urlpatterns: list[URLPattern | URLResolver] = [
    path("panels/orders/<str:customer_public_id>/", orders.panel, name="orders-panel"),
    path("shop/orders/", orders.orders, name="orders"),
    path("shop/orders/pack/", fulfilling.pack, name="orders-pack"),
    path("shop/orders/<str:public_id>/", orders.order, name="order"),
    path("shop/orders/<str:public_id>/note/", fulfilling.note, name="order-note"),
    path("shop/orders/<str:public_id>/step/<slug:name>/", fulfilling.step, name="order-step"),
    path("shop/orders/<str:public_id>/received/", fulfilling.receive, name="transfer-received"),
    path("shop/refunds/<str:public_id>/", fulfilling.refund, name="order-refund"),
    path("shop/transfers/", fulfilling.awaited, name="transfers"),
]
