"""What search engines read: which pages there are, and which are not for them."""

from collections.abc import Iterable, Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from ramah.commerce.queries.products import address_parts, addresses_from
from ramah.commerce.queries.terms import category_tree
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.storefront.speaking import address_of
from ramah.storefront.views.terms import TOPICS

PART = 5000
_CHUNK = 500
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NOT_FOR_THEM = (
    "/desk/",
    "/accounts/",
    "/account/",
    "/cart/",
    "/checkout/",
    "/orders/",
    "/search/",
    "/place/",
    "/contact/",
)


@public("for search engines")
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What is not to be read, and where the list of pages is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_THEM)]
    lines += ["", f"Sitemap: {address_of(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@public("for search engines")
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The parts of the list of pages: one of fixed pages, one for each five thousand products."""
    parts = ["pages", *address_parts(at=clock.now(), size=PART)]
    places = (address_of(reverse("sitemap_part", args=[part])) for part in parts)
    body = "".join(f"<sitemap><loc>{escape(place)}</loc></sitemap>\n" for place in places)
    return HttpResponse(
        f"{_HEAD}<sitemapindex {_SPACE}>\n{body}</sitemapindex>\n", content_type="application/xml; charset=utf-8"
    )


@public("for search engines")
@require_safe
def sitemap_part(request: HttpRequest, part: str) -> HttpResponseBase:
    """One part of the list of pages, written while it is read."""
    paths = _fixed_pages() if part == "pages" else _products_from(part)
    return StreamingHttpResponse(_urls(paths), content_type="application/xml; charset=utf-8")


def _urls(paths: Iterable[str]) -> Iterator[str]:
    yield f"{_HEAD}<urlset {_SPACE}>\n"
    for path in paths:
        yield f"<url><loc>{escape(address_of(path))}</loc></url>\n"
    yield "</urlset>\n"


def _fixed_pages() -> Iterator[str]:
    yield reverse("home")
    yield reverse("products")
    yield from (reverse("category", args=[path]) for path, node in category_tree().nodes.items() if node.is_listed)
    yield from (reverse("terms", args=[topic]) for topic in TOPICS)


def _products_from(first: str) -> Iterator[str]:
    """The addresses of five thousand products, a few hundred at a time; the last of a chunk begins the next."""
    at, left = clock.now(), PART
    while left > 0:
        wanted = min(_CHUNK, left)
        rows = addresses_from(first, at=at, size=wanted + 1)
        yield from (reverse("product", args=[slug]) for _public_id, slug in rows[:wanted])
        if len(rows) <= wanted:
            return
        first, left = rows[-1][0], left - wanted
