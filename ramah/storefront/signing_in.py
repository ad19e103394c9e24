"""Signing in to the shop: who may be where, where it leads, and that it is slow for whoever guesses.

1. `sign_in` asks for an address, mails six digits to it (`customers.commands.codes`) and takes them; a password does as well
   where one is set. Unknown addresses, known ones and those of agents get the same answer; only the mail differs.
2. Both end in django-allauth's log-in, so sessions, second factors, the record of log-ins and the change of session key are its.
3. That leads to the page `signed_in`, which links log-in and customer, brings the guest's cart along, and leads on.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import quote

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from ramah.accounts.models import User
from ramah.accounts.queries import is_agents
from ramah.customers.queries import CustomerActor
from ramah.kernel import clock
from ramah.storefront.visiting import visitor_of

P = ParamSpec("P")
SIGN_IN, CONFIRM, NEW_ADDRESS = "sign_in", "confirm", "change_email"
_ASKED = "signing_in"  # in the session: the address that was asked for a code, and where to go on
_PROVED_AT = "proved_at"  # in the session: when its holder proved who they are, Unix seconds
_FRESH_SECONDS = 15 * 60


def customers_only(
    view: Callable[Concatenate[HttpRequest, CustomerActor, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Call the view with the customer who is signed in; send others to sign in, and back here afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        actor = visitor_of(request).actor
        if actor is None:
            return to_sign_in(request.get_full_path() if request.method == "GET" else reverse("account"))
        return view(request, actor, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", guarded)


def freshly_proved(
    view: Callable[Concatenate[HttpRequest, CustomerActor, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """As `customers_only`, for what a stranger at an open browser must not do: whoever signed in a while ago proves it anew."""

    @wraps(view)
    def guarded(request: HttpRequest, actor: CustomerActor, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if clock.now().timestamp() - request.session.get(_PROVED_AT, 0) > _FRESH_SECONDS:
            path = request.get_full_path() if request.method == "GET" else reverse("account_details")
            return redirect(with_next(reverse("sign_in_confirm"), path))
        return view(request, actor, *args, **kwargs)

    return customers_only(guarded)


def shoppers_own(
    view: Callable[Concatenate[HttpRequest, CustomerActor, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """As `freshly_proved`, for what changes the log-in itself: somebody of the team changes theirs in the desk."""
    proved = freshly_proved(view)

    @wraps(view)
    def guarded(request: HttpRequest, actor: CustomerActor, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if is_agents(user_of(request)):
            messages.info(request, _("You log in here as one of the team; your password is changed in the desk."))
            return redirect("account_details")
        return proved(request, *args, **kwargs)

    return customers_only(guarded)


def user_of(request: HttpRequest) -> User:
    """Whoever is logged in; for views that let in nobody else."""
    return cast(User, request.user)


def to_sign_in(next_page: str) -> HttpResponse:
    """Go to the sign-in, and to `next_page` afterwards."""
    return redirect(with_next(reverse("sign_in"), next_page))


def safe_next(request: HttpRequest) -> str:
    """The page of ours that the request names as `next`; empty when it names none, or one elsewhere."""
    page = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if allowed else ""


def is_slowed_down(request: HttpRequest, action: str) -> bool:
    """Whether too many from this address of the network did `action` (a name in `settings.ACCOUNT_RATE_LIMITS`). Counts."""
    return not ratelimit.consume(request, action=action)


def note_asked(request: HttpRequest, *, address: str, next_page: str = "", purpose: str = SIGN_IN) -> None:
    """Remember in this browser to which address a code goes, and what for."""
    request.session[_ASKED] = {"address": address, "next": next_page, "purpose": purpose}


def asked(request: HttpRequest, purpose: str = SIGN_IN) -> tuple[str, str] | None:
    """Address and next page that were noted for `purpose`; None when nothing was."""
    noted = request.session.get(_ASKED)
    if not isinstance(noted, dict) or noted.get("purpose") != purpose:
        return None
    return str(noted["address"]), str(noted["next"])


def forget_asked(request: HttpRequest) -> None:
    """The code was used; nothing is waited for."""
    request.session.pop(_ASKED, None)


def note_proved(request: HttpRequest) -> None:
    """Whoever holds this session has just proved who they are."""
    request.session[_PROVED_AT] = int(clock.now().timestamp())


def log_in(request: HttpRequest, user: User, *, next_page: str) -> HttpResponse:
    """Log the user in whose address was just proved; where they have a second factor, it is asked for first."""
    forget_asked(request)
    note_proved(request)
    response: HttpResponse = perform_login(request, user, redirect_url=landing(next_page), email=user.email)
    return response


def landing(next_page: str) -> str:
    """The page after the log-in, which leads on to `next_page`."""
    return with_next(reverse("signed_in"), next_page)


def with_next(page: str, next_page: str) -> str:
    """`page` with the one that comes after it, if any."""
    return f"{page}?next={quote(next_page, safe='/')}" if next_page else page
