"""Addresses of the app, under desk/."""

from django.urls import URLPattern, URLResolver, path

from ramah.commerce import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("panels/orders/<str:customer_public_id>/", views.panel, name="orders-panel"),
    path("orders/", views.orders, name="orders"),
    path("orders/<str:public_id>/", views.order, name="order"),
]
