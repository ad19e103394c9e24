"""Who came by a link of ours: noted when they press Start, used by their first words afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ramah.channels.telegram.links import about_in
from ramah.channels.telegram.models import TelegramStart
from ramah.channels.telegram.people import clear_blocked, point_at, stranger_of
from ramah.channels.telegram.updates import Update
from ramah.conversations.models import Conversation, Inbox
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint

GOOD_FOR = timedelta(days=1)
_NOTHING_SAID = "the customer has opened the chat and said nothing yet"


def note_start(update: Update, inbox: Inbox, *, payload: str, at: datetime) -> str:
    """They let the bot write to them, and may have come about something. Returns what was noted, for the intake."""
    about, moment = about_in(payload, inbox_key=inbox.key), update.moment(at) or at
    point = point_at(update.chat_id)
    if point is not None:
        clear_blocked(point, at=moment)
        customers.opt_in(contact_point=point, source="telegram", at=at)
    if not about:
        return f"{_NOTHING_SAID}; the link was not ours" if payload else _NOTHING_SAID
    point = point or customers.meet_customers([stranger_of(update, language="")], at=at)[0]
    earlier = TelegramStart.objects.select_for_update().filter(inbox=inbox, contact_point=point).first()
    if earlier is None or earlier.at <= moment:
        TelegramStart.objects.update_or_create(
            inbox=inbox, contact_point=point, defaults={"about": about, "at": moment}
        )
    return f"{_NOTHING_SAID}; about {about}"


class Starts:
    """What those who now speak came about. Each is used once."""

    def __init__(self, who: Sequence[tuple[Inbox, ContactPoint]]) -> None:
        rows = TelegramStart.objects.filter(
            inbox__in={inbox.pk for inbox, _point in who}, contact_point__in={point.pk for _inbox, point in who}
        )
        self._rows = {(row.inbox_id, row.contact_point_id): row for row in rows}

    def take(self, inbox: Inbox, point: ContactPoint, *, said_at: datetime) -> str:
        """What they came about; empty where they came about nothing, or it was long ago, or they had spoken before that."""
        row = self._rows.get((inbox.pk, point.pk))
        if row is None or said_at < row.at:
            return ""
        del self._rows[inbox.pk, point.pk]
        row.delete()
        return row.about if said_at - row.at <= GOOD_FOR else ""


def goes_on_about(about: str, inbox: Inbox, point: ContactPoint) -> bool:
    """Whether the customer's newest conversation here is about that already."""
    rows = Conversation.objects.filter(customer=point.customer_id, inbox=inbox, merged_into=None)
    newest = rows.order_by("-last_message_at", "-id").values_list("about", flat=True).first()
    return newest == about
