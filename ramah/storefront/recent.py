"""What was looked at before in this browser: keys of products in a signed cookie, the latest first. Nothing is kept here."""

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponseBase

SEEN_COOKIE = "seen"
MOST = 12
_SALT = "storefront.seen"
_DAYS_90 = 90 * 24 * 3600


def recently_seen(request: HttpRequest) -> list[int]:
    """Keys of the products that were looked at, the latest first; empty for a cookie that is not ours."""
    if SEEN_COOKIE not in request.COOKIES:
        return []
    try:
        told = request.get_signed_cookie(SEEN_COOKIE, salt=_SALT, max_age=_DAYS_90)
    except BadSignature:
        return []
    return [int(key) for key in (told or "").split(".") if key.isdecimal()][:MOST]


def remember_seen(response: HttpResponseBase, before: list[int], product_id: int) -> None:
    """Have the browser remember that it looked at this product now."""
    if before[:1] == [product_id]:
        return
    keys = [product_id, *(key for key in before if key != product_id)][:MOST]
    response.set_signed_cookie(
        SEEN_COOKIE,
        ".".join(map(str, keys)),
        salt=_SALT,
        max_age=_DAYS_90,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
