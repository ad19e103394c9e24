"""What somebody has written at checkout and not sent off yet, kept in their own browser until the order stands or it is closed.

It is shown again after a way back, another page or a fault. It goes to the checkout alone, and is lost with less harm than a row
of addresses that nobody ordered to would do in the shop's database.
"""

from collections.abc import Mapping

from django.conf import settings
from django.core import signing
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

_COOKIE = "checkout_draft"
_SALT = "storefront.checkout_draft"
_LONGEST = 3500  # characters; browsers drop a cookie of more than 4,096, name and attributes counted


def keep_draft(response: HttpResponseBase, values: Mapping[str, str]) -> None:
    """Have the browser keep what was written; where it is long, without the note, and not at all where it is longer still."""
    told = {name: value for name, value in values.items() if value}
    for kept in (told, {name: value for name, value in told.items() if name != "note"}):
        value = signing.dumps(kept, salt=_SALT, compress=True)
        if len(value) <= _LONGEST:
            response.set_cookie(
                _COOKIE,
                value,
                path=reverse("checkout"),
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
            return


def draft_of(request: HttpRequest) -> Mapping[str, str]:
    """What was written before; empty where nothing was, or it was altered."""
    try:
        draft: Mapping[str, str] = signing.loads(request.COOKIES.get(_COOKIE, ""), salt=_SALT)
    except BadSignature:
        return {}
    return draft


def forget_draft(response: HttpResponseBase) -> None:
    """Have the browser keep none."""
    response.delete_cookie(_COOKIE, path=reverse("checkout"), samesite="Lax")
