"""The pages before the log-in that are not allauth's own."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ramah.accounts import commands, queries
from ramah.accounts.forms import AcceptForm
from ramah.kernel import clock
from ramah.kernel.access import public


@public("the signed link is the proof")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Take an offered seat. Never logs anybody in: the new agent logs in like everyone else."""
    at = clock.now()
    invitation = queries.invitation_by_token(token, at=at)
    if invitation is None:
        return render(request, "accounts/invitation_closed.html", status=410)
    if request.user.is_authenticated:
        is_same = request.user.email.lower() == invitation.email
        context = {"invitation": invitation, "is_same": is_same}
        return render(request, "accounts/invitation_other_user.html", context, status=409)
    form = AcceptForm(request.POST or None, invitation=invitation)
    if form.is_valid():
        try:
            commands.accept_invitation(token=token, **form.cleaned_data, language=get_language() or "", at=at)
        except (commands.InvitationClosed, commands.EmailTaken):
            return render(request, "accounts/invitation_closed.html", status=410)
        messages.success(request, _("Welcome. Log in with your e-mail address and the password you have just set."))
        return redirect("account_login")
    shops = queries.is_login_address(invitation.email)
    context = {"form": form, "invitation": invitation, "shops": shops}
    return render(request, "accounts/accept_invitation.html", context)


@public("says that there is nothing")
def closed(request: HttpRequest) -> HttpResponse:
    """A page of allauth that does not exist here: sign-up, change of e-mail address."""
    raise Http404
