"""What a page says to machines: schema.org as JSON-LD. Facts that the page shows, and no others."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ramah.commerce.models import Product, Review, ShopProfile, Variant
from ramah.commerce.queries.products import in_language
from ramah.storefront.speaking import address_of

Thing = dict[str, Any]
_SCHEMA = "https://schema.org"
# In a script element nothing may end it or begin a comment, whatever somebody wrote in a review.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_ld(*things: Thing) -> SafeString:
    """The script element with these things."""
    graph: Thing = {"@context": _SCHEMA, **(things[0] if len(things) == 1 else {"@graph": things})}
    told = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{told}</script>')  # noqa: S308 - escaped above


def product_thing(
    product: Product,
    variants: Iterable[Variant],
    *,
    language: str,
    reviews: Sequence[Review] = (),
    images: Sequence[str] = (),
    category: str = "",
) -> Thing:
    """A product with an offer for each variant and currency, its rating, and the reviews that the page shows."""
    path = reverse("product", args=[product.slug])
    thing: Thing = {
        "@type": "Product",
        "@id": address_of(path),
        "name": product.title_in(language).text,
        "url": address_of(path, language),
        "productID": product.public_id,
        "offers": [offer for variant in variants for offer in _offers(variant, path)],
    }
    told = {
        "description": product.description_in(language).text,
        "category": category,
        "image": list(images),
        "brand": {"@type": "Brand", "name": product.brand} if product.brand else None,
        "additionalProperty": [_property(fact, language) for fact in product.attributes],
        "review": [_review(review) for review in reviews],
    }
    thing |= {name: value for name, value in told.items() if value}
    if product.rating_count:
        thing["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(product.rating),
            "reviewCount": product.rating_count,
            "bestRating": 5,
            "worstRating": 1,
        }
    return thing


def breadcrumbs(steps: Sequence[tuple[str, str]]) -> Thing:
    """The way to a page: name and path of each step, from the top down."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": address_of(path)}
            for place, (name, path) in enumerate(steps, 1)
        ],
    }


def shop_things(shop: ShopProfile) -> tuple[Thing, Thing]:
    """The shop as an organization, and its site with the search."""
    home = address_of("/")
    told = {"legalName": shop.legal_name, "email": shop.email, "telephone": shop.phone, "taxID": shop.tax_number}
    address = " ".join(shop.address.split("\n"))
    organization: Thing = {"@type": "Organization", "@id": f"{home}#shop", "name": shop.name, "url": home}
    organization |= {name: value for name, value in {**told, "address": address}.items() if value}
    site: Thing = {
        "@type": "WebSite",
        "@id": f"{home}#site",
        "name": shop.name,
        "url": home,
        "publisher": {"@id": f"{home}#shop"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{address_of(reverse('search'))}?q={{words}}"},
            "query-input": "required name=words",
        },
    }
    return organization, site


def _offers(variant: Variant, path: str) -> Iterable[Thing]:
    for currency in (variant.currency, *(code for code in variant.other_prices if code != variant.currency)):
        price = variant.price_in(currency)
        if price is None:
            continue
        yield {
            "@type": "Offer",
            "sku": variant.sku,
            "url": address_of(path, variant=variant.public_id),
            "price": f"{price.amount:f}",
            "priceCurrency": currency,
            "availability": f"{_SCHEMA}/{'InStock' if variant.stock > 0 else 'OutOfStock'}",
            "itemCondition": f"{_SCHEMA}/NewCondition",
        }


def _property(fact: dict[str, dict[str, str]], language: str) -> Thing:
    name, value = (in_language(fact.get(part, {}), language).text for part in ("name", "value"))
    return {"@type": "PropertyValue", "name": name, "value": value}


def _review(review: Review) -> Thing:
    thing: Thing = {
        "@type": "Review",
        "reviewRating": {"@type": "Rating", "ratingValue": review.rating, "bestRating": 5, "worstRating": 1},
        "author": {"@type": "Person", "name": review.author_name or _("A customer")},
        "datePublished": review.created_at.date().isoformat(),
        "inLanguage": review.language,
    }
    return thing | {key: text for key, text in (("name", review.title), ("reviewBody", review.text)) if text}
