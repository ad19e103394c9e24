"""The acknowledgement: within seconds, in the customer's language, naming the case and by when the answer comes."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from ramah.conversations.commands.replying import post_automatic
from ramah.conversations.models import Conversation
from ramah.promises.models import Promise
from ramah.promises.queries import spoken_due

LANGUAGES = frozenset({"en", "id", "uk"})
# Malay readers follow Indonesian with ease, and get it rather than English.
_NEAREST = {"ms": "id"}


def language_for(conversation: Conversation) -> str:
    """The language to write to this customer in: theirs if we speak it, else the nearest, else the inbox's."""
    for told in (conversation.language, conversation.customer.language, conversation.inbox.language):
        language = told.split("-")[0].lower()
        language = _NEAREST.get(language, language)
        if language in LANGUAGES:
            return language
    return "en"


def acknowledge(
    conversation: Conversation, message_id: int, running: Sequence[Promise], *, at: datetime
) -> datetime | None:
    """Tell the customer that the message has arrived and by when it is answered; once per conversation.

    `running` are the promises of the conversation; without a reply promise no time is named. Returns when it was said, None
    when there is nobody to tell.
    """
    language = language_for(conversation)
    reply = next((p for p in running if p.kind == Promise.Kind.FIRST_REPLY and p.due_at), None)
    with translation.override(language):
        text = _words(conversation, reply, language=language, at=at)
    said = post_automatic(
        conversation=conversation,
        answering=message_id,
        text=text,
        purpose="acknowledgement",
        language=language,
        at=at,
    )
    return at if said else None


def _words(conversation: Conversation, reply: Promise | None, *, language: str, at: datetime) -> str:
    facts = {"name": conversation.customer.name, "reference": conversation.reference, "shop": conversation.inbox.name}
    greeting = _("Hello %(name)s,") % facts if facts["name"] else _("Hello,")
    arrived = _("your message has arrived at %(shop)s. Your case has the number %(reference)s.") % facts
    if reply is not None and reply.due_at is not None:
        # Translators: the time is "by Monday 10:30 WIB", in the customer's language.
        until = _("You will have an answer %(by_time)s.") % {"by_time": spoken_due(reply, language=language, now=at)}
    else:
        until = _("We will answer as soon as we can.")
    more = _("If you want to add something, just reply to this mail.")
    return "\n\n".join([greeting, f"{arrived}\n{until}", more])
