"""The phone: registered when the app starts, with whatever providers there are."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ramah.channels.kinds import Kind, register_kind
from ramah.channels.models import AwaitedFile, ChannelAccount
from ramah.channels.phone.answering import answer, provider_posting
from ramah.channels.phone.providers import provider_of
from ramah.channels.phone.queries import CHANNEL
from ramah.channels.phone.reading import read_items
from ramah.channels.phone.twilio.provider import HOOKS, SETTINGS, STEPS
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.outlets import NotPossible, Outlet
from ramah.conversations.models import Conversation
from ramah.customers.models import ContactPoint
from ramah.kernel.providers.contract import Check, Posted, Raw, Unreadable

MOST_BODY = 256 * 1024


def read_hook(posted: Posted, account: ChannelAccount, at: datetime) -> Sequence[Raw]:
    """What is posted, whole, with the address at which it was: the one item of a request. Raises `NotSigned`, `Unreadable`."""
    provider_posting(posted, account)
    if len(posted.body) > MOST_BODY:
        raise Unreadable("that is too large")
    return [(posted.body, {"provider": account.provider, "step": posted.path[:40], "query": dict(posted.query)})]


def fetch(row: AwaitedFile, account: ChannelAccount) -> File:
    """A recording, named for people."""
    found = provider_of(account).fetch(account, row.reference)
    return File(row.filename or found.filename, found.content_type, found.content)


def check(account: ChannelAccount) -> list[Check]:
    """Try the account at its provider."""
    return provider_of(account).try_out(account)


def _speak(conversation: Conversation, at: datetime) -> None:
    raise NotPossible(_("This customer called. Call them back, or answer by another channel."))


# The customer is there while they call, so nobody acknowledges by machine; and what is written does not reach them.
OUTLET = Outlet(CHANNEL, ContactPoint.Kind.PHONE, is_read_here=True, check=_speak)

register_kind(
    Kind(
        channel=CHANNEL,
        name=_("Phone"),
        outlet=OUTLET,
        read=read_items,
        at_once=10,
        read_hook=read_hook,
        fetch=fetch,
        greet=answer,
        check=check,
        settings=SETTINGS,
        steps=STEPS,
        hooks=HOOKS,
        icon="phone",
    )
)
