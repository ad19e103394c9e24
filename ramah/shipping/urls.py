"""Addresses of the app, under desk/."""

from django.urls import URLPattern, URLResolver, path

from ramah.shipping.views import parcels

urlpatterns: list[URLPattern | URLResolver] = [
    path("shop/orders/<str:public_id>/parcels/", parcels.parcels, name="parcels"),
    path("shop/orders/<str:public_id>/ship/", parcels.ship, name="parcel-ship"),
    path("shop/parcels/<str:public_id>/correct/", parcels.correct, name="parcel-correct"),
    path("shop/parcels/<str:public_id>/arrived/", parcels.arrive, name="parcel-arrived"),
]
