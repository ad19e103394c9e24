"""Products, categories, stock, files of products, moderation."""

from django.urls import URLPattern, URLResolver, path

from ramah.commerce.views import categories, exchange, moderation, product_parts, products, stock, variants

urlpatterns: list[URLPattern | URLResolver] = [
    path("shop/products/", products.products, name="shop-products"),
    path("shop/products/new/", products.new_product, name="shop-product-new"),
    path("shop/products/<str:public_id>/", products.product, name="shop-product"),
    path("shop/products/<str:public_id>/variants/", variants.product_variants, name="shop-variants"),
    path("shop/products/<str:public_id>/variants/new/", variants.new_variant, name="shop-variant-new"),
    path("shop/products/<str:public_id>/pictures/", product_parts.product_pictures, name="shop-pictures"),
    path("shop/products/<str:public_id>/pictures/change/", product_parts.change_picture, name="shop-picture"),
    path("shop/products/<str:public_id>/attributes/", product_parts.facts, name="shop-facts"),
    path("shop/products/<str:public_id>/links/", product_parts.product_links, name="shop-links"),
    path("shop/variants/<str:public_id>/", variants.variant, name="shop-variant"),
    path("shop/variants/<str:public_id>/price/", variants.price, name="shop-price"),
    path("shop/variants/<str:public_id>/offer/", variants.offer, name="shop-offer"),
    path("shop/variants/<str:public_id>/stock/", stock.stock, name="shop-stock"),
    path("shop/low-stock/", stock.low_stock, name="shop-low-stock"),
    path("shop/categories/", categories.categories, name="shop-categories"),
    path("shop/categories/new/", categories.new_category, name="shop-category-new"),
    path("shop/categories/<str:public_id>/", categories.category, name="shop-category"),
    path("shop/categories/<str:public_id>/place/", categories.place_category, name="shop-category-place"),
    path("shop/categories/<str:public_id>/delete/", categories.delete_category, name="shop-category-delete"),
    path("shop/size-guides/new/", categories.new_size_guide, name="shop-size-guide-new"),
    path("shop/size-guides/<str:public_id>/", categories.size_guide, name="shop-size-guide"),
    path("shop/size-guides/<str:public_id>/delete/", categories.remove_size_guide, name="shop-size-guide-delete"),
    path("shop/import/", exchange.bring_products, name="shop-import"),
    path("shop/import/apply/", exchange.apply_products, name="shop-import-apply"),
    path("shop/export/", exchange.take_products, name="shop-export"),
    path("shop/voices/", moderation.reviews_and_questions, name="shop-voices"),
    path("shop/voices/approve/", moderation.approve_many, name="shop-voices-approve"),
    path("shop/voices/reviews/<str:public_id>/", moderation.review, name="shop-review"),
    path("shop/voices/questions/<str:public_id>/", moderation.question, name="shop-question"),
]
