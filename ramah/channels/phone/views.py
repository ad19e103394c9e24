"""The phone at the desk: calls, writing one down, calling, the panel beside a conversation."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.accounts.queries import AgentActor
from ramah.channels.permissions import CALL
from ramah.channels.phone import calling, handing, pages, queries
from ramah.channels.phone.forms import LoggedCallForm, NotesForm, ProofForm
from ramah.conversations.models import Conversation
from ramah.conversations.permissions import VIEW
from ramah.conversations.queries import conversation_for
from ramah.customers.models import Customer
from ramah.customers.queries import customer_for
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.paging import BadCursor
from ramah.kernel.providers.contract import SendingError, Uncertain
from ramah.ui.errors import error_page
from ramah.ui.toasts import with_toast


def _agent(request: HttpRequest) -> AgentActor:
    return cast(AgentActor, actor_of(request))


@access(VIEW)
@require_GET
def calls(request: HttpRequest) -> HttpResponse:
    """Calls, newest first: all, missed, voicemail, to call back."""
    which = request.GET.get("which", "")
    which = which if which in queries.FILTERS else queries.ALL
    try:
        shown = pages.calls_page(_agent(request), which=which, cursor=request.GET.get("cursor", ""), at=clock.now())
    except BadCursor:
        return error_page(request, 400)
    is_part = "HX-Request" in request.headers and "cursor" in request.GET
    return render(request, "channels/phone/calls.html#rows" if is_part else "channels/phone/calls.html", shown)


@access(CALL)
@require_http_methods(["GET", "POST"])
def new_call(request: HttpRequest) -> HttpResponseBase:
    """Write a call down; with `c` into that conversation."""
    actor, public_id = _agent(request), request.GET.get("c", "")
    conversation = conversation_for(actor, public_id=public_id) if public_id else None
    form = LoggedCallForm(request.POST or None)
    if form.is_valid():
        try:
            call = calling.log_call(actor=actor, conversation=conversation, at=clock.now(), **form.cleaned_data)
        except calling.NoNumber:
            form.add_error("number", _("This is no phone number. Write it with its country code, such as +62 812 …"))
        else:
            messages.success(request, _("The call is written down."))
            return redirect("desk_conversation", public_id=call.conversation.public_id)
    shown = {"form": form, "conversation": conversation}
    return render(request, "channels/phone/new_call.html", shown, status=422 if form.errors else 200)


@access(CALL)
@require_POST
def call_conversation(request: HttpRequest) -> HttpResponseBase:
    """Ring the agent, then the customer of the conversation `c`."""
    actor = _agent(request)
    return _call(request, actor, conversation_for(actor, public_id=request.POST.get("c", "")))


@access(CALL)
@require_POST
def call_back(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The same, about an earlier call."""
    actor = _agent(request)
    return _call(request, actor, queries.call_for(actor, public_id=public_id).conversation)


def _call(request: HttpRequest, actor: AgentActor, conversation: Conversation) -> HttpResponseBase:
    try:
        calling.call_out(actor=actor, conversation=conversation, at=clock.now())
    except calling.NoNumber:
        return _said(request, actor, conversation, _("No number of this customer is known."), is_well=False)
    except calling.NoPhone:
        words = _("It is not set where you are rung, or no phone provider is connected. See the settings of the phone.")
        return _said(request, actor, conversation, words, is_well=False)
    except calling.AlreadyCalling:
        return _said(request, actor, conversation, _("You are in a call already."), is_well=False)
    return _said(request, actor, conversation, _("Your phone rings; then the customer is called."))


@access(CALL)
@require_POST
def note(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """What came of a call."""
    actor, form = _agent(request), NotesForm(request.POST)
    call = queries.call_for(actor, public_id=public_id)
    if not form.is_valid():
        return _panel(request, actor, call.conversation.customer, notes=form, status=422)
    calling.note_call(actor=actor, call=call, at=clock.now(), **form.cleaned_data)
    return _said(request, actor, call.conversation, _("Saved."))


@access(CALL)
@require_POST
def proof(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """What the caller has answered rightly."""
    actor, form = _agent(request), ProofForm(request.POST)
    call = queries.call_for(actor, public_id=public_id)
    if not form.is_valid():
        return _said(request, actor, call.conversation, _("That could not be read. Tick again."), is_well=False)
    told = form.cleaned_data
    level = calling.note_proof(actor=actor, call=call, answered=told["answered"], order=told["order"], at=clock.now())
    return _said(request, actor, call.conversation, _("Noted: %(level)s") % {"level": pages.level_words(level)})


@access(CALL)
@require_POST
def hand_over(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Give a call of one's own to a colleague or a team while it goes on."""
    actor, at = _agent(request), clock.now()
    call = queries.call_for(actor, public_id=public_id)
    form = pages.hand_over_form(call, request.POST, at=at)
    if not form.is_valid():
        words = _("Nobody was chosen, or they cannot be rung any more. Choose again.")
        return _said(request, actor, call.conversation, words, is_well=False)
    try:
        handing.hand_over(actor=actor, call=call, to=form.chosen, at=at)
    except handing.NotInCall:
        words = _("You are not in this call any more.")
    except handing.NotReachable:
        words = _("%(name)s cannot be rung now.") % {"name": form.chosen.name}
    except Uncertain:
        words = _("The provider has not said whether it put the call through. If you still hear the customer, hang up.")
    except SendingError as error:
        words = _("The call could not be handed over: %(reason)s") % {"reason": error}
    else:
        words = _("%(name)s is rung. If nobody takes the call, it comes back.") % {"name": form.chosen.name}
        return _said(request, actor, call.conversation, words)
    return _said(request, actor, call.conversation, words, is_well=False)


@access(CALL)
@require_POST
def hang_up(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Stop a call of one's own that is being made."""
    actor = _agent(request)
    call = queries.call_for(actor, public_id=public_id)
    calling.hang_up(actor=actor, call=call, at=clock.now())
    return _said(request, actor, call.conversation, _("The call is ended."))


@access(VIEW)
@require_GET
def panel(request: HttpRequest, customer_public_id: str) -> HttpResponse:
    """Calls with the customer, as a fragment."""
    actor = _agent(request)
    return _panel(request, actor, customer_for(actor, public_id=customer_public_id))


def _panel(
    request: HttpRequest, actor: AgentActor, customer: Customer, *, notes: NotesForm | None = None, status: int = 200
) -> HttpResponse:
    shown = pages.panel(actor, customer, at=clock.now(), notes=notes)
    return render(request, "channels/phone/panel.html", shown, status=status)


def _said(
    request: HttpRequest, actor: AgentActor, conversation: Conversation, words: str, *, is_well: bool = True
) -> HttpResponseBase:
    """The panel anew with a word on what was done; without script, the conversation."""
    if "HX-Request" in request.headers:
        return with_toast(_panel(request, actor, conversation.customer), words)
    (messages.success if is_well else messages.warning)(request, words)
    return redirect("desk_conversation", public_id=conversation.public_id)
