"""Reviews and questions on a product: reading all of them, writing one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ramah.commerce.commands.voices import ProductNotOnSale, TooManyVoices, ask_question, write_review
from ramah.commerce.models import Product
from ramah.commerce.queries.products import product_known
from ramah.commerce.queries.voices import STARS, own_review, questions_of, reviews_of, stars_of
from ramah.customers.queries import CustomerActor
from ramah.kernel import audit, clock
from ramah.kernel.access import public
from ramah.kernel.actors import NOBODY
from ramah.kernel.paging import BadCursor
from ramah.storefront.pages import page
from ramah.storefront.product_page import way_html, way_to
from ramah.storefront.rate_limits import is_allowed
from ramah.storefront.reviewing import reviewer_of
from ramah.storefront.speaking import head, in_asked_language
from ramah.storefront.spoken import distribution, question_entries, review_articles
from ramah.storefront.visiting import visitor_of
from ramah.storefront.voice_forms import QuestionForm, ReviewForm

_DAY = 24 * 3600
_NAMELESS_A_DAY = 5


@public("what buyers say of a product")
@require_safe
@in_asked_language
def reviews(request: HttpRequest, slug: str) -> HttpResponse:
    """All approved reviews of a product, or those with so many stars; with htmx only the next ones."""
    product, told = product_known(slug, at=clock.now()), request.GET.get("stars", "")
    stars = int(told) if told in map(str, STARS) else None
    try:
        found = reviews_of(product, stars=stars, cursor=request.GET.get("after", ""))
    except BadCursor as error:
        raise Http404 from error
    address = reverse("reviews", args=[slug])
    more = f"{address}?{f'stars={stars}&' if stars else ''}after={found.next_cursor}" if found.next_cursor else ""
    context: dict[str, Any] = {
        "entries": review_articles(found.rows, language=visitor_of(request).language),
        "more": more,
    }
    if request.headers.get("HX-Request"):
        return page(request, "storefront/_voices.html", context)
    context |= _shared(request, product, _("Reviews"))
    context |= {"distribution": distribution(stars_of(product), url=address, chosen=stars), "stars": stars}
    return page(request, "storefront/reviews.html", context)


@public("what is asked about a product")
@require_safe
@in_asked_language
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """All answered questions on a product; with htmx only the next ones."""
    product = product_known(slug, at=clock.now())
    try:
        found = questions_of(product, cursor=request.GET.get("after", ""))
    except BadCursor as error:
        raise Http404 from error
    more = f"{reverse('questions', args=[slug])}?after={found.next_cursor}" if found.next_cursor else ""
    context = {"entries": question_entries(found.rows, language=visitor_of(request).language), "more": more}
    if request.headers.get("HX-Request"):
        return page(request, "storefront/_voices.html", context)
    return page(request, "storefront/questions.html", context | _shared(request, product, _("Questions and answers")))


@public("customers by their log-in, guests by the order they proved; others are told how")
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a review, or write it anew."""
    product = product_known(slug, at=clock.now())
    actor = reviewer_of(request, product)
    shared = {"product": product, "title": product.title_in(visitor_of(request).language)}
    if actor is None:
        return page(request, "storefront/review_who.html", {**shared, "next": request.path})
    before = own_review(actor, product)
    if request.method != "POST":
        told = {name: getattr(before, name) for name in ReviewForm.base_fields} if before else None
        return page(request, "storefront/review.html", {**shared, "form": ReviewForm(initial=told), "before": before})
    form = ReviewForm(request.POST)
    if form.is_valid() and _written(form, actor, product, visitor_of(request).language):
        messages.success(request, _("It is with us. You see it here once somebody has read it, mostly within a day."))
        return HttpResponseRedirect(reverse("product", args=[slug]))
    return page(request, "storefront/review.html", {**shared, "form": form, "before": before}, status=422)


@public("anyone may ask; shown once it is answered")
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask a question that others may read, too."""
    product, visitor = product_known(slug, at=clock.now()), visitor_of(request)
    shared = {"product": product, "title": product.title_in(visitor.language)}
    if request.method != "POST":
        return page(request, "storefront/question.html", {**shared, "form": QuestionForm()})
    form = QuestionForm(request.POST)
    if form.is_valid() and _asked(form, visitor.actor, product, visitor.language):
        messages.success(request, _("Your question is with us. It stands here with the answer, mostly within a day."))
        return HttpResponseRedirect(reverse("product", args=[slug]))
    return page(request, "storefront/question.html", {**shared, "form": form}, status=422)


def _written(form: ReviewForm, actor: CustomerActor, product: Product, language: str) -> bool:
    try:
        write_review(actor=actor, product=product, language=language, at=clock.now(), **form.cleaned_data)
    except TooManyVoices:
        form.add_error(None, _("You have written a lot today. Come back tomorrow."))
    except ProductNotOnSale as error:
        raise Http404 from error
    return form.is_valid()


def _asked(form: QuestionForm, actor: CustomerActor | None, product: Product, language: str) -> bool:
    told = form.cleaned_data
    if told["website"]:
        return True  # taken by a machine that fills in every field: nothing is kept
    try:
        if actor is None and not is_allowed("question", audit.origin.get(), limit=_NAMELESS_A_DAY, seconds=_DAY):
            raise TooManyVoices
        ask_question(
            actor=actor or NOBODY,
            product=product,
            text=told["text"],
            author_name=told["author_name"],
            language=language,
            at=clock.now(),
        )
    except TooManyVoices:
        form.add_error(None, _("You have asked a lot today. Write to us instead, or come back tomorrow."))
    except ProductNotOnSale as error:
        raise Http404 from error
    return form.is_valid()


def _shared(request: HttpRequest, product: Product, what: str) -> dict[str, Any]:
    visitor = visitor_of(request)
    title = product.title_in(visitor.language)
    return {
        "product": product,
        "title": title,
        "what": what,
        "way": way_html(way_to(product, visitor)),
        "head": head(request, title=f"{what}: {title.text}", shop=visitor.shop.name),
    }
