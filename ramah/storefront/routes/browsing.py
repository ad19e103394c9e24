"""Lists of products: all, by category, by words; suggestions while typing."""

from django.urls import URLPattern, URLResolver, path

from ramah.storefront.views import browsing

urlpatterns: list[URLPattern | URLResolver] = [
    path("products/", browsing.products, name="products"),
    path("c/<path:path>/", browsing.category, name="category"),
    path("search/", browsing.search, name="search"),
    path("search/suggest/", browsing.suggest, name="suggest"),
]
