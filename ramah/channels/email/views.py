"""Pages: inboxes and mailboxes in the settings; the address that mail providers post to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.channels.commands import take_in
from ramah.channels.email import hooks, mailboxes
from ramah.channels.email.forms import EmailInboxForm, MailboxForm
from ramah.channels.email.models import Mailbox
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of, public


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
@public("provider webhook, signature checked")
def email_hook(request: HttpRequest, inbox_key: str) -> HttpResponse:
    """Take in what a provider posts: check who it is, store, and only then say 200."""
    mailbox = mailboxes.hooked_mailbox(inbox_key)
    if request.method == "HEAD":  # some look whether we are there
        return HttpResponse()
    content = request.read(hooks.most_bytes() + 1)
    if len(content) > hooks.most_bytes():
        return HttpResponse("The mail is too large.", status=413, content_type="text/plain")
    posted, now = hooks.HookRequest(request, content), clock.now()
    try:
        raws = hooks.read_hook(posted, provider=mailbox.provider, secret=mailbox.hook_secret or "", at=now)
    except hooks.NotSigned:
        return _not_signed(request, mailbox)
    except hooks.Unreadable:
        return HttpResponse("This is no mail in a form that is known here.", status=422, content_type="text/plain")
    if raws:
        take_in(inbox_id=mailbox.inbox_id, raws=raws, at=now)
    return HttpResponse("Taken in.", content_type="text/plain")


def _not_signed(request: HttpRequest, mailbox: Mailbox) -> HttpResponse:
    if mailbox.provider == Mailbox.Provider.SES and "Authorization" not in request.headers:
        # Amazon SNS gives its password only when asked (https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html).
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="Ramah"'})
    return HttpResponse("The signature is wrong.", status=403, content_type="text/plain")


@require_GET
@access(MANAGE_INBOXES)
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """All e-mail inboxes and how their mailboxes do."""
    rows = mailboxes.mailboxes(actor_of(request))
    shown = {"mailboxes": rows, "has_inboxes": bool(rows), "new_url": reverse("channels-new-mailbox")}
    return render(request, "channels/mailboxes.html", shown)


@require_http_methods(["GET", "POST"])
@access(MANAGE_INBOXES)
def new_mailbox(request: HttpRequest) -> HttpResponse:
    """Set up an inbox."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@access(MANAGE_INBOXES)
def edit_mailbox(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change an inbox and its mailbox."""
    return _edit(request, mailboxes.mailbox_for(actor_of(request), public_id=public_id))


@require_POST
@access(MANAGE_INBOXES)
def try_mailbox(request: HttpRequest, public_id: str) -> HttpResponse:
    """Test the saved connections."""
    mailbox = mailboxes.mailbox_for(actor_of(request), public_id=public_id)
    checks = mailboxes.test_connection(actor=actor_of(request), mailbox=mailbox)
    for check in checks:
        if check.reason:
            messages.error(request, f"{check.part}: {check.reason}")
        else:
            messages.success(request, _("%(server)s: it works.") % {"server": check.part})
    if not checks:
        messages.info(request, _("No server is set, so there is nothing to test."))
    return redirect("channels-mailbox", public_id=public_id)


def _edit(request: HttpRequest, mailbox: Mailbox | None) -> HttpResponse:
    inbox = mailbox.inbox if mailbox else None
    inbox_form = EmailInboxForm(request.POST or None, instance=inbox)
    form = MailboxForm(request.POST or None, instance=mailbox)
    if inbox_form.is_valid() and form.is_valid():
        saved = mailboxes.save_mailbox(
            actor=actor_of(request),
            inbox=inbox,
            address=inbox_form.terms(),
            teams=inbox_form.cleaned_data["teams"],
            settings=form.cleaned_data,
            at=clock.now(),
        )
        messages.success(request, _("The inbox is saved."))
        return redirect("channels-mailbox", public_id=saved.inbox.public_id)
    wrong = bool(inbox_form.errors or form.errors)
    hook = request.build_absolute_uri(reverse("channels-email-hook", args=[inbox.key])) if inbox else ""
    context = {"inbox_form": inbox_form, "form": form, "mailbox": mailbox, "hook": hook}
    return render(request, "channels/mailbox.html", context, status=422 if wrong else 200)
