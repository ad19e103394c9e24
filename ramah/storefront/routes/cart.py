"""The cart."""

from django.urls import URLPattern, URLResolver, path

from ramah.storefront.views import cart

urlpatterns: list[URLPattern | URLResolver] = [
    path("cart/", cart.cart, name="cart"),
    path("cart/add/", cart.add, name="cart_add"),
    path("cart/quantity/", cart.set_quantity, name="cart_quantity"),
    path("cart/remove/", cart.remove, name="cart_remove"),
    path("cart/later/", cart.save_for_later, name="cart_later"),
    path("cart/move/", cart.move_to_cart, name="cart_move"),
    path("cart/voucher/", cart.apply_voucher, name="cart_voucher"),
    path("cart/voucher/remove/", cart.remove_voucher, name="cart_voucher_remove"),
]
