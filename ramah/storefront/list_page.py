"""What the pages of lists and searches show: cards, choices, the filters that are on, what to do where nothing was found."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ramah.commerce.queries.listings import Found, category_description, popular_listings, products_listed, subtree
from ramah.commerce.queries.products import Translated
from ramah.commerce.queries.searching import SearchFound, products_searched, totals_without
from ramah.commerce.queries.terms import CategoryTree, category_tree
from ramah.kernel.actors import NotVisible
from ramah.storefront.cards import cards_of
from ramah.storefront.facets import chips, facets, number
from ramah.storefront.list_request import ListRequest, list_request
from ramah.storefront.speaking import address_of, asked_language, head
from ramah.storefront.structured import breadcrumbs, json_ld
from ramah.storefront.visiting import Visitor, visitor_of

_EAGER = 4
_POPULAR = 4
Context = dict[str, Any]


def all_products(request: HttpRequest) -> Context:
    """The list of everything that is sold. Raises `BadCursor`."""
    visitor, tree = visitor_of(request), category_tree()
    asked = list_request(request.path, request.GET, language=asked_language(request))
    found = products_listed(currency=visitor.currency, tree=tree, wanted=asked.wanted(tree), counted=tree.roots)
    title = _("All products")
    context = _list(request, asked, found, tree)
    return context | {
        "title": title,
        "head": _head(request, title, context["next_url"]),
        "children": _links(tree, tree.roots, found, visitor),
    }


def of_category(request: HttpRequest, path: str) -> Context:
    """The list of a category and all below it. Raises `NotVisible` for one that there is not, and `BadCursor`."""
    visitor, tree = visitor_of(request), category_tree()
    node = tree.nodes.get(path)
    if node is None:
        raise NotVisible
    asked = list_request(request.path, request.GET, language=asked_language(request))
    found = products_listed(
        currency=visitor.currency, tree=tree, path=path, wanted=asked.wanted(tree), counted=node.children
    )
    name = node.name_in(visitor.language)
    steps = [(tree.nodes[above].name_in(visitor.language), category_address(above)) for above in node.ancestors]
    context = _list(request, asked, found, tree)
    told = [(step.text, address) for step, address in steps]
    markup = json_ld(breadcrumbs([*told, (name.text, request.path)])) if not asked.is_filtered else ""
    return context | {
        "title": name.text,
        "title_language": name.language if name.is_fallback else "",
        "steps": steps,
        "description": category_description(path, visitor.language),
        "head": SafeString(_head(request, name.text, context["next_url"]) + markup),
        "children": _links(tree, node.children, found, visitor),
        "category_keys": subtree(tree, path),
    }


def of_search(request: HttpRequest) -> Context:
    """What words find. Raises `BadCursor`."""
    visitor, tree = visitor_of(request), category_tree()
    asked = list_request(request.path, request.GET, language=asked_language(request), is_search=True)
    counted = tree.nodes[asked.category].children if asked.category in tree.nodes else tree.roots
    counted = (*((asked.category,) if asked.category in tree.nodes else ()), *counted)
    result = products_searched(
        asked.words, currency=visitor.currency, tree=tree, wanted=asked.wanted(tree), counted=counted
    )
    title = _("“%(words)s”") % {"words": asked.words} if asked.words else _("Search products")
    return _list(request, asked, result.found, tree) | {
        "title": title,
        "head": SafeString('<meta name="robots" content="noindex">'),
        "words": asked.words,
        "says": _search_words(result, asked),
        "is_search": True,
        "asks": not asked.words,
    }


def where_empty(context: Context, visitor: Visitor) -> Context:
    """What to offer where a list is empty: what there would be with one filter less, and what is bought most."""
    asked: ListRequest = context["asked"]
    tree, currency = category_tree(), visitor.currency
    chosen = list(asked.chosen())
    attempts = [each.without.filters(tree) for each in chosen]
    totals = _totals(asked, context, attempts, tree, currency) if attempts else []
    words = [words for words, _address in context["chips"]]
    less = [
        (word, each.without.address(), number(total), total)
        for word, each, total in zip(words, chosen, totals, strict=True)
        if total
    ]
    popular = popular_listings(currency=currency, category_ids=context.get("category_keys"), size=_POPULAR)
    return context | {"less": less, "popular": cards_of(popular, visitor)}


def count_words(total: int) -> str:
    """`1 249 products`."""
    return ngettext("%(n)s product", "%(n)s products", total) % {"n": number(total)}


def category_address(path: str) -> str:
    """The address of a category's page."""
    return f"{_before_path()}{quote(path)}/"


@lru_cache(maxsize=1)
def _before_path() -> str:
    # `reverse` for each of a dozen links would cost more than all their words.
    return reverse("category", args=["~"]).partition("~")[0]


def _totals(
    asked: ListRequest, context: Context, attempts: Sequence[Any], tree: CategoryTree, currency: str
) -> list[int]:
    return totals_without(
        asked.words, currency=currency, tree=tree, attempts=attempts, category_ids=context.get("category_keys")
    )


def _list(request: HttpRequest, asked: ListRequest, found: Found, tree: CategoryTree) -> Context:
    visitor = visitor_of(request)
    currency, language = visitor.currency, visitor.language
    eager = 0 if asked.cursor else _EAGER
    return {
        "asked": asked,
        "parameters": [(name, value) for name, value in asked.parameters() if name in {"q", "category", "lang"}],
        "cards": cards_of(found.rows, visitor, level=2, eager=eager),
        "total": found.total,
        "count": count_words(found.total),
        "count_shown": number(found.total),
        "facets": facets(asked, found, currency=currency, tree=tree, language=language),
        "chips": chips(asked, found, currency=currency, tree=tree, language=language),
        "sorts": _sorts(asked),
        "next_url": asked.address(found.next_cursor) if found.next_cursor else "",
        "address": asked.address(),
        "unfiltered": asked.unfiltered().address(),
    }


def _sorts(asked: ListRequest) -> list[tuple[str, str]]:
    """The orders to choose from: the list's own first."""
    bought = pgettext("order of a list", "Most bought")
    own = [("", pgettext("order of a list", "Best match")), ("bought", bought)] if asked.words else [("", bought)]
    return [
        *own,
        ("newest", pgettext("order of a list", "Newest")),
        ("price", pgettext("order of a list", "Lowest price")),
        ("price-down", pgettext("order of a list", "Highest price")),
        ("rating", pgettext("order of a list", "Best rated")),
    ]


def _head(request: HttpRequest, title: str, next_url: str) -> SafeString:
    """Filtered and further pages name the list itself as their canonical address."""
    told = head(request, title=title, shop=visitor_of(request).shop.name)
    following = format_html('<link rel="next" href="{}{}">', address_of(""), next_url) if next_url else ""
    return SafeString(told + following)


def _links(
    tree: CategoryTree, paths: Sequence[str], found: Found, visitor: Visitor
) -> list[tuple[str, Translated, str]]:
    """The listed categories among `paths` in which something is for sale, with how much of the list stands there."""
    return [
        (category_address(node.path), node.name_in(visitor.language), number(found.categories.get(node.path, 0)))
        for node in tree.listed(tuple(paths))
    ]


def _search_words(result: SearchFound, asked: ListRequest) -> str:
    """What is to be said of a search that found something else than was asked for."""
    if result.mended and result.found.total:
        return _("Nothing found for “%(words)s”. You see what there is for “%(mended)s”.") % {
            "words": asked.words,
            "mended": result.mended,
        }
    if result.is_partial and result.found.total:
        return _("No product has all these words. These have some of them.")
    return ""
