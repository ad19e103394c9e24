"""Tags of the merchant's pages: the links between them, a product's picture in a list, a price."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ramah.commerce import permissions
from ramah.commerce.models import Product, StockChange, Variant
from ramah.commerce.queries.terms import category_tree
from ramah.kernel.access import actor_of
from ramah.ui.elements import money

register = template.Library()
_PAGES = (
    ("orders", gettext_lazy("Orders"), "orders", permissions.VIEW_ORDERS),
    ("products", gettext_lazy("Products"), "shop-products", permissions.CHANGE_STOCK),
    ("stock", gettext_lazy("Low stock"), "shop-low-stock", permissions.CHANGE_STOCK),
    ("categories", gettext_lazy("Categories"), "shop-categories", permissions.MANAGE_CATALOG),
    ("vouchers", gettext_lazy("Vouchers"), "shop-vouchers", permissions.MANAGE_SELLING),
    ("delivery", gettext_lazy("Delivery"), "shop-delivery", permissions.MANAGE_SELLING),
    ("voices", gettext_lazy("Reviews and questions"), "shop-voices", permissions.MODERATE),
    ("shop", gettext_lazy("Shop"), "shop-profile", permissions.MANAGE_SELLING),
)
_PARTS = (
    ("texts", gettext_lazy("Texts and terms"), "shop-product", permissions.MANAGE_CATALOG),
    ("variants", gettext_lazy("Variants, prices, stock"), "shop-variants", permissions.CHANGE_STOCK),
    ("pictures", gettext_lazy("Pictures"), "shop-pictures", permissions.MANAGE_CATALOG),
    ("facts", gettext_lazy("Attributes"), "shop-facts", permissions.MANAGE_CATALOG),
    ("links", gettext_lazy("Shown beside it"), "shop-links", permissions.MANAGE_CATALOG),
)


@register.simple_tag(takes_context=True)
def shop_pages(context: Context, current: str) -> SafeString:
    """The links between the merchant's pages, those that the actor may open."""
    return _tabs(context, _PAGES, current, ())


@register.simple_tag(takes_context=True)
def product_parts(context: Context, product: Product, current: str) -> SafeString:
    """The links between the pages of one product."""
    return _tabs(context, _PARTS, current, (product.public_id,))


def _tabs(context: Context, pages: Any, current: str, args: tuple[str, ...]) -> SafeString:
    request: HttpRequest = context["request"]
    actor = actor_of(request)
    return format_html_join(
        "",
        '<a href="{}"{}>{}</a>',
        (
            (reverse(url_name, args=args), SafeString(' aria-current="page"') if key == current else "", title)
            for key, title, url_name, permission in pages
            if actor.may(permission)
        ),
    )


@register.simple_tag
def thumb(product: Product) -> SafeString:
    """What a product looks like, small: its first picture, or its drawing. Its title stands beside it."""
    if product.pictures:
        first = product.pictures[0]
        try:
            address = reverse("picture", args=[first["key"], first["widths"][0]])
        except NoReverseMatch:
            return SafeString("")
        return format_html('<img class="thumb" src="{}" alt="" loading="lazy" width="64" height="64">', address)
    return format_html(
        '<svg class="thumb cloth" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("ui/icons.svg"),
        product.illustration or "p-tag",
    )


@register.simple_tag
def picture_url(key: str, width: int) -> str:
    """The address of a picture in one width."""
    return reverse("picture", args=[key, width])


@register.filter
def told(row: Any, attribute: str = "titles") -> SafeString:
    """A text of a row in the reader's language, marked with `lang` where it is in another one."""
    text = {"titles": "title_in", "names": "name_in", "notes": "note_in"}[attribute]
    found = getattr(row, text)((get_language() or "en").split("-")[0])
    return format_html('<span lang="{}">{}</span>', found.language, found.text) if found.is_fallback else found.text


@register.filter
def plain_title(product: Product) -> str:
    """The title without markup, for the name of a page."""
    return product.title_in((get_language() or "en").split("-")[0]).text


@register.filter
def category_of(product: Product) -> str:
    """The name of the category a product stands in, from the kept tree."""
    lineage = category_tree().lineage(product.category_id)
    return lineage[-1].name_in((get_language() or "en").split("-")[0]).text if lineage else ""


@register.filter
def options_of(variant: Variant) -> str:
    """`M, Indigo`."""
    return ", ".join(str(value) for value in variant.options.values())


@register.filter
def pieces_of(product: Product) -> int:
    """Pieces of all variants on hand."""
    return sum(variant.stock for variant in product.variants.all())


@register.filter
def price_words(product: Product) -> SafeString:
    """What the variants cost in the currency of the first: one price, or from the lowest on."""
    variants = list(product.variants.all())
    if not variants:
        return SafeString("")
    code = variants[0].currency
    amounts = sorted({variant.price_amount for variant in variants if variant.currency == code})
    lowest = money(amounts[0], code)
    return lowest if len(amounts) == 1 else format_html(_("from {price}"), price=lowest)


@register.filter
def change_words(change: StockChange) -> str:
    """`+5`, `−2`."""
    return f"+{change.change}" if change.change > 0 else f"−{-change.change}"
