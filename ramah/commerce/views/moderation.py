"""Reviews and questions in the desk: what waits, what is shown, what is not."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ramah.commerce import permissions
from ramah.commerce.commands import voices as writing
from ramah.commerce.forms.moderation import AnswerForm, DecisionForm
from ramah.commerce.models import Moderation
from ramah.commerce.queries import voices
from ramah.commerce.views.pages import next_page, rows_only
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import NotVisible
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page

REVIEWS, QUESTIONS = "reviews", "questions"
MOST_AT_ONCE = 100


@require_GET
@access(permissions.MODERATE)
def reviews_and_questions(request: HttpRequest) -> HttpResponse:
    """Reviews or questions (`kind`) in a state, the newest first; those that wait unless told otherwise."""
    actor = actor_of(request)
    kind = QUESTIONS if request.GET.get("kind") == QUESTIONS else REVIEWS
    state = request.GET.get("state", "")
    state = state if state in Moderation.values else Moderation.PENDING
    read = voices.questions_by_state if kind == QUESTIONS else voices.reviews_by_state
    try:
        page: Any = read(actor, (state,), cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    context = {
        "rows": page.rows,
        "kind": kind,
        "state": state,
        "states": Moderation.choices,
        "more": next_page("shop-voices", page, kind=kind, state=state),
        "waiting": dict(zip((REVIEWS, QUESTIONS), voices.waiting_counts(actor), strict=True)),
    }
    template = "commerce/shop/voices.html"
    return render(request, f"{template}#rows" if rows_only(request) else template, context)


@require_POST
@access(permissions.MODERATE)
def approve_many(request: HttpRequest) -> HttpResponse:
    """Show the reviews that are ticked (`review`, public ids)."""
    actor, count = actor_of(request), 0
    for public_id in request.POST.getlist("review")[:MOST_AT_ONCE]:
        try:
            review = voices.review_for(actor, public_id=public_id)
        except NotVisible:  # the customer has written it anew, or it is gone
            continue
        writing.moderate_review(actor=actor, review=review, approve=True, at=clock.now())
        count += 1
    if count:
        told = ngettext("%(count)s review is shown now.", "%(count)s reviews are shown now.", count)
        messages.success(request, told % {"count": count})
    else:
        messages.warning(request, _("Tick the reviews to show."))
    return redirect("shop-voices")


@require_POST
@access(permissions.MODERATE)
def review(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a review, do not show it, or answer it: `do` says which."""
    actor, doing = actor_of(request), request.POST.get("do", "")
    found = voices.review_for(actor, public_id=public_id)
    decision, answer = DecisionForm(request.POST), AnswerForm(request.POST)
    told: dict[str, Any] = {"actor": actor, "review": found, "at": clock.now()}
    if doing in {"approve", "reject"} and decision.is_valid():
        writing.moderate_review(approve=doing == "approve", reason=decision.cleaned_data["reason"], **told)
        messages.success(request, _("The review is shown.") if doing == "approve" else _("The review is not shown."))
    elif doing == "answer" and answer.is_valid():
        writing.answer_review(text=answer.cleaned_data["answer"], **told)
        messages.success(request, _("The answer is saved."))
    else:
        messages.error(request, _("The text is too long. Nothing was saved."))
    return redirect(_back(REVIEWS, found.state))


@require_POST
@access(permissions.MODERATE)
def question(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answer a question, which shows it; or do not show it: `do` says which."""
    actor, doing = actor_of(request), request.POST.get("do", "")
    found = voices.question_for(actor, public_id=public_id)
    decision, answer = DecisionForm(request.POST), AnswerForm(request.POST)
    told: dict[str, Any] = {"actor": actor, "question": found, "at": clock.now()}
    if doing == "answer" and answer.is_valid():
        try:
            writing.answer_question(text=answer.cleaned_data["answer"], **told)
        except writing.TextMissing:
            messages.error(request, _("Write an answer. A question is shown together with it."))
        else:
            messages.success(request, _("The question is shown with your answer."))
    elif doing == "reject" and decision.is_valid():
        writing.moderate_question(approve=False, reason=decision.cleaned_data["reason"], **told)
        messages.success(request, _("The question is not shown."))
    else:
        messages.error(request, _("The text is too long. Nothing was saved."))
    return redirect(_back(QUESTIONS, found.state))


def _back(kind: str, state: str) -> str:
    return f"{reverse('shop-voices')}?{urlencode({'kind': kind, 'state': state})}"
