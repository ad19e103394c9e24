"""Checkout, payment and the confirmation page."""

from django.urls import URLPattern, URLResolver, path

from ramah.storefront.views import checkout, payments

urlpatterns: list[URLPattern | URLResolver] = [
    path("checkout/", checkout.checkout, name="checkout"),
    path("checkout/done/<str:public_id>/", checkout.confirmation, name="confirmation"),
    path("payments/<str:public_id>/", payments.pay, name="pay"),
    path("payments/<str:public_id>/method/", payments.method, name="payment_method"),
    path("payments/demo/<uuid:token>/", payments.demo, name="payment_demo"),
    path("payments/notice/<slug:variant>/", payments.notice, name="payment_notice"),
]
