"""Addresses of the app, under desk/."""

from django.urls import URLPattern, URLResolver, path

from ramah.shipping import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("shop/orders/<str:public_id>/parcels/", views.parcels, name="parcels"),
    path("shop/orders/<str:public_id>/ship/", views.ship, name="parcel-ship"),
    path("shop/parcels/<str:public_id>/correct/", views.correct, name="parcel-correct"),
    path("shop/parcels/<str:public_id>/arrived/", views.arrive, name="parcel-arrived"),
]
