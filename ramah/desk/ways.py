"""By which way an answer goes, as the reply box says it: channel, address, what fits, and why it cannot go now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ramah.accounts.queries import AgentActor
from ramah.conversations.commands.outlets import NotPossible, outlet_of
from ramah.conversations.commands.replying import NoAddress, shows_answers, way_back
from ramah.conversations.models import Conversation, Message
from ramah.desk.queries import template_page
from ramah.desk.wording import channel_words, sending_words
from ramah.kernel.masking import shown_address


@dataclass(frozen=True, slots=True)
class Way:
    """`longest` is the most characters, 0 for any number; `trouble`: why an answer cannot go now; `templates`: where what goes
    all the same is chosen.
    """

    words: str
    button: str
    longest: int = 0
    has_copies: bool = True
    is_live: bool = False
    has_answers: bool = False
    trouble: str = ""
    templates: str = ""


def way_of(actor: AgentActor, conversation: Conversation, messages: Sequence[Message], *, at: datetime) -> Way:
    """The way of an answer. `messages` are those of the page: where the customer's last one is among them, no query."""
    spoken = (m for m in reversed(messages) if m.author == Message.Author.CUSTOMER)
    try:
        inbox, address = way_back(conversation, last=next(spoken, None))
    except NoAddress:
        outlet = outlet_of(conversation.inbox.channel)
        trouble = _("There is no address that an answer to this customer could go to. Write a note, or call them.")
        return Way("", sending_words(outlet.channel), has_copies=outlet.has_copies, trouble=trouble)
    outlet = outlet_of(inbox.channel)
    shown = "" if outlet.is_read_here else shown_address(address, whole=actor.sees_contact_data)
    name = channel_words(outlet.channel)[0]
    try:
        outlet.check(conversation, at)
        trouble = ""
    except NotPossible as why:
        trouble = str(why.words)
    return Way(
        words=_("%(channel)s to %(address)s") % {"channel": name, "address": shown} if shown else name,
        button=sending_words(outlet.channel),
        longest=outlet.longest,
        has_copies=outlet.has_copies,
        is_live=outlet.is_read_here,
        has_answers=shows_answers(inbox),
        trouble=trouble,
        templates=template_page(outlet.channel, conversation),
    )
