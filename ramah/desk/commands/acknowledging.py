"""The acknowledgement: within seconds, in the customer's language, naming the case and by when the answer comes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from ramah.conversations.commands.outlets import outlet_of
from ramah.conversations.commands.replying import AutomaticAnswer, post_automatic
from ramah.conversations.models import Conversation
from ramah.desk.commands.promising import Spoken
from ramah.promises.models import Promise
from ramah.promises.queries import opening_of, spoken_due

LANGUAGES = frozenset({"en", "id", "uk"})
# Malay readers follow Indonesian with ease, and get it rather than English.
_NEAREST = {"ms": "id"}
# A machine that hides what it is may answer every acknowledgement with a mail under a new subject: that ends here.
MOST_IN_A_WHILE = 10
WHILE = timedelta(hours=1)


def language_for(conversation: Conversation) -> str:
    """The language to write to this customer in: theirs if we speak it, else the nearest, else the inbox's."""
    for told in (conversation.language, conversation.customer.language, conversation.inbox.language):
        language = told.split("-")[0].lower()
        language = _NEAREST.get(language, language)
        if language in LANGUAGES:
            return language
    return "en"


def acknowledge(spoken: Sequence[Spoken], *, at: datetime) -> dict[int, datetime]:
    """Tell the customers of new conversations that the message has arrived and by when it is answered.

    Once per conversation, and only where the policy says so; without a reply promise no time is named. Returns when it was
    said, by conversation: those who have no address are not among them, nor those who were told of several within the hour.
    """
    new = [
        one
        for one in spoken
        if one.opened
        and one.policy
        and one.policy.acknowledge
        and one.conversation.acknowledged_at is None
        # Whoever sits there and waits is told by the channel itself how it goes on.
        and not outlet_of(one.conversation.inbox.channel).is_read_here
    ]
    if not new:
        return {}
    new = _without_machines(new, at=at)
    said = post_automatic([_acknowledgement(one, at=at) for one in new], at=at)
    return {one.conversation.pk: at for one, message in zip(new, said, strict=True) if message is not None}


def _acknowledgement(one: Spoken, *, at: datetime) -> AutomaticAnswer:
    language = language_for(one.conversation)
    reply = next((p for p in one.running if p.kind == Promise.Kind.FIRST_REPLY and p.due_at), None)
    offline = _said_while_closed(one, language=language, at=at)
    with translation.override(language):
        text = _words(one.conversation, reply, offline, language=language, at=at)
    return AutomaticAnswer(one.conversation, one.message_id, text, "acknowledgement", language)


def _without_machines(new: Sequence[Spoken], *, at: datetime) -> list[Spoken]:
    """Those of `new` whose customers were not told of `MOST_IN_A_WHILE` conversations lately."""
    lately = Conversation.objects.filter(last_message_at__gt=at - WHILE, acknowledged_at__gt=at - WHILE)
    told = Counter(
        lately.filter(customer__in=[one.conversation.customer_id for one in new]).values_list("customer", flat=True)
    )
    kept = []
    for one in new:
        told[one.conversation.customer_id] += 1
        if told[one.conversation.customer_id] <= MOST_IN_A_WHILE:
            kept.append(one)
    return kept


def _said_while_closed(one: Spoken, *, language: str, at: datetime) -> str:
    """What the inbox says in this language outside its opening hours; empty within them, and where it has no such text."""
    inbox = one.conversation.inbox
    text = str(inbox.offline_texts.get(language) or "").strip()
    calendar = inbox.calendar or (one.policy and one.policy.calendar) if text else None
    return text if calendar and opening_of(calendar, at=at) != at else ""


def _words(conversation: Conversation, reply: Promise | None, offline: str, *, language: str, at: datetime) -> str:
    facts = {"name": conversation.customer.name, "reference": conversation.reference, "shop": conversation.inbox.name}
    greeting = _("Hello %(name)s,") % facts if facts["name"] else _("Hello,")
    arrived = _("your message has arrived at %(shop)s. Your case has the number %(reference)s.") % facts
    if reply is not None and reply.due_at is not None:
        # Translators: the time is "by Monday 10:30 WIB", in the customer's language.
        until = _("You will have an answer %(by_time)s.") % {"by_time": spoken_due(reply, language=language, now=at)}
    else:
        until = "" if offline else _("We will answer as soon as we can.")
    by_mail = outlet_of(conversation.inbox.channel).has_copies
    more = (
        _("If you want to add something, just reply to this mail.") if by_mail else _("You can add to it right here.")
    )
    told = "\n".join(part for part in (arrived, offline, until) if part)
    return "\n\n".join([greeting, told, more])
