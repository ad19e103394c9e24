"""What live chat can carry, told to whoever answers."""

from datetime import datetime

from django.utils.translation import gettext as _

from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.queries import is_here
from ramah.conversations.commands.outlets import Announcement, NotPossible, Outlet, register_outlet
from ramah.conversations.models import Conversation, Inbox
from ramah.customers.models import ContactPoint

_OVER = (Conversation.Status.RESOLVED, Conversation.Status.SPAM)


def announce(inbox: Inbox, contact_point: ContactPoint, announcement: Announcement, at: datetime) -> dict[str, object]:
    """As it is, to a visitor who has the chat before them and talks in it. Raises `NotPossible`."""
    rows = ChatVisitor.objects.filter(inbox=inbox, contact_point=contact_point, conversation__inbox=inbox)
    visitor = rows.exclude(conversation__status__in=_OVER).order_by("-seen_at").first()
    if visitor is None or not is_here(visitor, at=at):
        raise NotPossible(_("The visitor does not have the chat open."))
    return {}


register_outlet(
    Outlet("chat", ContactPoint.Kind.VISITOR, longest=8000, is_read_here=True, has_answers=True, announce=announce)
)
