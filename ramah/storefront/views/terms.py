"""On which terms the shop sells, one page a topic."""

from collections.abc import Callable
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.storefront.pages import page
from ramah.storefront.speaking import head, in_asked_language
from ramah.storefront.terms_told import delivery_told, imprint_told, payment_told, returns_told
from ramah.storefront.visiting import visitor_of

TOPICS: Final[dict[str, tuple[LazyString, Callable[..., dict[str, Any]]]]] = {
    "delivery": (_("Delivery"), delivery_told),
    "returns": (_("Returns"), returns_told),
    "payment": (_("Payment"), payment_told),
    "imprint": (_("Who we are"), imprint_told),
}


@public("the terms of the shop")
@require_safe
@in_asked_language
def terms(request: HttpRequest, topic: str) -> HttpResponse:
    """The terms of one topic, as the shop's profile has them."""
    if topic not in TOPICS:
        raise Http404
    title, told = TOPICS[topic]
    visitor = visitor_of(request)
    context = {
        "title": title,
        "head": head(request, title=str(title), shop=visitor.shop.name),
        "topics": [(key, name) for key, (name, _told) in TOPICS.items()],
        "topic": topic,
        **told(visitor, at=clock.now()),
    }
    return page(request, f"storefront/terms/{topic}.html", context)
