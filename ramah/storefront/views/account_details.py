"""The account of a customer: name, phone, language, address to sign in with, password, and where they are signed in."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from ramah.accounts import commands as accounts
from ramah.accounts.queries import is_agents, is_login_address, sessions_shown
from ramah.customers import commands
from ramah.customers.queries import CustomerActor, own_customer, own_phone
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.storefront import account_mails, signing_in
from ramah.storefront.account_forms import DetailsForm, NewEmailForm, PasswordForm, SixDigitsForm
from ramah.storefront.leaving import forget_shopper
from ramah.storefront.pages import page
from ramah.storefront.signing_in import NEW_ADDRESS, customers_only, shoppers_own, user_of
from ramah.storefront.visiting import visitor_of
from ramah.ui.preferences import COOKIE_SECONDS


@public("a customer's own, by their log-in")
@never_cache
@require_http_methods(["GET", "POST"])
@customers_only
def details(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Name, phone and language; the ways to address, password and sessions."""
    user, customer, phone = user_of(request), own_customer(actor), own_phone(actor.customer_id)
    initial = {
        "name": customer.name,
        "phone": phone.value if phone else "",
        "language": user.language or visitor_of(request).language,
    }
    form = DetailsForm(request.POST or None, initial=initial)
    if form.is_valid() and _phone_is_kept(request, actor, form):
        return _kept(request, actor, form)
    sessions = sessions_shown(user, current=request.session.session_key or "", at=clock.now())
    context = {"form": form, "user": user, "sessions": sessions, "is_agents": is_agents(user)}
    return page(request, "storefront/account/details.html", context, status=422 if form.is_bound else 200)


def _phone_is_kept(request: HttpRequest, actor: CustomerActor, form: DetailsForm) -> bool:
    given = form.cleaned_data["phone"]
    if given == form.initial["phone"]:
        return True
    # Numbers are not to be tried out here one after the other: that one is taken says that it is known.
    if signing_in.is_slowed_down(request, "shop_phone"):
        form.add_error("phone", _("The number was changed too often. Try again in an hour."))
        return False
    region = visitor_of(request).place.country
    try:
        commands.change_own_phone(actor=actor, number=given, region=region, at=clock.now())
    except commands.NotAnAddress:
        form.add_error(
            "phone", _("This is not a phone number. Write it with the country code, as in +62 812 3456 7890.")
        )
    except commands.AddressTaken:
        form.add_error("phone", _("This number cannot be kept here. Write to us, and we put it right."))
    return not form.errors


def _kept(request: HttpRequest, actor: CustomerActor, form: DetailsForm) -> HttpResponse:
    language = form.cleaned_data["language"]
    commands.change_own_details(actor=actor, name=form.cleaned_data["name"], language=language, at=clock.now())
    accounts.choose_language(user=user_of(request), language=language)
    with translation.override(language):
        messages.success(request, _("Saved."))
    response = redirect("account_details")
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=COOKIE_SECONDS, samesite="Lax")
    return response


@public("a customer's own, by their log-in")
@never_cache
@require_http_methods(["GET", "POST"])
@shoppers_own
def email(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Another address to sign in with: a code goes to it first."""
    user = user_of(request)
    form = NewEmailForm(request.POST or None, present=user.email)
    if form.is_valid():
        address = form.cleaned_data["email"]
        if signing_in.is_slowed_down(request, "shop_code"):
            form.add_error(None, _("Too many codes were asked for from here. Try again in ten minutes."))
        elif error := _mail_new_address(address, f"user:{user.pk}"):
            form.add_error(None, error)
        else:
            signing_in.note_asked(request, address=address, purpose=NEW_ADDRESS)
            return redirect("account_email_code")
    status = 422 if form.is_bound else 200
    return page(request, "storefront/account/email.html", {"form": form, "present": user.email}, status=status)


def _mail_new_address(address: str, subject: str) -> str:
    try:
        code = commands.send_code(purpose=NEW_ADDRESS, address=address, subject=subject, at=clock.now())
    except commands.TooManyCodes:
        return _("Five codes went to this address within the hour. Try again later.")
    # Whether the address has an account, only its owner learns.
    is_used = is_login_address(address)
    words = account_mails.address_in_use() if is_used else account_mails.new_address_code(code)
    if account_mails.send(address, words):
        return ""
    commands.withdraw_code(purpose=NEW_ADDRESS, address=address, subject=subject)
    return _("No mail could be sent just now. Try again in some minutes.")


@public("a customer's own, by their log-in")
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@customers_only
def email_code(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Take the code that went to the new address; from then on it is theirs."""
    asked, user = signing_in.asked(request, NEW_ADDRESS), user_of(request)
    if asked is None:
        return redirect("account_email")
    address, before = asked[0], user.email
    form = SixDigitsForm(request.POST or None)
    if form.is_valid():
        told = {"purpose": NEW_ADDRESS, "address": address, "subject": f"user:{user.pk}"}
        if commands.redeem_code(**told, code=form.cleaned_data["code"], at=clock.now()):
            signing_in.forget_asked(request)
            return _address_changed(request, actor, before, address)
        form.refuse()
    status = 422 if form.is_bound else 200
    return page(request, "storefront/account/email_code.html", {"form": form, "address": address}, status=status)


def _address_changed(request: HttpRequest, actor: CustomerActor, before: str, address: str) -> HttpResponse:
    try:
        commands.change_email(actor=actor, user=user_of(request), email=address, at=clock.now())
    except commands.AddressInUse:
        messages.error(request, _("This address cannot be used here. Write to us, and we put it right."))
        return redirect("account_email")
    account_mails.send(before, account_mails.address_changed(address))
    messages.success(request, _("You sign in with %(address)s from now on.") % {"address": address})
    return redirect("account_details")


@public("a customer's own, by their log-in")
@never_cache
@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "POST"])
@shoppers_own
def password(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Set a password, or another one; other devices are signed out."""
    user = user_of(request)
    form = PasswordForm(request.POST or None, user=user, name=actor.name)
    if form.is_valid():
        accounts.set_password(actor=actor, user=user, password=form.cleaned_data["password"], at=clock.now())
        _renew_session(request)
        account_mails.send(user.email, account_mails.password_set())
        messages.success(request, _("Your password is set. Other devices were signed out."))
        return redirect("account_details")
    context = {"form": form, "user": user}
    return page(request, "storefront/account/password.html", context, status=422 if form.is_bound else 200)


@public("a customer's own, by their log-in")
@require_POST
@shoppers_own
def remove_password(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Sign in by code alone from now on."""
    user = user_of(request)
    accounts.remove_password(actor=actor, user=user, at=clock.now())
    _renew_session(request)
    account_mails.send(user.email, account_mails.password_removed())
    messages.success(request, _("You sign in with a code by mail from now on."))
    return redirect("account_details")


def _renew_session(request: HttpRequest) -> None:
    """All sessions have ended with the old password; this one goes on, under another key."""
    update_session_auth_hash(request, user_of(request))
    UserSession.objects.create_from_request(request)


@public("a customer's own, by their log-in")
@require_POST
@customers_only
def end_session(request: HttpRequest, actor: CustomerActor, session_id: int) -> HttpResponse:
    """Sign one of one's own devices out."""
    ended = accounts.end_own_session(actor=actor, user_id=user_of(request).pk, session_id=session_id, at=clock.now())
    messages.success(request, _("That device is signed out.") if ended else _("That device was signed out already."))
    return redirect("account_details")


@public("a customer's own, by their log-in")
@require_POST
@customers_only
def sign_out_everywhere(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Sign all of one's own devices out, this one too."""
    accounts.log_out_everywhere(actor=actor, user=user_of(request), at=clock.now())
    logout(request)
    messages.success(request, _("You are signed out on all devices."))
    response = redirect("sign_in")
    forget_shopper(response)
    return response
