"""What agents write: replies, notes, drafts, and sending again what failed."""

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions
from ramah.conversations.commands.delivering import NotFailed, retry_delivery
from ramah.conversations.commands.filing import AttachmentTooLarge, File
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.commands.replying import (
    BadAnswers,
    BadCopyAddress,
    EmptyMessage,
    NoAddress,
    TextTooLong,
    ThreadChanged,
)
from ramah.conversations.models import Conversation
from ramah.conversations.queries import conversation_for, delivery_for, newest_message_id, thread_page
from ramah.desk import pages, queries
from ramah.desk.acting import agent_of
from ramah.desk.boxes import Box, box_of
from ramah.desk.commands.answering import answer, jot
from ramah.desk.commands.drafting import save_draft
from ramah.desk.forms import DraftForm, ReplyForm
from ramah.desk.lines import shown_delivery
from ramah.desk.models import Draft
from ramah.desk.views.threads import changed_response, thread_response
from ramah.kernel import clock
from ramah.kernel.access import access


class NoteWithFiles(Exception):
    """Notes hold no files."""


# What can keep a text from being sent: the field it concerns, and what to say there.
_REFUSALS: dict[type[Exception], tuple[str | None, LazyString | str]] = {
    ThreadChanged: (
        None,
        _("Something was said meanwhile. Nothing was sent and your text is kept: read what is new, then send again."),
    ),
    EmptyMessage: ("text", _("Write something, or attach a file.")),
    NoteWithFiles: ("uploads", _("A note holds no files. Send them with a reply, or leave them out.")),
    NoAddress: (None, _("There is no address that a mail to this customer could go to. Write a note, or call them.")),
    NotPossible: (None, "%(what)s"),
    TextTooLong: (
        "text",
        _("This channel takes at most %(what)s characters in one message. Shorten it, or send it in parts."),
    ),
    BadCopyAddress: ("cc", _("This is no e-mail address, or there are more than 20: %(what)s")),
    BadAnswers: ("answers", _("At most three answers can be chosen from, all different, of 20 characters each.")),
    AttachmentTooLarge: ("uploads", _("%(what)s is too large. Share a link to it instead.")),
}


@access(permissions.VIEW)
@require_POST
def reply(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send a reply or a note. What cannot be sent comes back with the text kept and the reason beside it."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    form = ReplyForm(request.POST, request.FILES)
    fresh_after = _send(actor, row, form) if form.is_valid() else None
    if form.errors:
        return _not_sent(request, actor, row, form, fresh_after=fresh_after)
    queries.forget_counts(actor)
    if not request.headers.get("HX-Request"):
        return redirect("desk_conversation", public_id=public_id)
    row = conversation_for(actor, public_id=public_id)
    return changed_response(request, actor, row, with_box=True, **_box(actor, row))


def _not_sent(
    request: HttpRequest, actor: AgentActor, row: Conversation, form: ReplyForm, *, fresh_after: int | None
) -> HttpResponse:
    # When the thread has moved on, what is new is shown now, so that the next try counts it as seen.
    seen = form["seen"].value() if fresh_after is None else newest_message_id(row)
    box = box_of(form, seen=int(seen) if str(seen).isdecimal() else 0)
    if not request.headers.get("HX-Request"):
        return thread_response(request, actor, row, box=box, fresh_after=fresh_after, status=422)
    shown = _box(actor, row, box)
    return changed_response(request, actor, row, status=422, with_box=True, fresh_after=fresh_after, **shown)


def _box(actor: AgentActor, row: Conversation, box: Box | None = None) -> dict[str, Any]:
    return pages.reply_box(actor, row, thread_page(row), box=box, at=clock.now())


def _send(actor: AgentActor, row: Conversation, form: ReplyForm) -> int | None:
    """Send what the form says. A refusal becomes an error of the form.

    Returns the last line that was seen when the thread has moved on since.
    """
    try:
        _say(actor, row, form)
    except tuple(_REFUSALS) as refusal:
        field, words = _REFUSALS[type(refusal)]
        form.add_error(field, str(words) % {"what": refusal})
        return refusal.since if isinstance(refusal, ThreadChanged) else None
    return None


def _say(actor: AgentActor, row: Conversation, form: ReplyForm) -> None:
    said = form.cleaned_data
    if said["kind"] == Draft.Kind.NOTE:
        if said["uploads"]:
            raise NoteWithFiles
        jot(actor=actor, conversation=row, text=said["text"], client_id=said["client_id"], at=clock.now())
        return
    answer(
        actor=actor,
        conversation=row,
        text=said["text"],
        cc=_copies(actor, row, form),
        files=[File(file.name or "", file.content_type or "", file.read()) for file in said["uploads"]],
        answers=said["answers"],
        client_id=said["client_id"],
        seen=said["seen"],
        then=said["then"],
        at=clock.now(),
    )


def _copies(actor: AgentActor, row: Conversation, form: ReplyForm) -> list[str]:
    typed: list[str] = form.cleaned_data["cc"]
    if actor.sees_contact_data or not form.cleaned_data["keeps_copies"]:
        return typed
    # Whoever may not see the addresses says only that they are to be kept.
    return [*queries.copies_of_customer(row), *typed]


@access(permissions.VIEW)
@require_POST
def draft(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keep what has been typed so far. A draft too long to keep stays in the page alone, which says so when it is sent."""
    actor = agent_of(request)
    row = conversation_for(actor, public_id=public_id)
    form = DraftForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        save_draft(actor=actor, conversation=row, kind=said["kind"], text=said["text"], cc=said["cc"], at=clock.now())
    return HttpResponse(status=204 if form.is_valid() else 422)


@access(permissions.REPLY)
@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Put a message that failed back into the queue."""
    actor = agent_of(request)
    delivery = delivery_for(actor, public_id=public_id)
    with suppress(NotFailed):  # somebody was faster; the page shows how it fares now
        retry_delivery(actor=actor, delivery=delivery, at=clock.now())
    delivery = delivery_for(actor, public_id=public_id)
    if request.headers.get("HX-Request"):
        shown = {"delivery": shown_delivery(delivery.message), "message_id": delivery.message.public_id}
        return render(request, "desk/_delivery.html", shown)
    return redirect("desk_conversation", public_id=delivery.message.conversation.public_id)
