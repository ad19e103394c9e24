"""The page of how an inbox takes calls."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ramah.accounts.models import Agent
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.channels.phone.answering import step_url
from ramah.channels.phone.queries import CHANNEL, settings_of
from ramah.channels.phone.setting_forms import PhoneForm
from ramah.channels.phone.setting_up import phone_inbox_for, phone_inboxes, save_phone
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of


@access(MANAGE_INBOXES)
@require_GET
def phones(request: HttpRequest) -> HttpResponseBase:
    """The way to the settings of the phone: of the one there is, or a choice; without any, to a new one."""
    inboxes = phone_inboxes(actor_of(request))
    if not inboxes:
        return redirect("channels-new-inbox-of", channel=CHANNEL)
    if len(inboxes) == 1:
        return redirect("phone-settings", public_id=inboxes[0].public_id)
    return render(request, "channels/phone/phones.html", {"inboxes": inboxes})


@access(MANAGE_INBOXES)
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Greeting, menu, opening, music, recording, phones of agents."""
    inbox = phone_inbox_for(actor_of(request), public_id=public_id)
    agents = list(Agent.objects.filter(is_active=True).order_by("name", "id"))
    teams = inbox.teams.order_by("name", "id")
    form = PhoneForm(request.POST or None, chosen=settings_of(inbox), agents=agents, teams=teams)
    if form.is_valid():
        save_phone(actor=actor_of(request), inbox=inbox, fields=form.chosen_fields(), at=clock.now())
        messages.success(request, _("Saved. The next caller hears it so."))
        return redirect("phone-settings", public_id=inbox.public_id)
    shown = {
        "inbox": inbox,
        "form": form,
        "hook": step_url(inbox.key, "incoming", {}),
        "status_hook": step_url(inbox.key, "status", {}),
    }
    return render(request, "channels/phone/settings.html", shown, status=422 if form.errors else 200)
