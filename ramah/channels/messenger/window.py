"""How long customers may be answered: 24 hours after their last message, or seven days where people answer and Meta allows it."""

from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ramah.channels.messenger.platforms import OPEN_FOR, OPEN_FOR_PEOPLE, PLATFORMS
from ramah.channels.models import ChannelAccount
from ramah.channels.sending import check_sending
from ramah.conversations.commands.outlets import Announcement, NotPossible
from ramah.conversations.commands.replying import NoAddress, way_back
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.customers.models import ContactPoint

_YES = frozenset({"1", "on", "true", "yes", "y", "ya", "так"})


def last_written(inbox: Inbox, address: str) -> datetime | None:
    """When the customer with this id last wrote to this inbox."""
    rows = Message.objects.filter(
        Q(inbox=inbox) | Q(inbox=None, conversation__inbox=inbox),
        author=Message.Author.CUSTOMER,
        contact_point__kind=inbox.channel,
        contact_point__value=address,
    )
    last: datetime | None = rows.aggregate(last=Max(Coalesce("sent_at", "created_at")))["last"]
    return last


def people_have_longer(account: ChannelAccount | None) -> bool:
    """Whether Meta has given this account's app the permission Human Agent."""
    return account is not None and str(account.settings.get("human_agent", "")).strip().casefold() in _YES


def check_window(conversation: Conversation, at: datetime) -> None:
    """Raise `NotPossible` when an answer may not go any more."""
    try:
        inbox, address = way_back(conversation)
    except NoAddress:
        return  # which whoever answers is told in its own words
    account = ChannelAccount.objects.filter(inbox=inbox).first()
    _check_time(inbox, address, at, open_for=OPEN_FOR_PEOPLE if people_have_longer(account) else OPEN_FOR)


def announce(inbox: Inbox, contact_point: ContactPoint, announcement: Announcement, at: datetime) -> dict[str, object]:
    """As free words, within 24 hours of the customer's last message: the days after these are for what people answer.

    Of Meta's other tags for what is said later none is used. Raises `NotPossible`.
    """
    check_sending(inbox)
    _check_time(inbox, contact_point.value, at, open_for=OPEN_FOR)
    return {}


def _check_time(inbox: Inbox, address: str, at: datetime, *, open_for: timedelta) -> None:
    name = PLATFORMS[inbox.channel].name
    last = last_written(inbox, address)
    if last is None:
        raise NotPossible(
            _("The customer has not written here by %(name)s yet; only they can begin. Write by another channel.")
            % {"name": name}
        )
    if at < last + open_for:
        return
    facts = {"name": name, "time": date_format(timezone.localtime(last + open_for), "j E Y, H:i")}
    if open_for == OPEN_FOR:
        words = _(
            "%(name)s lets answers through for 24 hours after the customer’s last message, which was until %(time)s. "
            "Write by another channel."
        )
    else:
        words = _(
            "%(name)s lets answers through for 7 days after the customer’s last message, which was until %(time)s. "
            "Write by another channel."
        )
    raise NotPossible(words % facts)


def needs_tag(inbox: Inbox, address: str, *, at: datetime) -> bool:
    """Whether an answer at `at` goes only as that of a person: the 24 hours are over, the seven days are not."""
    last = last_written(inbox, address)
    since: timedelta = at - last if last is not None else timedelta()
    return OPEN_FOR <= since < OPEN_FOR_PEOPLE
