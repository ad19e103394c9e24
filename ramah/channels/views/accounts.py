"""Pages: every inbox with how it does; setting up those that are not e-mail; pausing and trying them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.channels.chat.queries import widget_of
from ramah.channels.commands.accounts import pause_account, save_account
from ramah.channels.commands.chat_inboxes import CHAT, drop_identity_secret, make_identity_secret, save_chat_inbox
from ramah.channels.forms import AccountForm, ChatForm, InboxForm
from ramah.channels.inbox_health import (
    channel_icon,
    channel_name,
    health_of_inboxes,
    state_of,
    steps_of,
    words_of_state,
)
from ramah.channels.kinds import Kind, kind_of, kinds
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.channels.queries import account_for, account_of_inbox, inbox_for
from ramah.channels.trying import try_account
from ramah.conversations.models import Inbox
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.providers.contract import Check, SendingError

EMAIL = "email"


@require_GET
@access(MANAGE_INBOXES)
def inboxes(request: HttpRequest) -> HttpResponse:
    """All inboxes of every channel, and how they do."""
    lines = health_of_inboxes(actor_of(request), at=clock.now())
    shown = {"lines": lines, "has_inboxes": bool(lines), "new_url": reverse("channels-new-inbox")}
    return render(request, "channels/inboxes.html", shown)


@require_GET
@access(MANAGE_INBOXES)
def new_inbox(request: HttpRequest) -> HttpResponse:
    """Which channel it shall be."""
    channels = [CHAT, *(kind.channel for kind in kinds())]
    choices = [(channel, channel_name(channel), channel_icon(channel)) for channel in channels]
    return render(request, "channels/inboxes_new.html", {"choices": choices})


@require_http_methods(["GET", "POST"])
@access(MANAGE_INBOXES)
def new_inbox_of(request: HttpRequest, channel: str) -> HttpResponseBase:
    """Set up an inbox of a channel."""
    if channel == EMAIL:
        return redirect("channels-new-mailbox")
    return _edit(request, channel, None)


@require_http_methods(["GET", "POST"])
@access(MANAGE_INBOXES)
def edit_inbox(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Change an inbox. E-mail has a page of its own."""
    inbox = inbox_for(actor_of(request), public_id=public_id)
    if inbox.channel == EMAIL:
        return redirect("channels-mailbox", public_id=public_id)
    return _edit(request, inbox.channel, inbox)


@require_POST
@access(MANAGE_INBOXES)
def pause(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hold back what goes out, or let it go again."""
    account = account_for(actor_of(request), public_id=public_id)
    paused = request.POST.get("paused") == "1"
    pause_account(actor=actor_of(request), account=account, paused=paused, at=clock.now())
    if paused:
        messages.success(request, _("Paused. What comes in is taken in; what goes out waits."))
    else:
        messages.success(request, _("It goes on. What waited goes out now."))
    return redirect("channels-inbox", public_id=public_id)


@require_POST
@access(MANAGE_INBOXES)
def try_inbox(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Test the saved account; what came of it stands beside the form."""
    actor = actor_of(request)
    account = account_for(actor, public_id=public_id)
    kind = kind_of(account.inbox.channel)
    if kind is None:
        raise Http404
    checks = try_account(actor=actor, kind=kind, account=account, at=clock.now())
    return _page(request, account.inbox.channel, inbox_for(actor, public_id=public_id), checks=checks)


@require_POST
@access(MANAGE_INBOXES)
def connect(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let the provider post here, wherever it has posted until now; then test how it is."""
    actor, at = actor_of(request), clock.now()
    account = account_for(actor, public_id=public_id)
    kind = kind_of(account.inbox.channel)
    if kind is None or kind.connect is None:
        raise Http404
    try:
        kind.connect(actor=actor, account=account, at=at)
    except SendingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It posts here now. Where it has posted before, nothing arrives any more."))
        try_account(actor=actor, kind=kind, account=account, at=at)  # the page shows how it is from now on
    return redirect("channels-inbox", public_id=public_id)


@require_POST
@access(MANAGE_INBOXES)
def identity_secret(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Make the secret of a chat inbox and show it this once, or take it away."""
    actor = actor_of(request)
    inbox = inbox_for(actor, public_id=public_id)
    if inbox.channel != CHAT:
        raise Http404
    if request.POST.get("drop") == "1":
        drop_identity_secret(actor=actor, inbox=inbox, at=clock.now())
        messages.success(request, _("The secret is gone. Other sites cannot say any more who is signed in there."))
        return redirect("channels-inbox", public_id=public_id)
    secret = make_identity_secret(actor=actor, inbox=inbox, at=clock.now())
    response = _page(request, CHAT, inbox, secret=secret)
    response["Cache-Control"] = "no-store"
    return response


def _edit(request: HttpRequest, channel: str, inbox: Inbox | None) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, channel, inbox)
    inbox_form = InboxForm(channel, request.POST, instance=inbox)
    own_form = _own_form(channel, inbox, request.POST)
    if not all([inbox_form.is_valid(), own_form.is_valid()]):
        return _page(request, channel, inbox, inbox_form=inbox_form, own_form=own_form, status=422)
    told = {
        "actor": actor_of(request),
        "inbox": inbox,
        "address": inbox_form.terms(),
        "teams": inbox_form.cleaned_data["teams"],
        "at": clock.now(),
    }
    if isinstance(own_form, ChatForm):
        saved = save_chat_inbox(settings=own_form.terms(), **told)
    else:
        credentials, given = own_form.credentials(), own_form.settings()
        saved = save_account(channel=channel, credentials=credentials, settings=given, **told).inbox
    messages.success(request, _("The inbox is saved."))
    return redirect("channels-inbox", public_id=saved.public_id)


def _own_form(channel: str, inbox: Inbox | None, sent: Any = None) -> AccountForm | ChatForm:
    """The fields of the channel itself. An unknown channel has no page."""
    if channel == CHAT:
        return ChatForm(sent, instance=widget_of(inbox).settings if inbox else None)
    return AccountForm(_known_kind(channel), sent, account=account_of_inbox(inbox) if inbox else None)


def _known_kind(channel: str) -> Kind:
    kind = kind_of(channel)
    if kind is None:
        raise Http404
    return kind


def _page(
    request: HttpRequest,
    channel: str,
    inbox: Inbox | None,
    *,
    inbox_form: InboxForm | None = None,
    own_form: AccountForm | ChatForm | None = None,
    checks: Sequence[Check] | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    account = account_of_inbox(inbox) if inbox else None
    shown: dict[str, Any] = {
        "inbox": inbox,
        "channel": channel,
        "channel_name": channel_name(channel),
        "inbox_form": inbox_form or InboxForm(channel, instance=inbox),
        "own_form": own_form or _own_form(channel, inbox),
        "account": account,
        "checks": checks,
        "is_chat": channel == CHAT,
    }
    if channel != CHAT:
        shown |= {"steps": steps_of(channel), "can_try": account is not None}
    if inbox is not None:
        shown |= {"state": words_of_state(state_of(inbox, account)), **_to_copy(channel, inbox)}
    if channel == CHAT and inbox is not None:
        shown |= {"secret": secret, "has_secret": bool(widget_of(inbox).settings.identity_secret)}
    return render(request, "channels/inboxes_edit.html", shown, status=status)


def _to_copy(channel: str, inbox: Inbox) -> dict[str, Any]:
    """What is copied from here: the line for a site, or the addresses for the provider."""
    if channel == CHAT:
        src = urljoin(settings.BASE_URL, reverse("chat_loader"))
        return {"embed": f'<script src="{src}" data-inbox="{inbox.key}" async></script>'}  # escaped where it is shown
    hook = urljoin(settings.BASE_URL, reverse("channels-hook", args=[channel, inbox.key]))
    hooks = _known_kind(channel).hooks.items()
    return {"hooks": [(label, f"{hook}/{part}" if part else hook) for part, label in hooks]}
