"""Signing in and out: by a code that comes by mail, or by password."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.accounts import commands as accounts
from ramah.accounts.queries import is_agents, is_agents_address
from ramah.commerce.commands.carts import merge_carts
from ramah.commerce.commands.wishes import TooManyWishes, add_wish
from ramah.commerce.queries.carts import piece_count
from ramah.customers.commands import TooManyCodes, link_login, redeem_code, send_code, withdraw_code
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import NotVisible
from ramah.storefront import account_mails, signing_in
from ramah.storefront.account_forms import EmailForm, PasswordSignInForm, SixDigitsForm
from ramah.storefront.leaving import forget_shopper
from ramah.storefront.pages import page
from ramah.storefront.signing_in import CONFIRM, SIGN_IN, customers_only
from ramah.storefront.visiting import remember_cart, visitor_of

WISH = "wish"  # in the session: what somebody wanted on their list before they had signed in


@public("whoever wants to sign in")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for an address, and send a code to it. Whose address it is makes no difference to the answer."""
    next_page = signing_in.safe_next(request)
    if request.user.is_authenticated:
        return _here_already(request, next_page)
    form = EmailForm(request.POST or None)
    if not form.is_valid():
        return _sign_in_page(request, form, next_page, status=422 if form.is_bound else 200)
    if signing_in.is_slowed_down(request, "shop_code"):
        form.add_error(None, _("Too many codes were asked for from here. Try again in ten minutes."))
        return _sign_in_page(request, form, next_page, status=429)
    address = form.cleaned_data["email"]
    if error := mail_code(address, SIGN_IN):
        form.add_error(None, error)
        return _sign_in_page(request, form, next_page, status=422)
    signing_in.note_asked(request, address=address, next_page=next_page)
    return redirect("sign_in_code")


def _here_already(request: HttpRequest, next_page: str) -> HttpResponse:
    if visitor_of(request).actor is None:
        # Somebody of the team: shopping is for another log-in, and the session may stay what it is.
        return page(request, "storefront/account/agent.html")
    return redirect(next_page or "account")


def _sign_in_page(request: HttpRequest, form: EmailForm, next_page: str, *, status: int) -> HttpResponse:
    waiting = signing_in.asked(request) if form.is_bound else None
    context = {"form": form, "next": next_page, "waiting": bool(waiting)}
    return page(request, "storefront/account/sign_in.html", context, status=status)


def mail_code(address: str, purpose: str, subject: str = "") -> str:
    """Send a code to an address; what went wrong, in words, or nothing. To an agent's goes another mail and the same answer."""
    try:
        code = send_code(purpose=purpose, address=address, subject=subject, at=clock.now())
    except TooManyCodes as refused:
        again = time_format(localtime(refused.again_at))
        return _(
            "Five codes went to this address within the hour. Use the newest one, or ask for another after %(time)s."
        ) % {"time": again}
    is_closed = purpose == SIGN_IN and is_agents_address(address)
    words = account_mails.agents_sign_in() if is_closed else account_mails.sign_in_code(code)
    if account_mails.send(address, words):
        return ""
    withdraw_code(purpose=purpose, address=address, subject=subject)
    return _("No mail could be sent just now. Try again in some minutes.")


@public("whoever has asked for a code")
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Take the code, and log in whom the address belongs to; with the first code the account is made."""
    asked = signing_in.asked(request)
    if asked is None or request.user.is_authenticated:
        return redirect("sign_in")
    address, next_page = asked
    form = SixDigitsForm(request.POST or None)
    if form.is_valid():
        if signing_in.is_slowed_down(request, "shop_code_try"):
            form.add_error(None, _("Too many tries from here. Try again in ten minutes."))
            return _code_page(request, form, address, next_page, status=429)
        at = clock.now()
        if redeem_code(purpose=SIGN_IN, address=address, code=form.cleaned_data["code"], at=at):
            try:
                user = accounts.open_login(email=address, language=visitor_of(request).language, at=at)
            except accounts.BelongsToAgent:
                form.refuse()
            else:
                return signing_in.log_in(request, user, next_page=next_page)
        else:
            form.refuse()
    return _code_page(request, form, address, next_page, status=422 if form.is_bound else 200)


def _code_page(request: HttpRequest, form: SixDigitsForm, address: str, next_page: str, *, status: int) -> HttpResponse:
    context = {"form": form, "address": address, "next": next_page}
    return page(request, "storefront/account/code.html", context, status=status)


@public("whoever wants to sign in")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in_password(request: HttpRequest) -> HttpResponse:
    """Log in by password; a second factor is asked for where there is one."""
    next_page = signing_in.safe_next(request)
    if request.user.is_authenticated:
        return _here_already(request, next_page)
    form = PasswordSignInForm(request.POST or None, request=request)
    status = 422 if form.is_bound else 200
    if form.is_bound and signing_in.is_slowed_down(request, "login"):
        form = PasswordSignInForm(request=request, initial={"login": request.POST.get("login", "")})
        messages.error(request, _("Too many tries from here. Try again in some minutes."))
        status = 429
    elif form.is_valid():
        signing_in.forget_asked(request)
        signing_in.note_proved(request)
        response: HttpResponse = form.login(request, redirect_url=signing_in.landing(next_page))
        return response
    return page(request, "storefront/account/password_sign_in.html", {"form": form, "next": next_page}, status=status)


@public("leads on whoever has just logged in")
@never_cache
@require_GET
def signed_in(request: HttpRequest) -> HttpResponse:
    """Link log-in and customer, bring the guest's cart along, add what was wished for, lead on. Repeatable."""
    next_page = signing_in.safe_next(request)
    if not request.user.is_authenticated:
        return signing_in.to_sign_in(next_page)
    user, at = signing_in.user_of(request), clock.now()
    if is_agents(user):
        return redirect(get_adapter(request).get_login_redirect_url(request))
    customer = link_login(user=user, email=user.email, at=at)
    cart = merge_carts(customer_id=customer.pk, guest_cart_id=visitor_of(request).cart_id, at=at)
    _add_wish(request, CustomerActor(customer.pk, SIGNED_IN, customer.name))
    response = redirect(next_page or "account")
    remember_cart(response, cart.public_id if cart else "", piece_count(cart) if cart else 0)
    return response


def _add_wish(request: HttpRequest, actor: CustomerActor) -> None:
    product, variant = request.session.pop(WISH, ("", ""))
    if not product and not variant:
        return
    try:
        add_wish(actor=actor, product_public_id=product, variant_public_id=variant, at=clock.now())
    except (NotVisible, TooManyWishes):
        messages.error(request, _("It could not be put on your wish list."))
    else:
        messages.success(request, _("It is on your wish list."))


@public("whoever is signed in, or was")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session. The cart stays with the account, not in the browser."""
    logout(request)
    messages.success(request, _("You are signed out."))
    response = redirect("home")
    forget_shopper(response)
    return response


@public("a customer's own, by their log-in")
@never_cache
@require_http_methods(["GET", "POST"])
@customers_only
def sign_in_confirm(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Before something that matters: send a code to the address of whoever is signed in."""
    next_page, user = signing_in.safe_next(request), signing_in.user_of(request)
    error = ""
    if request.method == "POST":
        error = mail_code(user.email, CONFIRM, f"user:{user.pk}")
        if not error:
            signing_in.note_asked(request, address=user.email, next_page=next_page, purpose=CONFIRM)
            return redirect("sign_in_confirm_code")
    context = {"address": user.email, "next": next_page, "error": error}
    return page(request, "storefront/account/confirm.html", context, status=422 if error else 200)


@public("a customer's own, by their log-in")
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@customers_only
def sign_in_confirm_code(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Take that code, and go on."""
    user, asked = signing_in.user_of(request), signing_in.asked(request, CONFIRM)
    if asked is None:
        return redirect("sign_in_confirm")
    form = SixDigitsForm(request.POST or None)
    if form.is_valid():
        told = {"purpose": CONFIRM, "address": user.email, "subject": f"user:{user.pk}"}
        if redeem_code(**told, code=form.cleaned_data["code"], at=clock.now()):
            signing_in.forget_asked(request)
            signing_in.note_proved(request)
            return redirect(asked[1] or "account_details")
        form.refuse()
    context = {"form": form, "address": user.email, "next": asked[1]}
    return page(request, "storefront/account/confirm_code.html", context, status=422 if form.is_bound else 200)
