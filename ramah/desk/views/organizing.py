"""What agents decide about a conversation. Each answers htmx with the changed head and lines, and a plain form with the page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from ramah.accounts import queries as accounts
from ramah.accounts.models import Agent
from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions
from ramah.conversations.commands import merging, organizing
from ramah.conversations.models import Conversation, Message
from ramah.conversations.queries import (
    assignable_agents,
    conversation_for,
    conversations_of_customer,
    thread_page,
)
from ramah.desk import forms, queries
from ramah.desk.acting import agent_of
from ramah.desk.commands import handing, queueing
from ramah.desk.views.threads import changed_response
from ramah.desk.wording import status_words
from ramah.kernel import clock
from ramah.kernel.access import access
from ramah.kernel.actors import NotVisible
from ramah.ui.toasts import with_toast

Form = Any


@access(permissions.VIEW)
@require_GET
def actions(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything that can be decided about the conversation: a page, and for htmx the inside of the dialog."""
    actor = agent_of(request)
    return _actions(request, actor, conversation_for(actor, public_id=public_id))


def _actions(request: HttpRequest, actor: AgentActor, row: Conversation, **bound: Form) -> HttpResponse:
    others = [c for c in conversations_of_customer(actor, row.customer_id) if c.pk != row.pk and not c.merged_into_id]
    initial = {"assign": row.assignee and row.assignee.public_id, "team": row.team and row.team.public_id}
    shown = {
        "conversation": row,
        "url": reverse("desk_conversation", args=[row.public_id]),
        "assign_form": forms.AssignForm({"agent": initial["assign"]}, agents=assignable_agents(row)),
        "team_form": forms.TeamForm({"team": initial["team"]}, teams=accounts.teams()),
        "priority_form": forms.PriorityForm(initial={"priority": row.priority}),
        "tags_form": forms.TagsForm(initial={"tags": ", ".join(queries.beside(actor, row).tags)}),
        "snooze_form": forms.SnoozeForm(),
        "others": others,
        "may_merge": actor.may(permissions.MERGE),
        "may_organize": actor.may(permissions.ORGANIZE),
        **bound,
    }
    status = 422 if bound else 200
    if request.headers.get("HX-Request"):
        part = render(request, "desk/_actions.html", shown, status=status)
        return reswap(retarget(part, "#actions-body"), "innerHTML")
    return render(request, "desk/actions.html", shown, status=status)


def _change(
    request: HttpRequest,
    public_id: str,
    change: Callable[[AgentActor, Conversation], object],
    *,
    undo: str = "",
) -> HttpResponseBase:
    """Make the change, then show the conversation as it is. `undo` is the status that takes it back."""
    actor = agent_of(request)
    change(actor, conversation_for(actor, public_id=public_id))
    queries.forget_counts(actor)
    try:
        row = conversation_for(actor, public_id=public_id)
    except NotVisible:  # whoever hands a conversation to others may no longer see it
        messages.success(request, _("Handed over."))
        return _go_to(request, "desk")
    if request.headers.get("HX-Request"):
        return changed_response(request, actor, row, undo=undo, undone_words=status_words(row)[0])
    return redirect("desk_conversation", public_id=public_id)


@access(permissions.ORGANIZE)
@require_POST
def take(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The agent takes the conversation on."""

    def change(actor: AgentActor, row: Conversation) -> None:
        handing.take_on(actor=actor, conversation=row, at=clock.now())

    try:
        return _change(request, public_id, change)
    except queueing.AlreadyTaken as taken:
        words = _("%(name)s was faster and has it.") % {"name": taken.name}
    except queueing.WaitOver:
        words = _("They wait no longer. Try once more to take the conversation on.")
    except organizing.NotAssignable:
        words = _("This conversation cannot be given to you.")
    if request.headers.get("HX-Request"):
        actor = agent_of(request)
        return with_toast(changed_response(request, actor, conversation_for(actor, public_id=public_id)), words)
    messages.warning(request, words)
    return redirect("desk_conversation", public_id=public_id)


@access(permissions.ORGANIZE)
@require_POST
def assign(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Give the conversation to a colleague, or to nobody."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    form = forms.AssignForm(request.POST, agents=assignable_agents(row))
    if not form.is_valid():
        return _actions(request, actor, row, assign_form=form)
    agent: Agent | None = form.cleaned_data["agent"]
    return _change(
        request,
        public_id,
        lambda actor, row: handing.hand_to_agent(actor=actor, conversation=row, agent=agent, at=clock.now()),
    )


@access(permissions.ORGANIZE)
@require_POST
def team(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Give the conversation to a team, or to none."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    form = forms.TeamForm(request.POST, teams=accounts.teams())
    if not form.is_valid():
        return _actions(request, actor, row, team_form=form)
    chosen = form.cleaned_data["team"]
    return _change(
        request,
        public_id,
        lambda actor, row: handing.hand_to_team(actor=actor, conversation=row, team=chosen, at=clock.now()),
    )


@access(permissions.ORGANIZE)
@require_POST
def status(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Open, let wait for the customer, resolve, mark as spam or not."""
    form = forms.StatusForm(request.POST)
    if not form.is_valid():
        return _change(request, public_id, lambda actor, row: None)
    wanted = form.cleaned_data["status"]
    return _change(
        request,
        public_id,
        lambda actor, row: organizing.set_status(actor=actor, conversation=row, status=wanted, at=clock.now()),
        undo=Conversation.Status.OPEN if wanted in (Conversation.Status.RESOLVED, Conversation.Status.SPAM) else "",
    )


@access(permissions.ORGANIZE)
@require_POST
def snooze(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Put the conversation away for a while."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    form = forms.SnoozeForm(request.POST)
    now = clock.now()
    until = form.moment(now) if form.is_valid() else None
    if until is None or until <= now:
        if not form.errors:
            form.add_error("until", _("Choose a time to come."))
        return _actions(request, actor, row, snooze_form=form)
    return _change(
        request,
        public_id,
        lambda actor, row: organizing.snooze(actor=actor, conversation=row, until=until, at=now),
        undo=Conversation.Status.OPEN,
    )


@access(permissions.ORGANIZE)
@require_POST
def priority(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Say how urgent it is."""
    form = forms.PriorityForm(request.POST)
    if not form.is_valid():
        actor = agent_of(request)
        return _actions(request, actor, conversation_for(actor, public_id=public_id), priority_form=form)
    wanted = form.cleaned_data["priority"]
    return _change(
        request,
        public_id,
        lambda actor, row: organizing.set_priority(actor=actor, conversation=row, priority=wanted, at=clock.now()),
    )


@access(permissions.ORGANIZE)
@require_POST
def tags(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Replace the tags."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    form = forms.TagsForm(request.POST)
    try:
        if form.is_valid():
            names = form.cleaned_data["tags"]
            organizing.set_tags(actor=actor, conversation=row, names=names, at=clock.now())
    except organizing.BadTag:
        form.add_error("tags", _("At most 20 tags of at most 40 characters each."))
    if form.errors:
        return _actions(request, actor, row, tags_form=form)
    return _change(request, public_id, lambda actor, row: None)


@access(permissions.MERGE)
@require_POST
def merge(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Move everything of this conversation into another one of the same customer, and go there."""
    actor = agent_of(request)
    merged = conversation_for(actor, public_id=public_id)
    kept = conversation_for(actor, public_id=request.POST.get("into", ""))
    try:
        merging.merge_conversations(actor=actor, kept=kept, merged=merged, at=clock.now())
    except merging.CannotMerge:
        messages.error(request, _("Only two open cases of the same customer can become one."))
        return _go_to(request, "desk_conversation", merged.public_id)
    messages.success(request, _("%(merged)s is now part of this conversation.") % {"merged": merged.reference})
    return _go_to(request, "desk_conversation", kept.public_id)


@access(permissions.MERGE)
def split(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Choose messages that become a conversation of their own, and go there."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    said = {m.public_id: m for m in thread_page(row) if m.kind == Message.Kind.MESSAGE}
    choices = [(key, f"{m.author_name}: {' '.join(m.text.split())[:90]}") for key, m in said.items()]
    form = forms.SplitForm(
        request.POST if request.method == "POST" else None, messages=choices, initial={"subject": row.subject}
    )
    if request.method == "POST" and form.is_valid():
        chosen = [said[key].pk for key in form.cleaned_data["messages"]]
        try:
            fresh = merging.split_conversation(
                actor=actor,
                conversation=row,
                message_ids=chosen,
                subject=form.cleaned_data["subject"],
                at=clock.now(),
            )
        except merging.NothingToSplit:
            form.add_error("messages", _("At least one message must stay."))
        else:
            return redirect("desk_conversation", public_id=fresh.public_id)
    return render(request, "desk/split.html", {"form": form, "conversation": row}, status=422 if form.errors else 200)


def _go_to(request: HttpRequest, name: str, *where: str) -> HttpResponseBase:
    response = redirect(name, *where)
    return HttpResponseClientRedirect(response.url) if request.headers.get("HX-Request") else response


@access(permissions.NOTE)
@require_GET
def colleagues(request: HttpRequest, public_id: str) -> HttpResponse:
    """Names of those who may read the conversation, to mention in a note."""
    row = conversation_for(agent_of(request), public_id=public_id)
    return JsonResponse({"names": [agent.name for agent in assignable_agents(row)]})
