"""Who visits, in which language and currency, where things would be sent, and which cart is theirs.

Nothing here costs a query for a visitor who is not signed in: place and cart stand in cookies. The cart's cookie is signed and
names the cart by an id that cannot be guessed, with the number of pieces in it for the header; whoever changes a cart sets it
anew with `remember_cart`.
"""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language

from ramah.accounts.models import User
from ramah.commerce.models import ShopProfile
from ramah.commerce.queries.terms import shop_profile
from ramah.customers.queries import CustomerActor, signed_in_as

CART_COOKIE = "cart"
PLACE_COOKIE = "place"
_YEAR = 365 * 24 * 3600
_CART_SALT = "storefront.cart"
# Where a visitor most likely wants things sent, before they say so.
_COUNTRY_OF_LANGUAGE = {"id": "ID", "uk": "UA"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where things go: country (ISO 3166), region as checkout lists it, city, postal code; later ones may be empty."""

    country: str
    region: str = ""
    city: str = ""
    postal_code: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.city, self.region, self.postal_code) if part) or self.country


class Visitor:
    """Whoever looks at the shop now."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def language(self) -> str:
        """The language of the page."""
        return (get_language() or "en").split("-")[0]

    @cached_property
    def shop(self) -> ShopProfile:
        """Who sells."""
        return shop_profile()

    @cached_property
    def place(self) -> Place:
        """Where things would be sent: as the visitor said, else as their language suggests, else home."""
        told = self._request.COOKIES.get(PLACE_COOKIE, "").split("|")
        countries = self.shop.countries
        if told[0] in countries:
            parts = [_cookie_text(part) for part in told[1:4]]
            return Place(told[0], *parts)
        likely = _COUNTRY_OF_LANGUAGE.get(self.language, "")
        return Place(likely if likely in countries else next(iter(countries), "ID"))

    @cached_property
    def currency(self) -> str:
        """What prices are shown in: that of the place."""
        currency: str = self.shop.countries.get(self.place.country, self.shop.currency)
        return currency

    @cached_property
    def actor(self) -> CustomerActor | None:
        """The customer who is signed in; None for guests and for agents without a customer's log-in."""
        user = self._request.user
        return signed_in_as(user) if isinstance(user, User) else None

    @cached_property
    def _cart(self) -> tuple[str, int]:
        try:
            value = self._request.get_signed_cookie(CART_COOKIE, "", salt=_CART_SALT) or ""
        except BadSignature:
            return "", 0
        public_id, _colon, count = value.partition(":")
        return public_id, int(count or 0)

    @property
    def cart_id(self) -> str:
        """Public id of the cart; empty where there is none yet. It may have become an order since."""
        return self._cart[0]

    @property
    def cart_count(self) -> int:
        """Pieces in the cart, as it was left in this browser."""
        return self._cart[1]


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor who makes the request, the same object each time."""
    found = getattr(request, "_visitor", None)
    if found is None:
        found = request._visitor = Visitor(request)  # type: ignore[attr-defined]
    return found


def remember_cart(response: HttpResponseBase, public_id: str, count: int) -> None:
    """Have the browser keep the cart; an empty id forgets it."""
    if not public_id:
        response.delete_cookie(CART_COOKIE, samesite="Lax")
        return
    response.set_signed_cookie(
        CART_COOKIE,
        f"{public_id}:{count}",
        salt=_CART_SALT,
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def remember_place(response: HttpResponseBase, place: Place) -> None:
    """Have the browser keep where things are to be sent."""
    value = "|".join(quote(part, safe=" ") for part in (place.country, place.region, place.city, place.postal_code))
    response.set_cookie(
        PLACE_COOKIE, value, max_age=_YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def _cookie_text(part: str) -> str:
    return unquote(part)[:80]


__all__ = ["Place", "Visitor", "remember_cart", "remember_place", "visitor_of"]
