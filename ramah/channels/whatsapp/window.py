"""WhatsApp's rule of 24 hours: free answers only so long after the customer's last message; afterwards an approved template."""

from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.commands.replying import NoAddress, way_back
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.customers.models import ContactPoint

OPEN_FOR = timedelta(hours=24)


def open_until(inbox: Inbox, address: str) -> datetime | None:
    """Until when the customer with this number may be written to freely by this inbox; None where they have never written."""
    rows = Message.objects.filter(
        Q(inbox=inbox) | Q(inbox=None, conversation__inbox=inbox),
        author=Message.Author.CUSTOMER,
        contact_point__kind=ContactPoint.Kind.WHATSAPP,
        contact_point__value=address,
    )
    last: datetime | None = rows.aggregate(last=Max(Coalesce("sent_at", "created_at")))["last"]
    return last + OPEN_FOR if last is not None else None


def check_window(conversation: Conversation, at: datetime) -> None:
    """Raise `NotPossible` when a free answer may not go any more."""
    try:
        inbox, address = way_back(conversation)
    except NoAddress:
        return  # which whoever answers is told in its own words
    until = open_until(inbox, address)
    if until is None:
        raise NotPossible(_("The customer has not written here by WhatsApp yet. Begin with an approved template."))
    if at >= until:
        ended = date_format(timezone.localtime(until), "j E Y, H:i")
        raise NotPossible(
            _(
                "WhatsApp lets free answers through for 24 hours after the customer’s last message; that ended on %(time)s. "
                "Send an approved template, or write by another channel."
            )
            % {"time": ended}
        )
