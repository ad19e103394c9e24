"""Lists of products: all, by category, by words; what is suggested while somebody types."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from ramah.commerce.queries.searching import suggestions
from ramah.commerce.queries.terms import category_tree
from ramah.kernel.access import public
from ramah.kernel.paging import BadCursor
from ramah.storefront.list_page import all_products, of_category, of_search, where_empty
from ramah.storefront.list_request import CURSOR, LONGEST_WORDS
from ramah.storefront.pages import page
from ramah.storefront.speaking import in_asked_language
from ramah.storefront.suggesting import suggested
from ramah.storefront.visiting import visitor_of


@public("what is sold")
@require_safe
@in_asked_language
def products(request: HttpRequest) -> HttpResponse:
    """Everything that is sold."""
    return _shown(request, all_products)


@public("what is sold")
@require_safe
@in_asked_language
def category(request: HttpRequest, path: str) -> HttpResponse:
    """What is sold in a category and below it."""
    return _shown(request, lambda asking: of_category(asking, path))


@public("what is sold")
@require_safe
@in_asked_language
def search(request: HttpRequest) -> HttpResponse:
    """What words find."""
    return _shown(request, of_search)


@public("what is sold")
@require_safe
@in_asked_language
def suggest(request: HttpRequest) -> HttpResponse:
    """Products and categories for what stands in the search field so far; a part of a page."""
    visitor, words = visitor_of(request), request.GET.get("q", "").strip()[:LONGEST_WORDS]
    found = suggestions(words, currency=visitor.currency, tree=category_tree())
    return HttpResponse(suggested(found, words, visitor.language))


def _shown(request: HttpRequest, list_of: Callable[[HttpRequest], dict[str, Any]]) -> HttpResponse:
    """The page; for htmx the list with its choices, or with a cursor only further rows."""
    is_part = bool(request.headers.get("HX-Request")) and "HX-History-Restore-Request" not in request.headers
    try:
        context = list_of(request)
    except BadCursor:
        # An old address, or one that somebody changed: the list begins anew.
        told = request.GET.copy()
        del told[CURSOR]
        return HttpResponseRedirect(f"{request.path}?{told.urlencode()}" if told else request.path)
    if not context["total"] and not context.get("asks"):
        context = where_empty(context, visitor_of(request))
    is_more = is_part and bool(request.GET.get(CURSOR))
    template = "storefront/list.html" if not is_part else f"storefront/_list_{'rows' if is_more else 'part'}.html"
    response = page(request, template, context, status=422 if context["asked"].problem else 200)
    if is_part and not is_more:
        response["HX-Push-Url"] = context["address"]
    patch_vary_headers(response, ["HX-Request"])
    return response
