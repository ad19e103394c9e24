"""The first page of the shop."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ramah.commerce.queries.products import in_language
from ramah.commerce.queries.relating import front_listings
from ramah.kernel.access import public
from ramah.storefront.cards import cards_of
from ramah.storefront.pages import page
from ramah.storefront.recent import recently_seen
from ramah.storefront.speaking import head, in_asked_language
from ramah.storefront.structured import json_ld, shop_things
from ramah.storefront.visiting import visitor_of


@public("the shop's first page")
@require_safe
@in_asked_language
def home(request: HttpRequest) -> HttpResponse:
    """What the shop is, its departments, and what is new, liked, reduced, looked at before."""
    visitor = visitor_of(request)
    front = front_listings(currency=visitor.currency, recent=recently_seen(request))
    about = in_language(visitor.shop.about, visitor.language)
    described = head(request, title=visitor.shop.name, description=about.text, shop=visitor.shop.name)
    context = {
        "head": described + json_ld(*shop_things(visitor.shop)),
        "about": about,
        "rows": [(key, cards_of(rows, visitor, eager=4 * (key == "new"))) for key, rows in front.items()],
    }
    return page(request, "storefront/home.html", context)
