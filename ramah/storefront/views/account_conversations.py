"""A customer's conversations in their account: reading them, going on, closing, opening again.

What they write goes through the intake as everything does that customers say; it is read at once, so that it stands in the
thread when the page comes back. Where that fails it is safe all the same, and a worker reads it.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ramah.channels.commands import S, Submission, process, take_in_form
from ramah.conversations.commands import own
from ramah.conversations.commands.filing import PICTURES
from ramah.conversations.models import Conversation
from ramah.conversations.queries import (
    own_attachment_for,
    own_conversation_for,
    own_conversations_page,
    own_lines,
)
from ramah.customers.models import ContactPoint
from ramah.customers.queries import CustomerActor, address_of
from ramah.desk.queries import who_answers
from ramah.kernel import audit, clock
from ramah.kernel.access import public
from ramah.kernel.paging import BadCursor
from ramah.storefront.contact_form import AnswerForm
from ramah.storefront.pages import page
from ramah.storefront.rate_limits import is_allowed
from ramah.storefront.signing_in import customers_only, user_of
from ramah.storefront.visiting import visitor_of
from ramah.ui.errors import error_page
from ramah.ui.files import file_response

_HOUR = 3600


@public("a customer's own conversations, by their log-in")
@require_GET
@customers_only
def conversations(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """All of them, the latest first, those with a new answer marked."""
    cursor = request.GET.get("cursor", "")
    try:
        found = own_conversations_page(actor, cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    more = f"{reverse('account_conversations')}?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else ""
    is_part = request.headers.get("HX-Request") and cursor
    template = "storefront/account/conversations.html"
    return page(request, f"{template}#rows" if is_part else template, {"rows": found.rows, "more": more})


@public("a customer's own conversation, by their log-in")
@require_GET
@customers_only
def conversation(request: HttpRequest, actor: CustomerActor, public_id: str) -> HttpResponse:
    """The thread, and the form to go on in it. Looking at its end is having seen it."""
    row = own_conversation_for(actor, public_id=public_id)
    if row.public_id != public_id:
        return redirect("account_conversation", public_id=row.public_id)
    return _thread_page(request, actor, row, AnswerForm())


@public("a customer's own conversation, by their log-in")
@require_POST
@customers_only
def answer(request: HttpRequest, actor: CustomerActor, public_id: str) -> HttpResponse:
    """Say something in it."""
    row = own_conversation_for(actor, public_id=public_id)
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _thread_page(request, actor, row, form, status=422)
    here = is_allowed("contact", audit.origin.get(), limit=20, seconds=_HOUR)
    if not (is_allowed("conversation answer", actor.ref, limit=30, seconds=_HOUR) and here):
        form.add_error(None, _("A lot was sent from here just now. Try again in an hour, or write us an e-mail."))
        return _thread_page(request, actor, row, form, status=429)
    inbox_id = _inbox_for(request, row)
    if inbox_id is None:
        form.add_error(None, _("Nothing can be sent here at the moment. Your text is still below; try again later."))
        return _thread_page(request, actor, row, form, status=503)
    at = clock.now()
    item = take_in_form(
        inbox_id=inbox_id,
        submission=_submission(request, actor, row, form),
        files=form.sent_files(),
        at=at,
        claimed=True,
    )
    process([item], at=at)
    if item.state in (S.ACCEPTED, S.DUPLICATE) and item.conversation is not None:
        messages.success(request, _("Your message is here."))
        return redirect("account_conversation", public_id=item.conversation.public_id)
    messages.info(request, _("Your message is here. It appears below in a moment."))
    return redirect("account_conversation", public_id=row.public_id)


@public("a customer's own conversation, by their log-in")
@require_POST
@customers_only
def close(request: HttpRequest, actor: CustomerActor, public_id: str) -> HttpResponse:
    """They need nothing more."""
    row = own_conversation_for(actor, public_id=public_id)
    own.close_own(actor=actor, conversation=row, at=clock.now())
    messages.success(request, _("Closed. You can open it again if something is left."))
    return redirect("account_conversation", public_id=row.public_id)


@public("a customer's own conversation, by their log-in")
@require_POST
@customers_only
def reopen(request: HttpRequest, actor: CustomerActor, public_id: str) -> HttpResponse:
    """It is not done after all."""
    row = own_conversation_for(actor, public_id=public_id)
    try:
        own.reopen_own(actor=actor, conversation=row, at=clock.now())
    except own.TooLate:
        messages.warning(request, _("This was closed some time ago. Write below: it goes on in a new conversation."))
    else:
        messages.success(request, _("It is open again. We look at it."))
    return redirect("account_conversation", public_id=row.public_id)


@public("a file of a customer's own conversation, by their log-in")
@require_GET
@customers_only
def file(request: HttpRequest, actor: CustomerActor, public_id: str) -> HttpResponse:
    """A file of a message: pictures may be shown, everything else is a download, and nothing in it runs."""
    row = own_attachment_for(actor, public_id=public_id)
    # A stream, which the decorator need not know.
    return file_response(row, shown=PICTURES, cache="private, no-store")  # type: ignore[return-value]


def _thread_page(
    request: HttpRequest, actor: CustomerActor, row: Conversation, form: AnswerForm, *, status: int = 200
) -> HttpResponse:
    before = request.GET.get("before", "")
    key = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    lines, has_earlier = own_lines(actor, row, before=key)
    if key is None and lines and request.method == "GET":
        own.note_customer_seen(actor=actor, conversation=row, upto=lines[-1].pk, at=clock.now())
    url = reverse("account_conversation", args=[row.public_id])
    status_of = Conversation.Status
    shown: dict[str, Any] = {
        "conversation": row,
        "lines": lines,
        "is_past": key is not None,
        "earlier": f"{url}?{urlencode({'before': lines[0].pk})}" if has_earlier and lines else "",
        "form": form,
        "pictures": PICTURES,
        "is_closed": row.status == status_of.RESOLVED,
        "may_close": row.status in (status_of.OPEN, status_of.PENDING, status_of.SNOOZED),
        "may_reopen": own.may_be_reopened(row, at=clock.now()),
    }
    return page(request, "storefront/account/conversation.html", shown, status=status)


def _inbox_for(request: HttpRequest, row: Conversation) -> int | None:
    """What is typed here is answered by mail, so it goes to an inbox of e-mail: the conversation's own where it is one."""
    if row.inbox.channel == "email" and row.inbox.is_active:
        return row.inbox_id
    who = who_answers(row.language or visitor_of(request).language)
    return who.inbox.pk if who else None


def _submission(request: HttpRequest, actor: CustomerActor, row: Conversation, form: AnswerForm) -> Submission:
    return Submission(
        key=form.cleaned_data["key"],
        email=address_of(actor, kind=ContactPoint.Kind.EMAIL) or user_of(request).email.lower(),
        name=actor.name,
        subject=row.subject,
        text=form.cleaned_data["message"],
        language=visitor_of(request).language,
        is_proved=True,
        thread=row.pk,
    )
