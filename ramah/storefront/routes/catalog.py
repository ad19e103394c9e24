"""The home page, products with reviews and questions, pictures, terms, what search engines read."""

from django.urls import URLPattern, URLResolver, path, re_path

from ramah.storefront.views import crawling, home, pictures, place, product, terms, voices

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("products/<str:slug>/", product.product, name="product"),
    path("products/<str:slug>/reviews/", voices.reviews, name="reviews"),
    path("products/<str:slug>/review/", voices.review, name="review"),
    path("products/<str:slug>/questions/", voices.questions, name="questions"),
    path("products/<str:slug>/question/", voices.question, name="question"),
    re_path(r"^pictures/(?P<key>[0-9a-f]{32})-(?P<width>[0-9]{1,4})\.webp$", pictures.picture, name="picture"),
    path("terms/<slug:topic>/", terms.terms, name="terms"),
    path("place/", place.place, name="place"),
    path("robots.txt", crawling.robots, name="robots"),
    path("sitemap.xml", crawling.sitemap, name="sitemap"),
    re_path(r"^sitemap-(?P<part>pages|[0-9a-z]{26})\.xml$", crawling.sitemap_part, name="sitemap_part"),
]
