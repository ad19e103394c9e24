"""Vouchers, delivery options, the shop itself."""

from django.urls import URLPattern, URLResolver, path

from ramah.commerce.views import delivery_terms, selling

urlpatterns: list[URLPattern | URLResolver] = [
    path("shop/vouchers/", selling.vouchers, name="shop-vouchers"),
    path("shop/vouchers/new/", selling.new_voucher, name="shop-voucher-new"),
    path("shop/vouchers/<str:public_id>/", selling.voucher, name="shop-voucher"),
    path("shop/delivery/", delivery_terms.delivery, name="shop-delivery"),
    path("shop/delivery/new/", delivery_terms.new_option, name="shop-delivery-new"),
    path("shop/delivery/<str:public_id>/", delivery_terms.option, name="shop-delivery-option"),
    path("shop/delivery/<str:public_id>/place/", delivery_terms.place_option, name="shop-delivery-place"),
    path("shop/delivery/<str:public_id>/rates/new/", delivery_terms.new_rate, name="shop-rate-new"),
    path("shop/delivery-rates/<int:key>/", delivery_terms.rate, name="shop-rate"),
    path("shop/delivery-rates/<int:key>/change/", delivery_terms.change_rate, name="shop-rate-change"),
    path("shop/profile/", selling.shop, name="shop-profile"),
    path("shop/profile/tax/", selling.tax, name="shop-tax"),
]
