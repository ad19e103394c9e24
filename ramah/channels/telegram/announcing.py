"""What customers did not ask for, by Telegram: in free words, to those who have opened the chat with this bot."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from ramah.channels.sending import check_sending
from ramah.channels.telegram.models import TelegramStart
from ramah.conversations.commands.outlets import Announcement, NotPossible
from ramah.conversations.models import Inbox, Message
from ramah.customers.models import ContactPoint


def announce(inbox: Inbox, contact_point: ContactPoint, announcement: Announcement, at: datetime) -> dict[str, object]:
    """As it is. Raises `NotPossible`: a bot cannot begin a chat."""
    check_sending(inbox)
    if not _has_started(inbox, contact_point):
        raise NotPossible(_("The customer has not opened the chat with this bot; only they can begin."))
    return {}


def _has_started(inbox: Inbox, contact_point: ContactPoint) -> bool:
    """Whether they have come to this bot: the number of a chat is the same for all bots of the shop."""
    here = Q(inbox=inbox) | Q(inbox=None, conversation__inbox=inbox)
    said = Message.objects.filter(here, author=Message.Author.CUSTOMER, contact_point=contact_point)
    return said.exists() or TelegramStart.objects.filter(inbox=inbox, contact_point=contact_point).exists()
