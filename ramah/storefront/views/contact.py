"""Asking: about a product, an order, or anything. What is sent is stored before it is thanked for."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ramah.channels.commands import Submission, take_in_form
from ramah.commerce.commands.voices import ProductNotOnSale, TextMissing, TextTooLong, TooManyVoices, ask_question
from ramah.desk.queries import who_answers
from ramah.kernel import audit, clock
from ramah.kernel.access import public
from ramah.storefront.contact_form import ContactForm
from ramah.storefront.contacting import Asking, asking_of, orders_to_pick
from ramah.storefront.pages import page
from ramah.storefront.rate_limits import is_allowed
from ramah.storefront.visiting import visitor_of

_HOUR = 3600


@public("anyone may ask; of an order only who has proved it sees anything")
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponseBase:
    """The form, with what the question is about where the visitor came from there."""
    told = request.POST if request.method == "POST" else request.GET
    asking = asking_of(request, product=told.get("product", ""), order=told.get("order", ""))
    if request.method != "POST":
        return _form_page(request, asking, _form(asking))
    form = _form(asking, request.POST, request.FILES)
    if not form.is_valid():
        return _form_page(request, asking, form, status=422)
    email = asking.email or form.cleaned_data["email"].strip().lower()
    if not _may_write(email):
        form.add_error(None, _("A lot was sent from here just now. Try again in an hour, or write us an e-mail."))
        return _form_page(request, asking, form, status=429)
    if not _take_in(request, asking, form, email):
        form.add_error(None, _("Nothing can be sent here at the moment. Your text is still below; try again later."))
        return _form_page(request, asking, form, status=503)
    return redirect("contact_sent")


@public("says that a message has arrived, and nothing of it")
@require_safe
def contact_sent(request: HttpRequest) -> HttpResponseBase:
    """The message is here; who answers it and by when."""
    return page(request, "storefront/contact_sent.html")


def _form(asking: Asking, *sent: Any) -> ContactForm:
    likely = {"reason": "product" if asking.product else "order" if asking.order else "other"}
    is_about = asking.product is not None
    return ContactForm(*sent, initial=likely, email=asking.email, of_product=is_about, orders=orders_to_pick(asking))


def _form_page(request: HttpRequest, asking: Asking, form: ContactForm, *, status: int = 200) -> HttpResponseBase:
    shown = {"asking": asking, "form": form, "title": asking.title(visitor_of(request).language)}
    return page(request, "storefront/contact.html", shown, status=status)


def _may_write(email: str) -> bool:
    here = is_allowed("contact", audit.origin.get(), limit=20, seconds=_HOUR)
    return is_allowed("contact to", email, limit=6, seconds=_HOUR) and here


def _take_in(request: HttpRequest, asking: Asking, form: ContactForm, email: str) -> bool:
    """Store the message; False where there is no inbox for it."""
    language, told = visitor_of(request).language, form.cleaned_data
    who = who_answers(language)
    if who is None:
        return False
    title = asking.title(language)
    reason = str(dict(form.fields["reason"].choices)[told["reason"]])  # type: ignore[attr-defined]  # a choice field
    submission = Submission(
        key=told["key"],
        email=email,
        name=asking.name or told.get("name", ""),
        subject=f"{reason}: {title}" if title else reason,
        text=told["message"],
        language=language,
        about=asking.about,
        is_proved=bool(asking.email),
        is_trap=form.is_trap,
    )
    take_in_form(inbox_id=who.inbox.pk, submission=submission, files=form.sent_files(), at=clock.now())
    if told.get("is_public") and not form.is_trap:
        _ask_in_public(asking, told["message"], key=told["key"], language=language)
    return True


def _ask_in_public(asking: Asking, text: str, *, key: str, language: str) -> None:
    if asking.product is None or not is_allowed("question of a form", key or text, limit=1, seconds=24 * _HOUR):
        return  # the same form sent twice
    try:
        ask_question(actor=asking.actor, product=asking.product, text=text[:4000], language=language, at=clock.now())
    except (TooManyVoices, TextMissing, TextTooLong, ProductNotOnSale):
        return  # it is answered by mail all the same
