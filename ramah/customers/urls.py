"""Addresses of the app, under desk/."""

from django.urls import URLPattern, URLResolver, path

from ramah.customers.views import changing, merging, reading

_CUSTOMER = "customers/<str:public_id>/"
_ADDRESS = "customer-addresses/<int:key>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("customers/", reading.customers, name="customers"),
    path(_CUSTOMER, reading.customer, name="customer"),
    path("customers/<str:customer_public_id>/panel/", reading.panel, name="customer-panel"),
    path(f"{_CUSTOMER}edit/", changing.edit, name="customer-edit"),
    path(f"{_CUSTOMER}addresses/", changing.add_address, name="customer-add-address"),
    path(f"{_ADDRESS}remove/", changing.remove_address, name="customer-remove-address"),
    path(f"{_ADDRESS}right/", changing.clear_bounce, name="customer-clear-bounce"),
    path(f"{_ADDRESS}proof/", changing.set_proof, name="customer-set-proof"),
    path(f"{_CUSTOMER}same/", merging.choose, name="customer-same"),
    path(f"{_CUSTOMER}merge/", merging.merge, name="customer-merge"),
    path(f"{_CUSTOMER}apart/", merging.keep_apart, name="customer-apart"),
    path("customer-merges/<str:public_id>/undo/", merging.undo, name="customer-undo-merge"),
]
