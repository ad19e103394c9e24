"""Fragment beside a message that failed: by which other channels it may go, and sending it there."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ramah.channels.commands.rerouting import NotAWay, NotFailed, other_ways, send_another_way
from ramah.channels.inbox_health import channel_icon, channel_name
from ramah.conversations import permissions
from ramah.conversations.models import MessageDelivery
from ramah.conversations.queries import delivery_for
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.masking import sees_contact_data, shown_address


@require_GET
@access(permissions.REPLY)
def other_ways_of(request: HttpRequest, public_id: str) -> HttpResponse:
    """The other ways of one message; empty where there are none."""
    return _fragment(request, delivery_for(actor_of(request), public_id=public_id))


@require_POST
@access(permissions.REPLY)
def send(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let the message go another way. With htmx the fragment comes back, else the thread."""
    actor = actor_of(request)
    delivery = delivery_for(actor, public_id=public_id)
    said, trouble = "", ""
    key = request.POST.get("to", "")
    way = next((one for one in other_ways(delivery.message, at=clock.now()) if str(one.contact_point.pk) == key), None)
    try:
        if way is None:
            raise NotAWay(_("The customer has not agreed to be written to there."))
        with suppress(NotFailed):  # somebody was faster; the thread shows how it fares now
            send_another_way(actor=actor, delivery=delivery, contact_point=way.contact_point, at=clock.now())
            said = _("It goes by %(channel)s now.") % {"channel": channel_name(way.inbox.channel)}
    except NotAWay as error:
        trouble = str(error)
    if request.headers.get("HX-Request"):
        return _fragment(request, delivery, said=said, trouble=trouble, status=422 if trouble else 200)
    if trouble or said:
        (messages.error if trouble else messages.success)(request, trouble or said)
    return redirect("desk_conversation", public_id=delivery.message.conversation.public_id)


def _fragment(
    request: HttpRequest, delivery: MessageDelivery, *, said: str = "", trouble: str = "", status: int = 200
) -> HttpResponse:
    whole = sees_contact_data(actor_of(request))
    ways = [
        {
            "key": way.contact_point.pk,
            "channel": channel_name(way.inbox.channel),
            "icon": channel_icon(way.inbox.channel),
            "address": shown_address(way.contact_point.value, whole=whole),
            "ground": _("they wrote from there") if way.has_written else _("they agreed to it"),
            "trouble": way.trouble,
        }
        for way in ([] if said else other_ways(delivery.message, at=clock.now()))
    ]
    shown = {"delivery": delivery, "ways": ways, "said": said, "trouble": trouble}
    return render(request, "channels/_other_ways.html", shown, status=status)
